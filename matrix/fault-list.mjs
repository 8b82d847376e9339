/**
 * The faults of the matrix, and what each of them allows.
 *
 * @typedef {Awaited<ReturnType<typeof import('./bed.mjs').openBed>>} Bed
 *
 * @typedef {object} MatrixFault
 * @property {string} name
 * @property {boolean} isKnown whether the answer tells what became of the records
 * @property {boolean} [isApplied] whether CloudWatch applied what met the fault; left out where it may have
 * @property {string} [code] of the last error that the package has to tell, where it tells one
 * @property {'quarter' | 'start'} from when, in the course of the recording, it is in force
 * @property {'three quarters' | 'end'} to `end`: as long as the child lives
 * @property {(bed: Bed, child?: import('node:child_process').ChildProcess) => unknown} begin without the child at
 *   `start`
 * @property {(bed: Bed) => unknown} end
 * @property {string} [culprit] the series that is dropped
 * @property {number} [culpritValue] the only value of it that is dropped
 * @property {boolean} [isForever] nothing is ever acknowledged
 * @property {boolean} [isQuiet] nothing is sent again, though the fault was met
 * @property {number} [mostRefused] requests that CloudWatch may refuse
 * @property {number} [mostCopies] times that any record may arrive
 * @property {number} [warnings] lines that the package writes, exactly, but for its last words
 * @property {boolean} [isFair] every series arrives before the recording ends
 * @property {boolean} [isAlone] needs a child of its own, and cannot come and go
 * @property {boolean} [isOnDemand] takes long, and is run by its name alone
 * @property {import('./fault-workload.mjs').FaultWorkload} [workload] in place of the usual one
 * @property {number} [flushMs] how often the application flushes by itself; default: never
 * @property {object} [options] of the package, beside the usual ones
 * @property {number} [clockMs] how far the clock of CloudWatch is ahead
 * @property {import('node:tls').TlsOptions} [tls] of CloudWatch at the start
 * @property {string} [endpoint] in place of CloudWatch's
 */

import * as faults from '@sim/local-cloudwatch/faults'
import { serverTls } from '../testkit/certificates/certificates.mjs'
import { always, applied, during, never, notApplied, unanswered } from './fault-courses.mjs'
import { REFUSALS } from './fault-refusals.mjs'
import { DEFINED, manySeries } from './fault-workload.mjs'

/** Fewer than wait at every flush, so that requests have to be halved several times. */
const MAX_DATUMS = 40
/** The same of requests of one namespace among several. */
const FEW_DATUMS = 8

// An answer of a hundred bytes and more would take longer than the five seconds that an attempt may take.
const DRIP_MS = 200

/** Longer than the five seconds that an attempt may take. */
const FREEZE_MS = 7_000

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** A label may have 63 characters (RFC 1035): there is nobody to ask about this name. */
const NO_NAME = `http://${'x'.repeat(64)}.localhost`

const PORTAL = { body: '<html>Please log in</html>' }
const GARBLED = { body: Buffer.from('9f9f9f', 'hex'), contentType: 'application/cbor' }

const goAway = (bed) => bed.goAway()
const comeBack = (bed) => bed.comeBack()

/** Stops the child when a request of it has come, answers, and lets it go on when it is too late. */
const freeze = (child) => ({
  meet(_exchange, proceed) {
    child.kill('SIGSTOP')
    setTimeout(() => child.kill('SIGCONT'), FREEZE_MS)
    return proceed()
  },
})

/** What the package has to find out by itself from the answers. */
const clock = (name, clockMs) => ({
  ...notApplied(`clock ${name} CloudWatch's`, undefined, { ...never, from: 'start', to: 'end' }),
  clockMs,
  isAlone: true,
})

