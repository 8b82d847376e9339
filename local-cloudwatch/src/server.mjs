/**
 * A strict CloudWatch on loopback. It refuses what CloudWatch documents to refuse, and what it accepts can be read back.
 *
 *   HTTP -> service (a fault, if one is set) -> protocol (CBOR or JSON, gzip) -> limits -> store
 *                                                                 queries, alarms, page <-'
 *
 * It listens on loopback alone, checks no signature but its time, and keeps everything in memory.
 */

import { BlockList, isIP } from 'node:net'
import { Alarms } from './alarms/alarms.mjs'
import { Dashboards } from './dashboards/dashboards.mjs'
import { toleratedProblem } from './entities.mjs'
import { ServiceError, tooLarge } from './errors.mjs'
import { oversized, violation } from './limits.mjs'
import { createPage } from './page/page.mjs'
import { decode, failure, identify, inflate, success } from './protocol.mjs'
import { getMetricData } from './queries/get-metric-data.mjs'
import { getMetricStatistics } from './queries/get-metric-statistics.mjs'
import { listMetrics } from './queries/list-metrics.mjs'
import { MAX_BODY_BYTES, startService } from './service.mjs'
import { expiredSignature } from './signature-time.mjs'
import { Store } from './store.mjs'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8)
LOOPBACK.addAddress('::1', 'ipv6')

export async function startLocalCloudWatch(options = {}) {
  const { port, now = Date.now, tls, host, page: hasPage = false, keep = {} } = options
  if (host !== undefined && !isLoopback(host)) {
    throw new TypeError(`host must be an address of loopback, as 127.0.0.1 or ::1, not ${host}`)
  }
  const { datums: maxDatums, samples: maxSamples, series: maxSeries } = keep
  const store = new Store({ maxDatums, maxSamples, maxSeries })
  const dashboards = new Dashboards(now)
  const alarms = new Alarms(store, now)

  const operations = {
    PutMetricData(input, request) {
      const error = violation(input, now())
      if (error) throw error
      store.put(input, now())
      request.applied = true
      const problem = toleratedProblem(input)
      return { headers: problem && { 'x-amzn-failure-message': problem } }
    },
    GetMetricStatistics: (input) => ({ output: getMetricStatistics(store, input, now()) }),
    GetMetricData: (input) => ({ output: getMetricData(store, input, now()) }),
    ListMetrics: (input) => ({ output: listMetrics(store, input, now()) }),
    PutDashboard: (input) => ({ output: dashboards.put(input) }),
    GetDashboard: (input) => ({ output: dashboards.get(input) }),
    ListDashboards: (input) => ({ output: dashboards.list(input) }),
    DeleteDashboards: (input) => ({ output: dashboards.delete(input) }),
    PutMetricAlarm: (input) => ({ output: alarms.put(input) }),
    DescribeAlarms: (input) => ({ output: alarms.describe(input) }),
    DeleteAlarms: (input) => ({ output: alarms.delete(input) }),
  }

  function receive(incoming, body, bytes) {
    const { request, undecodable } = recordOf(incoming, body, bytes, new Date(now()))
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

  const page = hasPage
    ? createPage({ store, now, setFault: (fault) => service.setFault(fault) })
    : undefined
  const { url: endpoint, ...service } = await startService({
    host,
    port,
    tls,
    now,
    subject: 'PutMetricData',
    receive,
    maxRequests: keep.requests,
    serve: page?.serve,
    onAnswered(request) {
      page?.onRequest(request)
      // A thousand inputs of a megabyte are no bound.
      if (keep.requests !== undefined) request.input = undefined
    },
    refuse: (error, { protocol }) => failure(protocol, error),
  })
  async function close() {
    page?.close()
    await service.close()
  }
  return {
    endpoint,
    applied: () => [...store.datums],
    ...service,
    close,
    [Symbol.asyncDispose ?? Symbol.for('Symbol.asyncDispose')]: close,
  }
}

const isLoopback = (host) => isIP(host) !== 0 && LOOPBACK.check(host, `ipv${isIP(host)}`)

/** Decodes as much as can be decoded: a request that is broken is kept in `requests` too. */
function recordOf(incoming, body, bytes, receivedAt) {
  const { headers } = incoming
  const encoding = headers['content-encoding']
  const { operation, protocol } = identify(incoming)
  /** @type {import('./server.mjs').ReceivedRequest} */
  const request = {
    operation,
    protocol,
    status: null,
    errorCode: undefined,
    errorMessage: undefined,
    applied: false,
    wireBytes: bytes,
    rawBytes: undefined,
    encoding,
    path: incoming.url,
    headers,
    input: undefined,
    receivedAt,
  }
  try {
    if (bytes > MAX_BODY_BYTES) throw tooLarge(MAX_BODY_BYTES)
    const raw = inflate(body, encoding)
    request.rawBytes = raw.length
    const tooMany = operation === 'PutMetricData' ? oversized(raw.length) : undefined
    if (tooMany) throw tooMany
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
