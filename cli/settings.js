'use strict'

// The options of the commands, and their defaults.

const { problemOfDimensionValue } = require('../lib/define/limits.js')
const { read } = require('../lib/options.js')
const { UsageError } = require('./usage-error.js')

/** The variables of the package, as the application reads them. */
const { rollups, storageResolution } = read({}).options

const text = (value) => ({ type: 'string', default: value })
const flag = { type: 'boolean', default: false }
const list = { type: 'string', multiple: true, default: [] }

/** As `parseArgs` takes them. Pairs are a warning and a critical threshold. */
const OPTIONS = {
  help: { ...flag, short: 'h' },
  version: flag,
  json: flag,
  send: flag,
  format: text('json'),
  name: text('hkm-native'),
  environment: text('production'),
  region: text(process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || 'us-east-1'),
  label: list,
  rollups: { type: 'boolean', default: rollups },
  period: text('300'),
  failed: list,
  succeeded: list,
  total: list,
  'failure-rate': text('5,20'),
  'min-samples': text('20'),
  throttled: text('10,100'),
  wait: text('5000,30000'),
  budget: text('80,100'),
  silence: text('900,3600'),
  'warning-action': list,
  'critical-action': list,
  runbook: text(''),
  prefix: text(''),
}

const DASHBOARD_NAME = /^[A-Za-z0-9_-]{1,255}$/
const DAY = 86_400

function settingsOf(values, formats) {
  if (!formats.includes(values.format)) {
    throw new UsageError(
      `--format must be ${formats.slice(0, -1).join(', ')} or ${formats.at(-1)}, not ${values.format}`
    )
  }
  if (!DASHBOARD_NAME.test(values.name)) {
    throw new UsageError(`--name may have letters, digits, - and _, not ${values.name}`)
  }
  for (const name of ['environment', 'region']) checkValue(name, values[name])
  if (/['"]/.test(values.environment)) {
    throw new UsageError(
      `--environment must have no quotes, not ${values.environment}: a search cannot name it`
    )
  }
  for (const level of ['warning', 'critical']) {
    const list = values[`${level}-action`]
    // An alarm takes five. Source: PutMetricAlarm.
    if (list.length > 5 || !list.every((action) => action.startsWith('arn:')))
      throw new UsageError(`--${level}-action must be an ARN, five at most, not ${list}`)
  }
  const period = numberOf('period', values.period)
  if (![10, 20, 30].includes(period) && (period < 60 || period % 60 !== 0)) {
    throw new UsageError(
      `--period must be 10, 20, 30 or a multiple of 60 seconds, not ${values.period}`
    )
  }
  return {
    json: values.json,
    send: values.send,
    format: values.format,
    name: values.name,
    environment: values.environment,
    region: values.region,
    labels: labelsOf(values.label),
    rollups: values.rollups,
    storageResolution,
    period,
    failed: names(values.failed),
    succeeded: names(values.succeeded),
    total: names(values.total),
    failureRate: pairOf('failure-rate', values, 99),
    minSamples: numberOf('min-samples', values['min-samples']),
    throttled: pairOf('throttled', values),
    wait: pairOf('wait', values),
    budget: pairOf('budget', values),
    // An alarm looks back on a week. Source: PutMetricAlarm.
    silence: pairOf('silence', values, 7 * DAY),
    actions: { warning: values['warning-action'], critical: values['critical-action'] },
    runbook: values.runbook,
    prefix: values.prefix,
  }
}

const names = (list) => list.flatMap((item) => item.split(',')).filter((name) => name !== '')

function labelsOf(list) {
  return Object.fromEntries(
    list.map((item) => {
      const at = item.indexOf('=')
      if (at < 1 || at === item.length - 1)
        throw new UsageError(`--label must be as provider=openai, not ${item}`)
      checkValue('label', item.slice(at + 1))
      return [item.slice(0, at), item.slice(at + 1)]
    })
  )
}

/** The package sends another text in place of one that CloudWatch does not take. */
function checkValue(name, value) {
  const problem = problemOfDimensionValue(value)
  if (problem) throw new UsageError(`--${name} ${JSON.stringify(value)}: ${problem}`)
}

/** A warning and a critical threshold, or a warning alone. */
function pairOf(name, values, most = Infinity) {
  const numbers = values[name].split(',').map((value) => numberOf(name, value))
  if (numbers.length > 2 || numbers[1] <= numbers[0] || numbers.at(-1) > most)
    throw new UsageError(
      `--${name} takes a warning and a higher critical threshold, as ${OPTIONS[name].default}${most < Infinity ? `, to ${most}` : ''}`
    )
  return numbers
}

function numberOf(name, value) {
  const number = Number(value)
  if (value.trim() === '' || !(number > 0 && number < Infinity)) {
    throw new UsageError(`--${name} must be a number above 0, not ${value}`)
  }
  return number
}

module.exports = { DAY, OPTIONS, settingsOf }
