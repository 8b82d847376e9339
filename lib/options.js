'use strict'

// The table of options. A value comes from `configureHostedKeyMetrics`, else from the environment, else it is the
// default. A bad option throws. A bad variable is warned about, and the default is used.

/** What a user calls to choose options. */
const NAME = 'configureHostedKeyMetrics'

function wholeNumber(least, most) {
  return {
    expected: `a whole number from ${least} to ${most}`,
    accepts: (value) => Number.isInteger(value) && value >= least && value <= most,
    parse: (text) => (/^\d+$/.test(text) ? Number(text) : undefined),
  }
}

const nonEmptyText = {
  expected: 'a text that is not empty',
  accepts: (value) => typeof value === 'string' && value.trim() !== '',
  parse: (text) => text,
}

// The ranges are stated in index.d.ts. `environment` has no variable here: its four are in `src/environment.rs`.
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
  maxBufferedDatums: {
    variable: 'HKM_MAX_BUFFERED_DATUMS',
    fallback: 10_000,
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

// What else the native side may know: it never reads the environment itself.
const VARIABLES =
  /^(AWS_\w+|HKM_ENVIRONMENT|OTEL_DEPLOYMENT_ENVIRONMENT|DEPLOYMENT_ENVIRONMENT|NODE_ENV|HOME|USERPROFILE|SSL_CERT_FILE|(HTTPS|ALL|NO)_PROXY|(https|all|no)_proxy)$/

/**
 * The options that were given a value.
 *
 * @param {unknown} options
 * @throws {TypeError} names the option that does not exist or has a bad value
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

/** A value for an error message: short, on one line, whatever it is. */
function show(value) {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return typeof value === 'object' || typeof value === 'function' ? typeof value : String(value)
}

/**
 * Every option but the logger, the variables that the native side may know, and what is wrong with variables.
 *
 * @param {Record<string, unknown>} chosen values that were checked, by option
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
  problems.push(`${variable} must be ${expected}, not ${show(text)}; the default is used`)
  return undefined
}

module.exports = { check, NAME, read }
