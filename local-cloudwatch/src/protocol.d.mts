/**
 * The two protocols in which the AWS SDKs talk to CloudWatch: `rpc-v2-cbor` (Rust and others) and AWS JSON 1.0
 * (JavaScript). For servers that answer without the rest of this package.
 */

import type { IncomingMessage } from 'node:http'
import type { ServiceError } from './faults.mjs'

export type Protocol = 'rpc-v2-cbor' | 'awsJson1.0'

export interface Answer {
  /** HTTP status. */
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** The protocol and the operation of a request. Both are missing when it is in neither protocol. */
export function identify(request: IncomingMessage): { protocol?: Protocol; operation?: string }

/**
 * The body without its encoding. Throws a `ServiceError` when it is not valid, or larger than 64 MB.
 *
 * @param encoding the `content-encoding` header: `gzip`, `identity`, or none
 */
export function inflate(bytes: Buffer, encoding: string | undefined): Buffer

/**
 * The input of an operation. Unknown members are left out. Throws a `ServiceError` when the operation is unknown, or
 * the body not of the types that the service model says.
 */
export function decode(
  protocol: Protocol | undefined,
  operation: string | undefined,
  contentType: string | undefined,
  raw: Buffer
  // biome-ignore lint/suspicious/noExplicitAny: each operation has members of its own.
): Record<string, any>

/**
 * The answer to an operation that succeeded. PutMetricData has no output.
 *
 * @param headers beside those of every answer
 */
export function success(
  protocol: Protocol | undefined,
  output: Record<string, unknown> | undefined,
  headers?: Record<string, string>
): Answer

/** The answer to an operation that failed. */
export function failure(protocol: Protocol | undefined, error: ServiceError): Answer
