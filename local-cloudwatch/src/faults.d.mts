/**
 * Ways in which a service, or the network before it, fails. Each function returns a fault for `setFault`.
 *
 *   cloudwatch.setFault(throttle())                  // every PutMetricData
 *   cloudwatch.setFault(first(2, reset()))           // the first two
 *   cloudwatch.setFault(onOperation('*', hang()))    // every operation
 */

import type { ServerResponse } from 'node:http'
import type * as protocol from './protocol.mjs'
import type { ReceivedRequest, ServiceRequest } from './server.mjs'

/** An error that a service answers with. */
export class ServiceError extends Error {
  /**
   * @param status HTTP status
   * @param code short, as in `x-amzn-query-error`: `Throttling`
   */
  constructor(status: number, code: string, message: string)
  status: number
  code: string
  /** Absolute id of the shape in the service model. */
  get shape(): string
  /** What the body of the answer carries. */
  get body(): Record<string, string>
  /** Whose fault it is: `Receiver` from status 500 on, else `Sender`. */
  get blame(): 'Receiver' | 'Sender'
}

export interface Answer extends protocol.Answer {
  /** Milliseconds between two bytes of the answer. Default: it is sent at once. */
  dripMs?: number
  /** Sends the answer in a way of its own. */
  send?: (answer: Answer, response: ServerResponse, closing: AbortSignal) => Promise<void> | void
}

/** A request, and what a fault may do with it. */
export interface Exchange<Request extends ServiceRequest = ServiceRequest> {
  request: Request
  /** The answer that refuses the request, in its protocol. */
  refuse: (error: ServiceError) => Answer
  /** Resets the connection. */
  destroy: () => void
  /** The clock of the server, in milliseconds since the epoch. */
  now: () => number
  /** Fires when the server closes. */
  closing: AbortSignal
}

export interface Fault<Request extends ServiceRequest = ServiceRequest> {
  /**
   * Takes the place of the usual processing, which is `proceed`. Returns the answer, or `null` when none is ever sent.
   */
  meet: (
    exchange: Exchange<Request>,
    proceed: () => Answer
  ) => Promise<Answer | null> | Answer | null
  /** The operation that it applies to, or `*`. Default: PutMetricData of CloudWatch, every operation elsewhere. */
  operation?: string
}

/**
 * Chooses the fault of each request.
 *
 * @param index counts from 0 since `setFault`: for CloudWatch the PutMetricData requests, elsewhere all of them
 */
export type FaultPlan<Request extends ServiceRequest = ServiceRequest> = (
  index: number,
  request: Request
) => Fault<Request> | undefined

/** Whether a request is applied before it meets the fault. */
export interface FaultTime {
  /** Default `before`: the request is not applied. */
  when?: 'before' | 'after'
}

export interface StatusOptions extends FaultTime {
  /** Default `InternalServiceError` from 500 on, `ValidationError` below. */
  errorCode?: string
  message?: string
  /** Sent in place of an AWS error. */
  body?: string | Buffer
  /** Of `body`. Default `text/html`. */
  contentType?: string
  /** `false` leaves `x-amzn-query-error` out, so that only the body names the error. Default `true`. */
  queryError?: boolean
}

/**
 * Answers with a status: from 400 on as an AWS error, else with an empty body. A `body` is sent as it stands, such as
 * the page of a captive portal: `status(200, { body: '<html>' })`.
 */
export function status(code: number, options?: StatusOptions): Fault

/**
 * Refuses with a code of AWS, such as `LimitExceededException`, and the status that is documented for it; 400 for an
 * unknown code. `status(400, { errorCode })` gives a code another status.
 */
export function refuse(errorCode: string, options?: Omit<StatusOptions, 'errorCode'>): Fault

/** What CloudWatch answers above its rate: 400, `Throttling`, "Rate exceeded". */
export function throttle(options?: StatusOptions): Fault

/** 403, `AccessDenied`. */
export function accessDenied(options?: StatusOptions): Fault

/** 403, `ExpiredToken`. */
export function expiredToken(options?: StatusOptions): Fault

/** Reads the request and never answers. The socket stays open. */
export function hang(): Fault

/** Resets the connection instead of answering. */
export function reset(options?: FaultTime): Fault

/** Refuses requests of more than `max` datums with 413, `RequestEntityTooLarge`. */
export function tooManyDatums(max: number): Fault<ReceivedRequest>

/**
 * Refuses every request with a datum of which `isPoison` is true.
 *
 * @param isPoison given a datum in the members of the API
 */
export function poison(
  // biome-ignore lint/suspicious/noExplicitAny: as in `ReceivedRequest.input`.
  isPoison: (datum: Record<string, any>) => boolean,
  options?: PoisonOptions
): Fault<ReceivedRequest>

/** Refuses every request with a value, in `Values`, of which `isPoison` is true. */
export function poisonValue(
  // biome-ignore lint/suspicious/noExplicitAny: as in `ReceivedRequest.input`.
  isPoison: (value: number, datum: Record<string, any>) => boolean,
  options?: PoisonOptions
): Fault<ReceivedRequest>

export interface PoisonOptions {
  /** Default `InvalidParameterValue`. */
  errorCode?: string
  /** Default: names the datum, and the value. */
  message?: string
}

export interface RateLimitOptions extends StatusOptions {
  /** How many requests can come at once after a pause. Default 1. */
  burst?: number
}

/**
 * Lets `perSecond` requests a second through and throttles the others. It is a token bucket that the clock of the server
 * fills.
 */
export function rateLimit(perSecond: number, options?: RateLimitOptions): Fault

/**
 * Answers without the headers by which an answer of CloudWatch is known (`smithy-protocol`, `x-amzn-requestid`), as
 * something on the way that strips or replaces them. Default: the request is applied; with `before`, an empty 200.
 */
export function unmarked(options?: FaultTime): Fault

/** Answers 200 with a body that never ends. It ends when the client or the server closes. */
export function endlessBody(options?: FaultTime): Fault

/** Answers 200 with headers that never end. They end when the client or the server closes. */
export function endlessHeaders(options?: FaultTime): Fault

/** Applies the request, and sends the answer one byte at a time, `delayMs` milliseconds apart. */
export function slowDrip(options: { delayMs: number }): Fault

/** Waits for a number of milliseconds, then processes the request as usual. */
export function delay(ms: number): Fault

/** Applies a fault to another operation, or to every one: `*`. */
export function onOperation<Request extends ServiceRequest>(
  operation: string,
  fault: Fault<Request>
): Fault<Request>

/** The first `count` of every `of` requests meet the fault: `outOf(3, 4, throttle())`. */
export function outOf<Request extends ServiceRequest>(
  count: number,
  of: number,
  fault: Fault<Request>
): FaultPlan<Request>

/** The first `count` requests meet the fault. */
export function first<Request extends ServiceRequest>(
  count: number,
  fault: Fault<Request>
): FaultPlan<Request>

/** Each request meets the fault with a probability of `share`. The same seed chooses the same requests. */
export function sometimes<Request extends ServiceRequest>(
  share: number,
  fault: Fault<Request>,
  options?: { seed?: number }
): FaultPlan<Request>

/** Each request meets the next fault; `undefined` lets one through. */
export function inOrder<Request extends ServiceRequest>(
  ...faults: (Fault<Request> | undefined)[]
): FaultPlan<Request>
