/**
 * The two protocols in which the AWS SDKs talk to CloudWatch: `rpc-v2-cbor` (Rust and others) and AWS JSON 1.0
 * (JavaScript). Reads HTTP headers and bytes as a typed input, and writes an output or an error as headers and bytes.
 *
 * Sources: Smithy 2.0, "Smithy RPC v2 CBOR", "AWS JSON 1.0" and "AWS query compatible".
 */

import { randomUUID } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { Decoder } from 'cbor-x'
import { encodeCbor } from './cbor.mjs'
import { malformed, ServiceError, tooLarge, undecodable } from './errors.mjs'
import { MAX_BODY_BYTES } from './service.mjs'
import { INPUTS } from './shapes.mjs'

const SERVICE = 'GraniteServiceVersion20100801'
/** A custom endpoint may put a path before it. */
const CBOR_PATH = new RegExp(`/service/${SERVICE}/operation/([A-Za-z]+)$`)
const JSON_TARGET = new RegExp(`^${SERVICE}\\.([A-Za-z]+)$`)
const CONTENT_TYPES = {
  'rpc-v2-cbor': 'application/cbor',
  'awsJson1.0': 'application/x-amz-json-1.0',
}
const cbor = new Decoder({ useRecords: false, mapsAsObjects: true })

/** The protocol and the operation of a request. Both are missing when it is in neither protocol. */
export function identify(request) {
  const { pathname } = new URL(request.url, 'http://127.0.0.1')
  const path = CBOR_PATH.exec(pathname)
  if (path && request.headers['smithy-protocol'] === 'rpc-v2-cbor') {
    return { protocol: 'rpc-v2-cbor', operation: path[1] }
  }
  const target = JSON_TARGET.exec(request.headers['x-amz-target'] ?? '')
  return target ? { protocol: 'awsJson1.0', operation: target[1] } : {}
}

/** The body without its encoding. */
export function inflate(bytes, encoding) {
  if (encoding === undefined || encoding === 'identity') return bytes
  if (encoding !== 'gzip') throw undecodable(`The content-encoding ${encoding} is not supported`)
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BODY_BYTES })
  } catch (error) {
    if (error.code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(MAX_BODY_BYTES)
    throw undecodable('The body is not valid gzip')
  }
}

/** The input of an operation, typed as the service model says. */
export function decode(protocol, operation, contentType, raw) {
  if (!protocol || !Object.hasOwn(INPUTS, operation)) {
    throw new ServiceError(404, 'UnknownOperationException', `Unknown operation ${operation ?? ''}`)
  }
  if (contentType?.split(';')[0].trim() !== CONTENT_TYPES[protocol]) {
    throw new ServiceError(
      415,
      'UnsupportedMediaTypeException',
      `The content-type must be ${CONTENT_TYPES[protocol]}`
    )
  }
  return INPUTS[operation](parse(protocol, raw), '', protocol)
}

function parse(protocol, raw) {
  try {
    return protocol === 'rpc-v2-cbor' ? cbor.decode(raw) : JSON.parse(raw.toString('utf8'))
  } catch {
    throw malformed(`The body is not valid ${protocol === 'rpc-v2-cbor' ? 'CBOR' : 'JSON'}`)
  }
}

/** The answer to an operation that succeeded; `output` is `undefined` where the model defines none. */
export function success(protocol, output, headers = {}) {
  if (protocol === 'rpc-v2-cbor' && output === undefined) {
    // "Responses for operations with no defined output type MUST NOT contain bodies."
    const marks = { 'smithy-protocol': protocol, 'x-amzn-requestid': randomUUID() }
    return { status: 200, headers: { ...marks, ...headers }, body: Buffer.alloc(0) }
  }
  return answer(protocol, 200, output ?? {}, headers)
}

/** The answer to an operation that failed. */
export function failure(protocol, error) {
  return answer(protocol, error.status, error.body, {
    'x-amzn-query-error': `${error.code};${error.blame}`,
  })
}

function answer(protocol = 'awsJson1.0', status, output, headers = {}) {
  const isCbor = protocol === 'rpc-v2-cbor'
  return {
    status,
    headers: {
      'content-type': CONTENT_TYPES[protocol],
      'x-amzn-requestid': randomUUID(),
      ...(isCbor && { 'smithy-protocol': protocol }),
      ...headers,
    },
    body: isCbor ? encodeCbor(output) : Buffer.from(JSON.stringify(output, secondsForDates)),
  }
}

/** `JSON.stringify` has called `toJSON` on `value` before, so the date is read from its holder. */
function secondsForDates(key, value) {
  return this[key] instanceof Date ? this[key].getTime() / 1000 : value
}
