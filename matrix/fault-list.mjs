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
 * @property {(bed: Bed) => unknown} begin
 * @property {(bed: Bed) => unknown} end
 * @property {string} [culprit] the series that is dropped
 * @property {boolean} [isForever] nothing is ever delivered
 * @property {import('node:tls').TlsOptions} [tls] of CloudWatch at the start
 * @property {string} [endpoint] in place of CloudWatch's
 */

import * as faults from '@sim/local-cloudwatch/faults'
import { serverTls } from '../testkit/certificates/certificates.mjs'
import { seriesOfDatum } from './tally.mjs'

/** The one poisoned series: a cost, with many values. */
export const CULPRIT = 'CostCharged None {Environment=test,Provider=openai,Tool=embed}'

/** Fewer than wait at every flush, so that requests have to be halved several times. */
const MAX_DATUMS = 40

// An answer of a hundred bytes and more would take longer than the five seconds that an attempt may take.
const DRIP_MS = 200

/** A label may have 63 characters (RFC 1035): there is nobody to ask about this name. */
const NO_NAME = `http://${'x'.repeat(64)}.localhost`

const isCulprit = (datum) => seriesOfDatum(datum) === CULPRIT

const PORTAL = { body: '<html>Please log in</html>' }
const GARBLED = { body: Buffer.from('9f9f9f', 'hex'), contentType: 'application/cbor' }

const during = (plan, options) => ({
  from: 'quarter',
  to: 'three quarters',
  begin: (bed) => bed.setFault(plan, options),
  end: (bed) => bed.setFault(),
})
const always = (plan) => ({
  from: 'start',
  to: 'end',
  begin: (bed) => bed.setFault(plan),
  end: (bed) => bed.setFault(),
})
const never = { begin() {}, end() {} }

/** The answer tells that nothing was applied. */
const notApplied = (name, code, course) => ({
  name,
  code,
  isKnown: true,
  isApplied: false,
  ...course,
})
/** Nothing was applied, and nothing tells so. */
const unanswered = (name, code, plan) => ({
  name,
  code,
  isKnown: false,
  isApplied: false,
  ...during(plan),
})
/** All was applied, and nothing tells so. */
const applied = (name, code, plan) => ({
  name: `applied, then ${name}`,
  code,
  isKnown: false,
  isApplied: true,
  ...during(plan, { spoilsAnswers: true }),
})

const goAway = (bed) => bed.goAway()
const comeBack = (bed) => bed.comeBack()

/** @type {MatrixFault[]} */
export const FAULTS = [
  notApplied('throttled 3 of 4 times', 'Throttling', always(faults.outOf(3, 4, faults.throttle()))),
  notApplied('access denied', 'AccessDenied', during(faults.accessDenied())),
  notApplied('expired token', 'ExpiredToken', during(faults.expiredToken())),
  notApplied(`413 above ${MAX_DATUMS} datums`, undefined, always(faults.tooManyDatums(MAX_DATUMS))),
  {
    ...notApplied('one poison series', 'InvalidParameterValue', always(faults.poison(isCulprit))),
    culprit: CULPRIT,
  },
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
    name: 'goes away, and comes back',
    code: 'ConnectError',
    isKnown: false,
    from: 'quarter',
    to: 'three quarters',
    begin: goAway,
    end: comeBack,
  },
]
