/**
 * Clients of the local CloudWatch for its tests: the AWS SDK for JavaScript, and rpc-v2-cbor requests made by hand, as
 * the AWS SDK for Rust sends them.
 */

import { gzipSync } from 'node:zlib'
import { CloudWatch } from '@aws-sdk/client-cloudwatch'
import { Decoder, Encoder } from 'cbor-x'

/** The time in every test. A minute, an hour and a day start at it. */
export const NOW = Date.UTC(2026, 0, 15)
export const NAMESPACE = 'Sim/Test'

const encoder = new Encoder({ useRecords: false, variableMapSize: true })
const decoder = new Decoder({ useRecords: false })

export const encode = (value) => encoder.encode(value)

/** @param {number} seconds after `NOW` */
export const at = (seconds) => new Date(NOW + seconds * 1000)

/**
 * @param {string} endpoint
 * @param {number} [now] the time by which requests are signed, in milliseconds since the epoch
 */
export function sdk(endpoint, now = NOW) {
  return new CloudWatch({
    endpoint,
    systemClockOffset: now - Date.now(),
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
  })
}

/**
 * Posts a body as rpc-v2-cbor.
 *
 * @param {string} endpoint
 * @param {string} operation
 * @param {object | Buffer} input encoded as CBOR unless it is bytes
 * @param {{ gzip?: boolean, headers?: Record<string, string> }} [options]
 */
export async function post(endpoint, operation, input, { gzip = false, headers = {} } = {}) {
  const raw = Buffer.isBuffer(input) ? input : encode(input)
  const response = await fetch(
    `${endpoint}/service/GraniteServiceVersion20100801/operation/${operation}`,
    {
      method: 'POST',
      headers: {
        'content-type': 'application/cbor',
        'smithy-protocol': 'rpc-v2-cbor',
        ...(gzip && { 'content-encoding': 'gzip' }),
        ...headers,
      },
      body: gzip ? gzipSync(raw) : raw,
    }
  )
  const bytes = Buffer.from(await response.arrayBuffer())
  const isCbor = response.headers.get('content-type') === 'application/cbor'
  return {
    status: response.status,
    headers: response.headers,
    bytes,
    body: isCbor ? decoder.decode(bytes) : undefined,
    errorCode: response.headers.get('x-amzn-query-error')?.split(';')[0],
  }
}

/** A PutMetricData input of these datums. */
export const put = (...datums) => ({ Namespace: NAMESPACE, MetricData: datums })

/** A datum that CloudWatch accepts, with members replaced. */
export const datum = (members = {}) => ({
  MetricName: 'Used',
  Timestamp: at(0),
  Value: 1,
  ...members,
})
