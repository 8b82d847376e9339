'use strict'

// `hkm-native doctor`: why metrics do not arrive, or that nothing keeps them from it. It looks at
//
//   the installation -> the options -> the metrics -> the way to CloudWatch -> the spool -> copies and traps of builds
//
// and goes on after what is wrong. It runs where metrics do not: without a binary, a credential or a network.

const { examineConfiguration } = require('./doctor/configuration.js')
const { examineCopies } = require('./doctor/copies.js')
const { costOf } = require('./doctor/cost.js')
const { finding } = require('./doctor/finding.js')
const { examineInstallation } = require('./doctor/installation.js')
const { textOf } = require('./doctor/report.js')
const { send } = require('./doctor/send.js')
const { judgeSpool } = require('./doctor/spool.js')
const { examineTraps } = require('./doctor/traps.js')
const { judge } = require('./doctor/way.js')
const { metricsOf } = require('./metrics.js')
const { UsageError } = require('./usage-error.js')

/** Options, and where the native side tells which variable holds it. */
const ORIGINS = [
  ['endpoint', 'endpointFrom'],
  ['region', 'regionFrom'],
  ['environment', 'deploymentFrom'],
]

/**
 * @param {string[]} modules as for the other commands. They may call `configureMetrics`.
 * @param {{ json: boolean, send: boolean }} settings
 * @returns {Promise<{ output: string, isHealthy: boolean }>}
 */
async function doctor(modules, settings) {
  const { findings: ofMetrics, metrics } = await examineMetrics(modules)
  const installation = examineInstallation()
  const configuration = examineConfiguration()
  const { copies, findings: ofCopies } = examineCopies(process.cwd())
  const { spool, delivery } = diagnose(installation.binding, configuration.settings, metrics)
  // The native side knows variables. An option precedes them.
  for (const [option, name] of ORIGINS) {
    const { from = 'default' } = configuration.options[option] ?? {}
    if (delivery && from !== 'default') delivery[name] = from
  }
  const isOn = delivery !== undefined && delivery.off === undefined
  const { sent, findings: ofSending = [] } =
    settings.send && isOn ? await send(configuration.chosen) : {}
  const { options } = configuration.settings
  const result = {
    installation: installation.facts,
    options: configuration.options,
    metrics: metrics && {
      modules,
      list: metrics.map(({ namespace, name }) => ({ namespace, name })),
    },
    delivery,
    spool,
    cost:
      metrics &&
      costOf(metrics, { flushIntervalMs: options.flushIntervalMs, rollups: options.rollups }),
    copies,
    sent,
    problems: [
      ...installation.findings,
      ...configuration.findings,
      ...ofMetrics,
      ...(delivery && !isOffByMistake(delivery, configuration)
        ? judge(
            delivery,
            {
              ...configuration.settings.variables,
              HKM_ENABLED: process.env.HKM_ENABLED,
            },
            configuration.options
          )
        : []),
      ...ofSending,
      ...judgeSpool(spool, Date.now()),
      ...ofCopies,
      ...examineTraps(process.cwd()),
    ],
  }
  return {
    output: settings.json ? `${JSON.stringify(result, null, 2)}\n` : textOf(result),
    isHealthy: result.problems.length === 0,
  }
}

/** A bad HKM_ENABLED turns metrics off, and was told. */
const isOffByMistake = ({ off }, { findings }) =>
  /^disabled/.test(off) && findings.some(({ problem }) => /metrics are off$/.test(problem))

async function examineMetrics(modules) {
  try {
    return { findings: [], metrics: await metricsOf(modules) }
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    const mend = 'Name a module that exports what defineMetrics() returns'
    return { findings: [finding('metrics', error.message, 'it cannot be told what is sent', mend)] }
  }
}

/** What is found on the way to CloudWatch, for the namespaces of the metrics, and in the directory of the spool. */
function diagnose(binding, { options, variables }, metrics = []) {
  if (binding === undefined) return {}
  const all = options.enabled === 'true' ? process.env : {}
  const namespaces = [...new Set(metrics.map(({ namespace }) => namespace))]
  const { spool, ...delivery } = JSON.parse(
    binding.diagnose(
      namesAndTexts(options),
      namesAndTexts(variables),
      namesAndTexts(all),
      namespaces
    )
  )
  return { spool, delivery }
}

/** As `lib/start.js` passes them. */
const namesAndTexts = (values) =>
  Object.entries(values).flatMap(([name, value]) =>
    value === undefined ? [] : [name, String(value)]
  )

module.exports = { doctor }
