'use strict'

// The table of options. The value of an option comes from `configureHostedKeyMetrics`, from its
// environment variable or from its default, in this order. A bad option throws. A bad variable is
// ignored, except `HKM_ENABLED` and those of a role, and a warning says so.

const { own, property } = require('./properties.js')
const { show } = require('./show.js')
const { readVariables, unknownVariables } = require('./variables.js')

/** The function that sets options, for error messages. */
const NAME = 'configureMetrics'

/** The end of a problem with a variable, and no part of the reason in the statistics. */
const METRICS_ARE_OFF = '; metrics are off'

// The words for a boolean in a variable, in any case.
const WORDS = new Map([
  ...['true', '1', 'on', 'yes'].map((word) => [word, true]),
  ...['false', '0', 'off', 'no'].map((word) => [word, false]),
])

// A URL parser also accepts `http:host`, and removes blanks.
const ENDPOINT = /^https?:\/\/[^\s/\\?#@]+(\/[^\s?#]*)?$/i
// `fips-us-east-1` is a name of old SDKs, and no region.
const REGION = /^(?!(.*-)?fips-)[a-z]{2,}(-[a-z]+)+-\d{1,2}$/
/** The ARN of a role in any partition, with its path. */
const ROLE_ARN = /^arn:aws[a-z-]*:iam::\d{12}:role\/([\x21-\x7e]*\/)?[\w+=,.@-]{1,64}$/

function wholeNumber(least, most) {
  return {
    expected: `a whole number from ${least} to ${most}`,
    accepts: (value) => Number.isInteger(value) && value >= least && value <= most,
    parse: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  }
}

/** Makes the table. No row inherits anything, because most rows leave a field out. */
function table(rows) {
  return new Map(Object.keys(rows).map((name) => [name, { __proto__: null, ...rows[name] }]))
}

// `index.d.ts` documents the ranges. The variables of `environment` and `endpoint` are in
// `src/environment.rs`. The native side also has the defaults of options without a fallback here.
// `turnsOff`: metrics are off if the variable cannot be used. Otherwise, the variable is ignored.
const OPTIONS = table({
  enabled: {
    variable: 'HKM_ENABLED',
    fallback: 'auto',
    expected: "'auto', true or false",
    expectedText: 'auto, or true, 1, on or yes, or false, 0, off or no',
    accepts: (value) => value === 'auto' || typeof value === 'boolean',
    parse: (text) => (text.toLowerCase() === 'auto' ? 'auto' : WORDS.get(text.toLowerCase())),
    // Who misspells the switch most likely wants to switch metrics off.
    turnsOff: true,
  },
  environment: {
    expected: 'a text that is not blank',
    accepts: (value) => typeof value === 'string' && value.trim() !== '',
  },
  region: {
    variable: 'HKM_REGION',
    expected: 'an AWS region such as us-east-1',
    accepts: (value) => typeof value === 'string' && REGION.test(value),
    maxShown: 20,
    parse: (text) => text,
  },
  // `src/endpoint.rs` checks `HKM_ENDPOINT` together with the variables of AWS.
  endpoint: {
    expected:
      'an http or https URL such as http://localhost:4566, without user, password, query and fragment',
    accepts: (value) => typeof value === 'string' && ENDPOINT.test(value) && URL.canParse(value),
  },
  // Nothing is sent as another identity than the role that was meant. The lengths and characters are
  // those of AssumeRole in the API reference of STS.
  roleArn: {
    variable: 'HKM_ROLE_ARN',
    expected: 'the ARN of an IAM role, such as arn:aws:iam::123456789012:role/metrics',
    accepts: (value) => typeof value === 'string' && value.length <= 2_048 && ROLE_ARN.test(value),
    parse: (text) => text,
    turnsOff: true,
  },
  roleExternalId: {
    variable: 'HKM_ROLE_EXTERNAL_ID',
    expected: '2 to 1,224 letters, digits and characters of _+=,.@:/-',
    accepts: (value) => typeof value === 'string' && /^[\w+=,.@:/-]{2,1224}$/.test(value),
    parse: (text) => text,
    turnsOff: true,
  },
  roleSessionName: {
    variable: 'HKM_ROLE_SESSION_NAME',
    expected: '2 to 64 letters, digits and characters of _+=,.@-',
    accepts: (value) => typeof value === 'string' && /^[\w+=,.@-]{2,64}$/.test(value),
    parse: (text) => text,
    turnsOff: true,
  },
  flushIntervalMs: {
    variable: 'HKM_FLUSH_INTERVAL_MS',
    fallback: 30_000,
    ...wholeNumber(100, 3_600_000),
  },
  shutdownTimeoutMs: {
    variable: 'HKM_SHUTDOWN_TIMEOUT_MS',
    fallback: 2_000,
    ...wholeNumber(0, 60_000),
  },
  signals: {
    variable: 'HKM_SIGNALS',
    fallback: true,
    expected: 'true or false',
    expectedText: 'true, 1, on or yes, or false, 0, off or no',
    accepts: (value) => typeof value === 'boolean',
    parse: (text) => WORDS.get(text.toLowerCase()),
  },
  rollups: {
    variable: 'HKM_ROLLUPS',
    fallback: false,
    expected: 'true or false',
    expectedText: 'true, 1, on or yes, or false, 0, off or no',
    accepts: (value) => typeof value === 'boolean',
    parse: (text) => WORDS.get(text.toLowerCase()),
  },
  maxBufferedDatums: {
    variable: 'HKM_MAX_BUFFERED_DATUMS',
    // Minutes of each of `maxSeries`, also if some are waiting to be sent again. `maxBufferedBytes` bounds the memory.
    fallback: 100_000,
    ...wholeNumber(1, 10_000_000),
  },
  maxBufferedBytes: {
    variable: 'HKM_MAX_BUFFERED_BYTES',
    fallback: 64_000_000,
    ...wholeNumber(100_000, 4_000_000_000),
  },
  maxSeries: { variable: 'HKM_MAX_SERIES', fallback: 10_000, ...wholeNumber(1, 10_000_000) },
  spoolDirectory: {
    variable: 'HKM_SPOOL_DIRECTORY',
    expected: 'the path of a directory',
    accepts: (value) => typeof value === 'string' && /^[^\0]*[^\0\s][^\0]*$/.test(value),
    parse: (text) => text,
  },
  spoolMaxBytes: {
    variable: 'HKM_SPOOL_MAX_BYTES',
    fallback: 64_000_000,
    ...wholeNumber(2_000_000, 1_000_000_000),
  },
  storageResolution: {
    variable: 'HKM_STORAGE_RESOLUTION',
    fallback: 60,
    expected: '60 or 1',
    accepts: (value) => value === 60 || value === 1,
    parse: Number,
  },
  logger: {
    expected: 'an object with a warn method',
    accepts: (value) => typeof property(value, 'warn') === 'function',
  },
})

/** The variables whose names begin with `HKM_`. The native side reads those that are not in the table. */
const NAMES = [...OPTIONS.values()].flatMap(({ variable }) => variable ?? [])
const VARIABLES = [...NAMES, 'HKM_ENVIRONMENT', 'HKM_ENDPOINT']

/**
 * Returns the options that are not `undefined`.
 *
 * @param {unknown} options
 * @throws {TypeError} if `options` is not an object, or if an option does not exist or has a bad
 *   value. The message names the option.
 */
function check(options) {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`${NAME}: options must be an object`)
  }
  const given = Object.create(null)
  // A loop over `of` that ends by an error would read `return` of `Object.prototype`.
  Object.keys(options).forEach((name) => {
    const value = options[name]
    if (value === undefined) return
    if (!OPTIONS.has(name)) {
      const known = [...OPTIONS.keys()].join(', ')
      throw new TypeError(`${NAME}: no option is named ${name}; there are ${known}`)
    }
    const { accepts, expected, maxShown } = OPTIONS.get(name)
    if (!accepts(value)) {
      throw new TypeError(`${NAME}: ${name} must be ${expected}, not ${show(value, maxShown)}`)
    }
    given[name] = value
  })
  return given
}

