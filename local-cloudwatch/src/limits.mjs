/**
 * The limits of PutMetricData. `violation` takes a typed input and returns one error for all that is wrong with it, or
 * `undefined`. A request with one bad datum is refused as a whole, as CloudWatch does.
 *
 * Sources, cited by name below:
 * - API: CloudWatch API Reference, PutMetricData, MetricDatum, Dimension and StatisticSet, and the
 *   constraints in the service model that ships with the SDKs. `entities.mjs` has those of Entity.
 * - Guide: CloudWatch User Guide, "Metrics concepts".
 * - Seen: a message of the service that public issue reports quote.
 */

import { entitiesViolations } from './entities.mjs'
import { invalidCombination, invalidValue, missing, ServiceError } from './errors.mjs'

/** Bytes of a request before compression: "limited to 1 MB". API, PutMetricData. */
export const MAX_REQUEST_BYTES = 1_048_576
/** API, PutMetricData: "no more than 1000 different metrics". */
export const MAX_DATUMS_PER_REQUEST = 1_000
/** API, MetricDatum, Values: "up to 150 unique values". */
export const MAX_VALUES_PER_DATUM = 150
/** API, MetricDatum, Dimensions. */
export const MAX_DIMENSIONS = 30
/** Characters. API, PutMetricData, Namespace. */
export const MAX_NAMESPACE_LENGTH = 255
/** Characters. API, MetricDatum, MetricName. */
export const MAX_METRIC_NAME_LENGTH = 255
/** Characters. API, Dimension, Name. */
export const MAX_DIMENSION_NAME_LENGTH = 255
/** Characters. API, Dimension, Value. */
export const MAX_DIMENSION_VALUE_LENGTH = 1_024
/** API, MetricDatum, Value: "in the range of -2^360 to 2^360". */
export const MAX_MAGNITUDE = 2 ** 360
/**
 * Of a value that is not 0. API, MetricDatum, Value: "rejects values that are either too small or too large". Seen: the
 * smallest that is accepted is 4.257959840008151e-109.
 */
export const MIN_MAGNITUDE = 2 ** -360
/** Milliseconds. API, PutMetricData: "as much as two weeks before the current date". */
export const MAX_AGE_MS = 14 * 24 * 60 * 60 * 1000
/** Milliseconds. API, PutMetricData: "as much as 2 hours after the current day and time". */
export const MAX_AHEAD_MS = 2 * 60 * 60 * 1000
/** Seconds. API, MetricDatum, StorageResolution: "Valid values are 1 and 60". */
export const STORAGE_RESOLUTIONS = [1, 60]

const SIZES = ['Bytes', 'Kilobytes', 'Megabytes', 'Gigabytes', 'Terabytes']
const BITS = ['Bits', 'Kilobits', 'Megabits', 'Gigabits', 'Terabits']

/** API, MetricDatum, Unit, in the order of the message about it. */
export const UNITS = new Set(
  [
    ['Seconds', 'Microseconds', 'Milliseconds', ...SIZES, ...BITS, 'Percent', 'Count'],
    [...SIZES, ...BITS, 'Count'].map((amount) => `${amount}/Second`),
    'None',
  ].flat()
)

