/**
 * A strict Amazon CloudWatch on loopback. It refuses what CloudWatch documents to refuse, keeps what it accepts, and
 * answers queries about it, with metric math; it keeps dashboards and evaluates alarms.
 */

import type { IncomingHttpHeaders } from 'node:http'
import type { TlsOptions } from 'node:tls'
import type { Fault, FaultPlan } from './faults.mjs'
import type { Protocol } from './protocol.mjs'

/** What every local service keeps of a request. */
export interface ServiceRequest {
  /** As the service names it; `undefined` when the request names none. */
  operation: string | undefined
  path: string
  headers: IncomingHttpHeaders
  /** HTTP status of the answer; `null` before it, and when no answer is sent. */
  status: number | null
  /** Code of the error that refused the request. */
  errorCode: string | undefined
  /** Message of the error that refused the request. */
  errorMessage: string | undefined
  /** When the body was complete. */
  receivedAt: Date
}

/** An HTTP server on loopback that records its requests and fails on request. */
export interface LocalService<Request extends ServiceRequest> extends AsyncDisposable {
  /** Without a slash at its end. */
  url: string
  /** In the order in which their bodies were complete. */
  requests: Request[]
  /** Replaces the fault; without an argument there is none. A plan counts requests from here on. */
  setFault(fault?: Fault<Request> | FaultPlan<Request>): void
  /** How many sockets were accepted so far. */
  connections(): number
  /** How many sockets are not closed at both ends. */
  open(): number
  /** Ends every open socket. Resolves when that has been sent. */
  cut(): Promise<void>
  /**
   * Waits for a condition. The condition is checked after each request, each answer and each end of a socket. Rejects
   * when the server closes first.
   */
  until(isMet: () => boolean): Promise<void>
  /** Stops the server and destroys the open sockets. */
  close(): Promise<void>
}

export interface Dimension {
  Name: string
  Value: string
}

/** A datum that was accepted. */
export interface AppliedDatum {
  namespace: string
  metricName: string
  /** In the order in which they were sent. */
  dimensions: Dimension[]
  timestamp: Date
  /** One of CloudWatch's units; `None` when none was sent. */
  unit: string
  /** Seconds. */
  storageResolution: 1 | 60
  /** Empty for a statistic set. */
  values: number[]
  /** One for each of `values`. */
  counts: number[]
  statisticSet?: { SampleCount: number; Sum: number; Minimum: number; Maximum: number }
}

/** A request to CloudWatch. Its `receivedAt` is by the clock that was given. */
export interface ReceivedRequest extends ServiceRequest {
  /** `undefined` when it is neither. */
  protocol: Protocol | undefined
  /** Whether its datums were stored. */
  applied: boolean
  /** Bytes of the body as sent. */
  wireBytes: number
  /** Bytes of the body without its encoding; `undefined` when it could not be decoded. */
  rawBytes: number | undefined
  /** The `content-encoding` header. */
  encoding: string | undefined
  /**
   * The input of the operation, in the members of the API; `undefined` when it could not be decoded or is too large, and
   * after the answer if `keep.requests` bounds what is kept.
   */
  // biome-ignore lint/suspicious/noExplicitAny: each operation has members of its own.
  input: Record<string, any> | undefined
}

export interface LocalCloudWatch extends Omit<LocalService<ReceivedRequest>, 'url'> {
  /** For `AWS_ENDPOINT_URL`, or the `endpoint` of a client. */
  endpoint: string
  /** Every datum that was accepted, in order. */
  applied(): AppliedDatum[]
}

export interface LocalCloudWatchOptions {
  /** Default 0: a free one. */
  port?: number | undefined
  /**
   * The clock, in milliseconds since the epoch. It is asked at each request and each answer, which carries it in its
   * header Date. Default `Date.now`.
   */
  now?: (() => number) | undefined
  /** Certificate and key. Default: no TLS. */
  tls?: TlsOptions | undefined
  /** Default `127.0.0.1`. What is no address of loopback is refused with a `TypeError`. */
  host?: '127.0.0.1' | '::1' | undefined
  /**
   * Whether it has a page for people, at its endpoint. Then it answers only requests whose `Host` is this machine, and none
   * of web pages of others. Default false.
   */
  page?: boolean | undefined
  /** What is kept in memory at most, the latest of each. Default: everything. */
  keep?:
    | {
        /** How many of `requests`, without their `input`. */
        requests?: number | undefined
        /** How many of `applied()`. */
        datums?: number | undefined
        /** How many values for queries: different ones of a metric, a unit, and a second or minute. */
        samples?: number | undefined
        /** How many series for queries: a namespace, a name and a set of dimensions. */
        series?: number | undefined
      }
    | undefined
}

/** Starts a CloudWatch. What it accepts is kept in memory until it closes, as far as `keep` says. */
export function startLocalCloudWatch(options?: LocalCloudWatchOptions): Promise<LocalCloudWatch>
