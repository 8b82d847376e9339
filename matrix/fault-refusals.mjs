/**
 * Faults of the matrix in which CloudWatch, or something on the way, answers that it refuses.
 *
 * A datum is dropped if it is refused alone, twice, by a CloudWatch that accepts others. Whatever else is refused waits.
 */

import * as faults from '@sim/local-cloudwatch/faults'
import { TRANSIENT_CODES } from '../testkit/refusals.mjs'
import { always, during, notApplied } from './fault-courses.mjs'
import { CULPRIT, CULPRIT_VALUE } from './fault-workload.mjs'
import { seriesOfDatum } from './tally.mjs'

/**
 * Refused requests while everything is refused for three to six seconds: at most about 40 in each of several passes,
 * with a backoff between them. To search 369 datums one by one takes more than 700 in a pass.
 */
const MOST_SEARCHED = 400

/** Refused requests where nothing is searched: one or two in each pass. */
const MOST_REPEATED = 40

/** Long enough that a flush finds a hundred values of the culprit. */
const LONG_INTERVAL_MS = 3_000

const isCulprit = (datum) => seriesOfDatum(datum) === CULPRIT
const with400 = (errorCode, options) => faults.status(400, { errorCode, ...options })

const NAMESPACE_REFUSED = with400('InvalidParameterValue', {
  message: 'The value AWS/ for parameter Namespace is invalid.',
})
const PROXY_REFUSED = faults.status(400, { body: '<html>Bad Request</html>' })

/** Everything is refused for a time, and then accepted. */
const allRefused = (name, code, fault, mostRefused) => ({
  ...notApplied(`all refused: ${name}`, code, during(fault)),
  mostRefused,
  warnings: 1,
})

/** @type {import('./fault-list.mjs').MatrixFault[]} */
export const REFUSALS = [
  {
    ...notApplied('one poison series', 'InvalidParameterValue', always(faults.poison(isCulprit))),
    culprit: CULPRIT,
  },
  {
    ...notApplied(
      'one poison series, ValidationError',
      'ValidationError',
      always(faults.poison(isCulprit, { errorCode: 'ValidationError' }))
    ),
    culprit: CULPRIT,
  },
  {
    ...notApplied(
      'one poison value among a hundred',
      'InvalidParameterValue',
      always(faults.poisonValue((value, datum) => value === CULPRIT_VALUE && isCulprit(datum)))
    ),
    culprit: CULPRIT,
    culpritValue: CULPRIT_VALUE,
    options: { flushIntervalMs: LONG_INTERVAL_MS },
  },
  ...TRANSIENT_CODES.map((code) => ({
    ...notApplied(`400 ${code}`, code, during(with400(code))),
    mostRefused: MOST_REPEATED,
  })),
  allRefused(
    'MalformedHttpRequestException',
    'MalformedHttpRequestException',
    faults.refuse('MalformedHttpRequestException'),
    MOST_REPEATED
  ),
  allRefused('a proxy, without a code', 'HTTP 400', PROXY_REFUSED, MOST_REPEATED),
  allRefused('ValidationError', 'ValidationError', with400('ValidationError'), MOST_SEARCHED),
  allRefused(
    'ValidationException',
    'ValidationException',
    with400('ValidationException'),
    MOST_SEARCHED
  ),
  allRefused(
    'the namespace, for a time',
    'InvalidParameterValue',
    NAMESPACE_REFUSED,
    MOST_SEARCHED
  ),
  {
    ...notApplied(
      'all refused: the namespace, for ever',
      'InvalidParameterValue',
      always(NAMESPACE_REFUSED)
    ),
    mostRefused: MOST_SEARCHED,
    warnings: 1,
    isForever: true,
  },
]
