'use strict'

// The table of options. The value of an option comes from `configureHostedKeyMetrics`, from its
// environment variable or from its default, in this order. A bad option throws. A bad variable is
// ignored, and a warning says so.

/** The function that sets options, for error messages. */
const NAME = 'configureHostedKeyMetrics'

function wholeNumber(least, most) {
  return {
    expected: `a whole number from ${least} to ${most}`,
    accepts: (value) => Number.isInteger(value) && value >= least && value <= most,
    parse: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  }
}

const nonEmptyText = {
  expected: 'a text that is not blank',
  accepts: (value) => typeof value === 'string' && value.trim() !== '',
  parse: (text) => text,
}

// `index.d.ts` documents the ranges. The four variables of `environment` are in
// `src/environment.rs`. The native side also has the defaults of options without a fallback here.
const OPTIONS = {
  enabled: {
    variable: 'HKM_ENABLED',
    fallback: 'auto',
    expected: "'auto', true or false",
    accepts: (value) => value === 'auto' || typeof value === 'boolean',
    parse: (text) => ({ auto: 'auto', true: true, false: false })[text.toLowerCase()],
  },
  environment: nonEmptyText,
  region: {
    variable: 'HKM_REGION',
    expected: 'an AWS region such as us-east-1',
    accepts: (value) => typeof value === 'string' && /^[a-z0-9-]+$/.test(value),
    parse: (text) => text,
  },
  endpoint: {
    variable: 'HKM_ENDPOINT',
    expected: 'an http or https URL',
    accepts: (value) =>
      typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol),
    parse: (text) => text,
  },
  flushIntervalMs: {
    variable: 'HKM_FLUSH_INTERVAL_MS',
    fallback: 5_000,
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
    accepts: (value) => typeof value === 'boolean',
    parse: (text) => ({ true: true, false: false })[text.toLowerCase()],
  },
  maxBufferedDatums: {
    variable: 'HKM_MAX_BUFFERED_DATUMS',
    // Two minutes of each of `maxSeries`, and room for series with more than 150 values.
    fallback: 25_000,
    ...wholeNumber(1, 10_000_000),
  },
  maxSeries: { variable: 'HKM_MAX_SERIES', fallback: 10_000, ...wholeNumber(1, 10_000_000) },
  storageResolution: {
    variable: 'HKM_STORAGE_RESOLUTION',
    fallback: 60,
    expected: '60 or 1',
    accepts: (value) => value === 60 || value === 1,
    parse: Number,
  },
  logger: {
    expected: 'an object with a warn method',
    accepts: (value) => typeof value?.warn === 'function',
  },
}

// Variables that are passed to the native side, which never reads the environment itself.
const VARIABLES =
  /^(AWS_\w+|HKM_ENVIRONMENT|OTEL_DEPLOYMENT_ENVIRONMENT|DEPLOYMENT_ENVIRONMENT|NODE_ENV|HOME|USERPROFILE|SSL_CERT_FILE|(HTTPS|ALL|NO)_PROXY|(https|all|no)_proxy)$/

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
  for (const [name, value] of Object.entries(options)) {
    if (value === undefined) continue
    if (!Object.hasOwn(OPTIONS, name)) {
      const known = Object.keys(OPTIONS).join(', ')
      throw new TypeError(`${NAME}: no option is named ${name}; there are ${known}`)
    }
    const { accepts, expected } = OPTIONS[name]
    if (!accepts(value)) {
      throw new TypeError(`${NAME}: ${name} must be ${expected}, not ${show(value)}`)
    }
    given[name] = value
  }
  return given
}

/** Returns any value as a short text on one line, for an error message. */
function show(value) {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return typeof value === 'object' || typeof value === 'function' ? typeof value : String(value)
}

/**
 * Returns all options except the logger, the variables for the native side, and the problems with
 * variables.
 *
 * @param {Record<string, unknown>} chosen checked values, by option
 */
function read(chosen) {
  const variables = {}
  for (const name of Object.keys(process.env)) {
    if (VARIABLES.test(name)) variables[name] = process.env[name]
  }
  const options = {}
  const problems = []
  for (const [name, option] of Object.entries(OPTIONS)) {
    if (name === 'logger') continue
    options[name] = chosen[name] ?? fromVariable(option, problems) ?? option.fallback
  }
  options.enabled = String(options.enabled)
  return { options, variables, problems }
}

function fromVariable({ variable, parse, accepts, expected }, problems) {
  const text = variable && process.env[variable]?.trim()
  if (!text) return undefined
  const value = parse(text)
  if (accepts(value)) return value
  problems.push(`${variable} must be ${expected}, not ${show(text)}; the variable is ignored`)
  return undefined
}

module.exports = { check, NAME, read }