/** One request a second, of 1,000 datums at most. */
const oneRequestASecond = (series, seconds, others) => ({
  ...notApplied(
    `one request a second, ${series.toLocaleString('en')} series`,
    'Throttling',
    always(faults.rateLimit(1))
  ),
  workload: manySeries(series, seconds),
  options: { maxSeries: 2 * series },
  isFair: true,
  isAlone: true,
  ...others,
})

/** @type {MatrixFault[]} */
export const FAULTS = [
  // The longest are first, so that the others fill the lanes beside them.
  oneRequestASecond(3_000, 20),
  oneRequestASecond(10_000, 60, { isOnDemand: true }),
  {
    ...notApplied('frozen while a request is answered', undefined, {
      from: 'quarter',
      to: 'end',
      begin: (bed, child) => bed.setFault(faults.first(1, freeze(child))),
      end: never.end,
    }),
    isApplied: true,
    isQuiet: true,
    isAlone: true,
  },
  notApplied('throttled 3 of 4 times', 'Throttling', always(faults.outOf(3, 4, faults.throttle()))),
  {
    ...notApplied('413, random definitions', undefined, always(faults.tooManyDatums(FEW_DATUMS))),
    workload: DEFINED,
  },
  {
    ...applied('reset, random definitions', 'ConnectionReset', faults.reset({ when: 'after' })),
    workload: DEFINED,
  },
  notApplied('access denied', 'AccessDenied', during(faults.accessDenied())),
  notApplied('expired token', 'ExpiredToken', during(faults.expiredToken())),
  notApplied(`413 above ${MAX_DATUMS} datums`, undefined, always(faults.tooManyDatums(MAX_DATUMS))),
  ...REFUSALS,
  notApplied('connection refused at first', 'ConnectError', {
    from: 'start',
    to: 'three quarters',
    begin: goAway,
    end: comeBack,
  }),
  {
    ...notApplied('untrusted certificate at first', 'ConnectError', {
      ...never,
      from: 'start',
      to: 'three quarters',
      async end(bed) {
        await bed.goAway()
        await bed.comeBack({ tls: serverTls('server.pem') })
      },
    }),
    tls: serverTls('self-signed.pem'),
  },
  {
    ...notApplied('name that cannot be resolved', 'ConnectError', {
      ...never,
      from: 'start',
      to: 'end',
    }),
    endpoint: NO_NAME,
    isForever: true,
  },
  clock('three hours behind', 3 * HOUR_MS),
  clock('three hours ahead of', -3 * HOUR_MS),
  clock('15 days behind', 15 * DAY_MS),
  unanswered('503', 'ServiceUnavailable', faults.status(503, { errorCode: 'ServiceUnavailable' })),
  unanswered('500', 'InternalServiceError', faults.status(500)),
  unanswered('reset', 'ConnectionReset', faults.reset()),
  unanswered('no answer', 'TimeoutError', faults.hang()),
  unanswered('captive portal, 200', 'HTTP 200', faults.status(200, PORTAL)),
  applied('500', 'InternalServiceError', faults.status(500, { when: 'after' })),
  applied('reset', 'ConnectionReset', faults.reset({ when: 'after' })),
  applied('200 that does not parse', 'HTTP 200', faults.status(200, { ...GARBLED, when: 'after' })),
  applied('a byte at a time', 'TimeoutError', faults.slowDrip({ delayMs: DRIP_MS })),
  {
    ...applied('200 without marks', 'HTTP 200', faults.unmarked()),
    mostCopies: 5,
  },
  {
    ...applied('200 without marks, for ever', 'HTTP 200', faults.unmarked()),
    ...always(faults.unmarked(), { spoilsAnswers: true }),
    // As a function does that flushes before it is frozen: the backoff alone is no limit.
    flushMs: 1_000,
    mostCopies: 5,
    isForever: true,
  },
  {
    name: 'goes away, and comes back',
    code: 'ConnectError',
    isKnown: false,
    from: 'quarter',
    to: 'three quarters',
    begin: goAway,
    end: comeBack,
  },
]