/**
 * Returns all options except the logger, the variables for the native side, the problems with
 * variables, and the problem that turns metrics off. Options and variables are objects without a
 * prototype.
 *
 * @param {Record<string, unknown>} chosen checked values, by option
 */
function read(chosen) {
  const { variables, ofPackage } = readVariables()
  const options = Object.create(null)
  const problems = new Map()
  for (const name of OPTIONS.keys()) {
    if (name === 'logger') continue
    const option = OPTIONS.get(name)
    options[name] =
      own(chosen, name) ?? fromVariable(option, ofPackage, problems) ?? option.fallback
  }
  const pointless = withoutRole(options)
  if (pointless) problems.set(pointless, pointless + METRICS_ARE_OFF)
  const off = [...OPTIONS.values()].find((one) => turnsOff(one, problems))
  const problem = pointless ?? (off && problems.get(off.variable).replace(METRICS_ARE_OFF, ''))
  options.enabled = problem === undefined ? String(options.enabled) : 'false'
  const unknown = unknownVariables(Object.keys(ofPackage), VARIABLES)
  return { options, variables, problems: [...problems.values(), ...unknown], problem }
}

const turnsOff = ({ variable, turnsOff }, problems) => turnsOff === true && problems.has(variable)

/** Returns what is wrong if options are for a role, and there is none. */
function withoutRole({ roleArn, roleExternalId, roleSessionName }) {
  if (roleArn !== undefined || (roleExternalId ?? roleSessionName) === undefined) return undefined
  const name = roleExternalId === undefined ? 'roleSessionName' : 'roleExternalId'
  return `${name} or ${OPTIONS.get(name).variable} is set, but neither roleArn nor HKM_ROLE_ARN`
}

function fromVariable(option, ofPackage, problems) {
  const { variable, parse, accepts, expected, expectedText, turnsOff, maxShown } = option
  const text = variable && ofPackage[variable]?.trim()
  if (!text) return undefined
  const value = parse(text)
  if (accepts(value)) return value
  const effect = turnsOff ? METRICS_ARE_OFF : '; the variable is ignored'
  problems.set(
    variable,
    `${variable} must be ${expectedText ?? expected}, not ${show(text, maxShown)}${effect}`
  )
  return undefined
}

/** Returns where the value of an option comes from: the function that set it, a variable, or the default. */
function originOf(name, chosen, ofPackage) {
  if (own(chosen, name) !== undefined) return NAME
  const option = OPTIONS.get(name)
  return fromVariable(option, ofPackage, new Map()) === undefined ? undefined : option.variable
}

module.exports = { check, NAME, originOf, read }
