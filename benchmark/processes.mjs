// Child processes: what they may see of this one, and that none is left behind.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

// The longest that one measurement may take, in milliseconds.
const TIMEOUT_MS = 60_000

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

/** Starts a file of this folder with no variable but PATH and `env`. */
function start(file, args, env, options = {}) {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    env: { PATH: process.env.PATH, ...env },
    execArgv: [],
    killSignal: 'SIGKILL',
    stdio: ['ignore', 2, 2, 'ipc'],
    ...options,
  })
  running.add(child)
  const ended = once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    return { code, signal }
  })
  return { child, ended, nextMessage: () => nextMessage(child, ended) }
}

/** The next message; rejects when the child ends instead. */
async function nextMessage(child, ended) {
  const waiting = new AbortController()
  try {
    const [message] = await Promise.race([
      once(child, 'message', { signal: waiting.signal }),
      ended.then(({ code, signal }) => {
        throw new Error(`${child.spawnargs.slice(1).join(' ')} ended early: ${signal ?? code}`)
      }),
    ])
    return message
  } finally {
    waiting.abort()
  }
}

/** Starts the sink; `ask` puts one question at a time. */
export async function startSink() {
  const { child, ended, nextMessage } = start('./sink.mjs', [], {})
  const { endpoint } = await nextMessage()
  return {
    endpoint,
    ask(question) {
      child.send(question)
      return nextMessage()
    },
    async stop() {
      child.disconnect()
      await ended
    },
  }
}

/**
 * Measures one figure on one side in a fresh process: it warms up, the sink forgets, it measures, the sink
 * reports.
 */
export async function measure(sink, side, figure, amount) {
  const env = {
    // Of nobody; the metadata service is off and the endpoint is on loopback, so that nothing leaves.
    AWS_ACCESS_KEY_ID: 'AKIDLOCAL',
    AWS_SECRET_ACCESS_KEY: 'local',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: sink.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    NO_PROXY: '127.0.0.1',
    NODE_ENV: 'production',
    // The SDK's own switch for its notice about old versions of Node.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  }
  const args = ['--side', side, '--figure', figure, '--amount', String(amount)]
  const { child, ended, nextMessage } = start('./child.mjs', args, env, { timeout: TIMEOUT_MS })
  try {
    await nextMessage()
    await sink.ask('reset')
    child.send('go')
    const measured = await nextMessage()
    const { code, signal } = await ended
    if (code !== 0) throw new Error(`${side}, ${figure}: ended by ${signal ?? code}`)
    return { ...measured, received: await sink.ask('report') }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}
