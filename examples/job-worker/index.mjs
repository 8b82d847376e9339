/**
 * A process as job hosts keep it: warm over several runs, each with an environment of its own.
 *
 * Told what to do by its parent:
 *   { run, calls, environment, complete }   runs a task, and its hook unless `complete` is false
 */

import { hostedKeyMetricsStats } from '@sim/hkm-native'
import { onComplete, run } from './tasks.mjs'

/** The variables of the last run. */
let own = []

function rewriteEnvironment(variables) {
  for (const name of own) delete process.env[name]
  own = Object.keys(variables)
  Object.assign(process.env, variables)
}

process.on('message', async ({ environment, complete = true, ...task }) => {
  rewriteEnvironment(environment)
  run(task)
  if (complete) await onComplete(task)
  process.send({ ran: task.run, stats: hostedKeyMetricsStats() })
})
process.send('ready')
