/**
 * A strict CloudWatch on loopback. It refuses what CloudWatch documents to refuse, and what it accepts can be read back.
 *
 *   HTTP -> service (a fault, if one is set) -> protocol (CBOR or JSON, gzip) -> limits -> store
 *                                                                              queries <-'
 *
 * It listens on loopback alone, checks no signature but its time, and keeps everything in memory.
 */

import { toleratedProblem } from './entities.mjs'
import { ServiceError } from './errors.mjs'
import { oversized, violation } from './limits.mjs'
import { decode, failure, identify, inflate, success } from './protocol.mjs'
import { getMetricData, getMetricStatistics, listMetrics } from './queries.mjs'
import { startService } from './service.mjs'
import { expiredSignature } from './signature-time.mjs'
import { Store } from './store.mjs'

export async function startLocalCloudWatch({ port, now = Date.now, tls, host } = {}) {
  const store = new Store()

  const operations = {
    PutMetricData(input, request) {
      const error = oversized(request.rawBytes) ?? violation(input, now())
      if (error) throw error
      store.put(input, now())
      request.applied = true
      const problem = toleratedProblem(input)
      return { headers: problem && { 'x-amzn-failure-message': problem } }
    },
    GetMetricStatistics: (input) => ({ output: getMetricStatistics(store, input, now()) }),
    GetMetricData: (input) => ({ output: getMetricData(store, input, now()) }),
    ListMetrics: (input) => ({ output: listMetrics(store, input, now()) }),
  }

  function receive(incoming, body) {
    const { request, undecodable } = recordOf(incoming, body, new Date(now()))
    const answer = () => {
      const refusal = expiredSignature(incoming.headers, now()) ?? undecodable
      if (refusal) throw refusal
      try {
        const { output, headers } = operations[request.operation](request.input, request)
        return success(request.protocol, output, headers)
      } catch (error) {
        throw asServiceError(error)
      }
    }
    return { request, answer }
  }

  const { url: endpoint, ...service } = await startService({
    host,
    port,
    tls,
    now,
    subject: 'PutMetricData',
    receive,
    refuse: (error, { protocol }) => failure(protocol, error),
  })
  return { endpoint, applied: () => [...store.datums], ...service }
}

/** Decodes as much as can be decoded: a request that is broken is kept in `requests` too. */
function recordOf(incoming, body, receivedAt) {
  const { headers } = incoming
  const encoding = headers['content-encoding']
  const { operation, protocol } = identify(incoming)
  /** @type {import('./server.mjs').ReceivedRequest} */
  const request = {
    operation,
    protocol,
    status: null,
    errorCode: undefined,
    applied: false,
    wireBytes: body.length,
    rawBytes: undefined,
    encoding,
    path: incoming.url,
    headers,
    input: undefined,
    receivedAt,
  }
  try {
    const raw = inflate(body, encoding)
    request.rawBytes = raw.length
    request.input = decode(request.protocol, request.operation, headers['content-type'], raw)
    return { request, undecodable: undefined }
  } catch (error) {
    return { request, undecodable: asServiceError(error) }
  }
}

function asServiceError(error) {
  if (error instanceof ServiceError) return error
  return new ServiceError(500, 'InternalServiceError', String(error?.stack ?? error))
}
