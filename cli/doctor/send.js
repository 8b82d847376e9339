'use strict'

// Sends one real datum, as an application would: in a namespace of its own, so that it is on no dashboard of yours. A process
// of its own does it, with the same options, so that what a module records is not sent with it.

const { execFile } = require('node:child_process')
const { finding } = require('./finding.js')

const NAMESPACE = 'hkm-native/doctor'
const TIMEOUT_MS = 5_000

/**
 * @param {object} options as `configureMetrics` takes them
 * @returns {Promise<{ sent?: { namespace: string, metric: string }, findings: import('./finding.js').Finding[] }>}
 */
async function send(options) {
  const problem = await attempt(options)
  if (problem === '') return { sent: { namespace: NAMESPACE, metric: 'Checked' }, findings: [] }
  return {
    findings: [
      finding(
        'send',
        `a datum in ${NAMESPACE} was not accepted: ${problem}`,
        'what is sent in this way does not arrive',
        /Denied|NotAuthorized/.test(problem)
          ? `Allow cloudwatch:PutMetricData. A policy with the condition cloudwatch:namespace has to name ${NAMESPACE} for --send`
          : 'Mend what else is told, and try again'
      ),
    ],
  }
}

/** Returns why the datum did not arrive, or an empty text. */
function attempt(options) {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [__filename], (error, stdout) => {
      resolve(error ? 'the process that sends it has failed' : stdout)
    })
    // Options may hold what nobody else is to see in a list of processes.
    child.stdin.on('error', () => {})
    child.stdin.end(JSON.stringify(options))
  })
}

async function sendHere(options) {
  const { configureMetrics, counter, defineMetrics, flushMetrics, metricsStats } =
    require('../../index.js')
  const checked = counter({ description: 'Calls of hkm-native doctor --send' })
  const metrics = defineMetrics({ namespace: NAMESPACE, metrics: { checked } })
  // The report says it.
  configureMetrics({ ...options, logger: { warn() {} } })
  metrics.checked.add(1)
  const { delivered } = await flushMetrics({ timeoutMs: TIMEOUT_MS })
  const { lastError, reason } = metricsStats()
  if (delivered) return ''
  return lastError ? `${lastError.code}: ${lastError.message}` : reason || 'no answer came in time'
}

if (require.main === module) {
  const { text } = require('node:stream/consumers')
  text(process.stdin)
    .then((options) => sendHere(JSON.parse(options)))
    .then((problem) => process.stdout.write(problem, () => process.exit()))
}

module.exports = { send }
