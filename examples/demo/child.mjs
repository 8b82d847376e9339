/** Runs the worker in a process of its own. */

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { CREDENTIALS, environment } from '../../testkit/harness.mjs'
import { ENVIRONMENT } from './tally.mjs'

const WORKER = fileURLToPath(new URL('./worker.mjs', import.meta.url))

/** Shorter than the default of 5,000, to see more than two flushes in a run. */
const FLUSH_INTERVAL_MS = 2_000

/** What the worker may see: nothing of the user's own. */
const VARIABLES = {
  ...CREDENTIALS,
  AWS_REGION: 'us-east-1',
  HKM_ENVIRONMENT: ENVIRONMENT,
  HKM_FLUSH_INTERVAL_MS: String(FLUSH_INTERVAL_MS),
  HKM_ROLLUPS: 'true',
}

/**
 * @param {string} endpoint
 * @param {{ seed: number, calls: number, durationMs: number }} workload
 * @param {object} options
 * @param {(progress: { share: number, records: number }) => void} options.onProgress
 * @param {AbortSignal} options.signal ends the worker, which still flushes
 */
export async function runWorker(endpoint, workload, { onProgress, signal }) {
  const child = fork(WORKER, [JSON.stringify(workload)], {
    env: environment(endpoint, VARIABLES),
    execArgv: [],
    stdio: ['ignore', 'inherit', 'pipe', 'ipc'],
  })
  const result = { recorded: undefined, stats: undefined, stderr: '' }
  child.stderr.setEncoding('utf8').on('data', (text) => {
    result.stderr += text
  })
  child.on('message', ({ progress, ...rest }) => {
    if (progress) onProgress(progress)
    Object.assign(result, rest)
  })
  const stop = () => child.kill('SIGTERM')
  signal.addEventListener('abort', stop)
  if (signal.aborted) stop()
  try {
    const [code, killedBy] = await once(child, 'close')
    return { ...result, code, killedBy }
  } finally {
    signal.removeEventListener('abort', stop)
  }
}
