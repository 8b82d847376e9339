'use strict'

// Options: from `configureHostedKeyMetrics`, else from the environment, else the default. Both ways go
// through the same table; a bad option throws, a bad variable is warned about and the default holds.

const { setLogger } = require('./warnings.js')

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

const chosen = {}
let isSealed = false

/** See index.d.ts. */
function configure(options) {
  if (isSealed) {
    throw new Error('configureHostedKeyMetrics: call it before the first record')
  }
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('configureHostedKeyMetrics: options must be an object')
  }
  const given = Object.entries(options).filter(([, value]) => value !== undefined)
  for (const [name, value] of given) {
    if (!Object.hasOwn(OPTIONS, name)) {
      const known = Object.keys(OPTIONS).join(', ')
      throw new TypeError(
        `configureHostedKeyMetrics: no option is named ${name}; there are ${known}`
      )
    }
    const { accepts, expected } = OPTIONS[name]
    if (!accepts(value)) {
      throw new TypeError(
        `configureHostedKeyMetrics: ${name} must be ${expected}, not ${show(value)}`
      )
    }
  }
  Object.assign(chosen, Object.fromEntries(given))
  if (chosen.logger) setLogger(chosen.logger)
}

/** A value for an error message: short, on one line, whatever it is. */
function show(value) {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return typeof value === 'object' || typeof value === 'function' ? typeof value : String(value)
}

/**
 * Reads the environment and ends configuration: the first record was made. What is wrong with a variable is for the
 * caller to tell, once a logger that records can do so.
 */
function seal() {
  isSealed = true
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

module.exports = { configure, seal }