/** Guide, Namespaces: letters, digits, `.`, `-`, `_`, `/`, `#`, `:` and the space. */
const NAMESPACE_CHARACTERS = /^[0-9A-Za-z._/#: -]*$/
/** API, PutMetricData, Namespace: reserved for AWS services. */
const RESERVED_NAMESPACE = 'AWS/'
/** API, Dimension: ASCII without control characters. */
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/
/** The rounding error of a sender that adds up doubles, relative to the sum. */
const SUM_TOLERANCE = 1e-9

/**
 * @param {number} bytes of the body, uncompressed
 * @returns {ServiceError | undefined}
 */
export function oversized(bytes) {
  if (bytes <= MAX_REQUEST_BYTES) return undefined
  return new ServiceError(
    413,
    'RequestEntityTooLarge',
    `Request size ${bytes} exceeded ${MAX_REQUEST_BYTES} bytes` // Seen
  )
}

/**
 * @param {Record<string, any>} input of PutMetricData
 * @param {number} now milliseconds since the epoch
 * @returns {ServiceError | undefined} the code of the first violation, and the message of each that
 *   shares it, a line each, as the service answers them
 */
export function violation(input, now) {
  const errors = [...violations(input, now)]
  if (errors.length === 0) return undefined
  const [{ status, code }] = errors
  const messages = errors.filter((error) => error.code === code).map((error) => error.message)
  return new ServiceError(status, code, messages.join('\n'))
}

function* violations(input, now) {
  yield* namespaceViolations('Namespace', input.Namespace)
  if (input.Namespace?.startsWith(RESERVED_NAMESPACE)) {
    yield invalidValue(`The value ${RESERVED_NAMESPACE} for parameter Namespace is invalid.`)
  }
  const datums = datumsOf(input)
  if (datums.length === 0) yield missing('The parameter MetricData is required.') // Seen
  yield* oversizedCollection('MetricData', datums, MAX_DATUMS_PER_REQUEST)
  yield* eachDatumViolations('MetricData', input.MetricData ?? [], now)
  yield* entitiesViolations(input)
  for (const [index, { MetricData = [] }] of (input.EntityMetricData ?? []).entries()) {
    yield* eachDatumViolations(`EntityMetricData.member.${index + 1}.MetricData`, MetricData, now)
  }
}

/** API, PutMetricData, MetricData: the limit "is the sum of both EntityMetricData and MetricData metrics". */
export function datumsOf({ MetricData = [], EntityMetricData = [] }) {
  return [...MetricData, ...EntityMetricData.flatMap(({ MetricData: datums = [] }) => datums)]
}

function* eachDatumViolations(path, datums, now) {
  for (const [index, datum] of datums.entries()) {
    yield* datumViolations(`${path}.member.${index + 1}`, datum, now)
  }
}

/**
 * What is wrong with the name of a metric, whoever names it.
 *
 * @param {string} path what is before `Namespace`
 * @param {Record<string, any>} metric
 * @returns {Iterable<ServiceError>}
 */
export function* metricViolations(path, { Namespace, MetricName, Dimensions = [] }) {
  yield* namespaceViolations(`${path}Namespace`, Namespace)
  yield* textViolations(`${path}MetricName`, MetricName, MAX_METRIC_NAME_LENGTH)
  yield* dimensionViolations(`${path}Dimensions`, Dimensions)
}

function* namespaceViolations(path, namespace) {
  yield* textViolations(path, namespace, MAX_NAMESPACE_LENGTH)
  if (!namespace) return
  if (namespace.startsWith(':')) {
    yield invalidValue(`The value for parameter ${path} must not start with a colon.`)
  }
  if (!NAMESPACE_CHARACTERS.test(namespace)) {
    yield invalidValue(`The value for parameter ${path} contains invalid characters.`)
  }
}

function* datumViolations(path, datum, now) {
  yield* textViolations(`${path}.MetricName`, datum.MetricName, MAX_METRIC_NAME_LENGTH)
  yield* dimensionViolations(`${path}.Dimensions`, datum.Dimensions ?? [])
  yield* timeViolations(`${path}.Timestamp`, datum.Timestamp, now)
  yield* observationViolations(path, datum)
  if (datum.Unit !== undefined && !UNITS.has(datum.Unit)) {
    const units = [...UNITS].join(', ')
    yield invalidValue(`The parameter ${path}.Unit must be a value in the set [ ${units} ].`) // Seen
  }
  const resolution = datum.StorageResolution
  if (resolution !== undefined && !STORAGE_RESOLUTIONS.includes(resolution)) {
    yield invalidValue(
      `The value ${resolution} for parameter ${path}.StorageResolution is invalid.`
    )
  }
}

/** The rules for a name and for the value of a dimension. */
function* textViolations(path, text, maxLength) {
  if (text === undefined || text === '') {
    yield missing(`The parameter ${path} is required.`)
    return
  }
  if (text.trim() === '') {
    yield invalidValue(`The value for parameter ${path} must not be blank.`)
  }
  if (!PRINTABLE_ASCII.test(text)) {
    yield invalidValue(`The value for parameter ${path} contains non-ASCII characters.`) // Seen
  }
  if (text.length > maxLength) {
    yield invalidValue(`The parameter ${path} must be shorter than ${maxLength + 1} characters.`) // Seen
  }
}

function* dimensionViolations(path, dimensions) {
  yield* oversizedCollection(path, dimensions, MAX_DIMENSIONS)
  for (const [index, { Name, Value }] of dimensions.entries()) {
    const member = `${path}.member.${index + 1}`
    yield* textViolations(`${member}.Name`, Name, MAX_DIMENSION_NAME_LENGTH)
    yield* textViolations(`${member}.Value`, Value, MAX_DIMENSION_VALUE_LENGTH)
    if (Name?.startsWith(':')) {
      yield invalidValue(`The value for parameter ${member}.Name must not start with a colon.`)
    }
  }
  if (new Set(dimensions.map(({ Name }) => Name)).size < dimensions.length) {
    yield invalidValue('No metric may specify the same dimension name twice.') // Seen
  }
}

function* timeViolations(path, timestamp, now) {
  if (timestamp === undefined) return
  const age = now - timestamp.getTime()
  if (age > MAX_AGE_MS) {
    yield invalidValue(`The parameter ${path} must specify a time within the past two weeks.`) // Seen
  }
  if (age < -MAX_AHEAD_MS) {
    yield invalidValue(`The parameter ${path} must specify a time within the next two hours.`)
  }
}

function* observationViolations(path, datum) {
  const given = ['Value', 'Values', 'StatisticValues'].filter((name) => isGiven(datum[name]))
  if (given.length === 0) {
    const names = `${path}.Value, ${path}.Values and ${path}.StatisticValues`
    yield invalidCombination(`At least one of the parameters ${names} must be specified.`) // Seen
  }
  if (given.length > 1) {
    const names = given.map((name) => `${path}.${name}`).join(' and ')
    const problem = 'are mutually exclusive and you have specified both' // Seen
    yield invalidCombination(`The parameters ${names} ${problem}.`)
  }
  if (datum.Value !== undefined) yield* numberViolations(`${path}.Value`, datum.Value)
  yield* distributionViolations(path, datum.Values ?? [], datum.Counts)
  if (datum.StatisticValues) {
    yield* statisticSetViolations(`${path}.StatisticValues`, datum.StatisticValues)
  }
}

/** An empty list counts as absent: the service's older wire format could not tell them apart. */
function isGiven(value) {
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}

function* distributionViolations(path, values, counts) {
  yield* oversizedCollection(`${path}.Values`, values, MAX_VALUES_PER_DATUM)
  for (const [index, value] of values.entries()) {
    yield* numberViolations(`${path}.Values.member.${index + 1}`, value)
  }
  if (new Set(values).size < values.length) {
    yield invalidValue(`The parameter ${path}.Values must list each unique value once.`)
  }
  if (counts === undefined) return
  if (counts.length !== values.length) {
    yield invalidCombination(`${path}.Values and ${path}.Counts must be of the same size.`)
  }
  for (const [index, count] of counts.entries()) {
    yield* countViolations(`${path}.Counts.member.${index + 1}`, count)
  }
}

function* statisticSetViolations(path, set) {
  for (const name of ['SampleCount', 'Sum', 'Minimum', 'Maximum']) {
    if (set[name] === undefined) yield missing(`The parameter ${path}.${name} is required.`)
  }
  const { SampleCount = 1, Sum = 0, Minimum = Sum, Maximum = Sum } = set
  yield* countViolations(`${path}.SampleCount`, SampleCount)
  yield* numberViolations(`${path}.Sum`, Sum)
  yield* numberViolations(`${path}.Minimum`, Minimum)
  yield* numberViolations(`${path}.Maximum`, Maximum)
  const slack = SUM_TOLERANCE * Math.abs(Sum)
  // No sum is consistent with a minimum above the maximum.
  const isConsistent = Sum >= Minimum * SampleCount - slack && Sum <= Maximum * SampleCount + slack
  if (!isConsistent) yield invalidValue(`The values of parameter ${path} contradict each other.`)
}

function* numberViolations(path, value) {
  const magnitude = Math.abs(value)
  const isTooSmall = magnitude > 0 && magnitude < MIN_MAGNITUDE
  if (isTooSmall || !(magnitude <= MAX_MAGNITUDE)) {
    const written = isTooSmall ? 0 : value // Seen: a value that is too small is written as 0.
    yield invalidValue(`The value ${written} for parameter ${path} is invalid.`)
  }
}

function* countViolations(path, count) {
  yield* numberViolations(path, count)
  if (count <= 0) yield invalidValue(`The parameter ${path} must be greater than 0.`)
}

function* oversizedCollection(path, collection, maxSize) {
  if (collection.length > maxSize) {
    yield invalidValue(`The collection ${path} must not have a size greater than ${maxSize}.`) // Seen
  }
}
