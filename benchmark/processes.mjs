// Child processes: what they may see of this one, and that none is left behind.

import { fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { devNull } from 'node:os'
import { fileURLToPath } from 'node:url'
import { CREDENTIALS, environment } from '../testkit/harness.mjs'

// The longest that one measurement may take, in milliseconds.
const TIMEOUT_MS = 180_000

const running = new Set()
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(1))

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url))

/**
 * @typedef {{ name: string, version: string, command: string }} Runtime
 * @param {Runtime} runtime
 * @param {object} [options]
 * @param {boolean} [options.collects] whether the process has to be able to collect its garbage
 * @param {boolean} [options.forbidsCode] whether no code may be made from text; not on Bun
 */
function runtimeArguments({ name }, { collects, forbidsCode } = {}) {
  // Bun would fetch packages that it does not find.
  if (name.startsWith('Bun')) return ['--no-install']
  const flags = { '--expose-gc': collects, '--disallow-code-generation-from-strings': forbidsCode }
  return Object.keys(flags).filter((flag) => flags[flag])
}

/** The variables of a side. */
function variables(sink, more) {
  return environment(sink.endpoint, {
    ...CREDENTIALS,
    AWS_REGION: 'us-east-1',
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    NODE_ENV: 'production',
    // The SDK's own switch for its notice about old versions of Node.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    BENCHMARK_STATSD_PORT: String(sink.statsdPort),
    ...more,
  })
}

function keep(child) {
  running.add(child)
  return once(child, 'exit').then(([code, signal]) => {
    running.delete(child)
    return { code, signal, at: performance.timeOrigin + performance.now() }
  })
}

/** Starts a file of this folder with a channel for messages. */
function start(file, args, options) {
  const child = fork(pathOf(file), args, {
    execArgv: [],
    killSignal: 'SIGKILL',
    stdio: ['ignore', 2, 2, 'ipc'],
    ...options,
  })
  const ended = keep(child)
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

/** Starts a sink; `ask` puts one question at a time. */
export async function startSink() {
  const { child, ended, nextMessage } = start('./sink.mjs', [], { env: { PATH: process.env.PATH } })
  const { endpoint, statsdPort } = await nextMessage()
  return {
    endpoint,
    statsdPort,
    ask(command, value) {
      child.send({ command, value })
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
 *
 * @param {object} sink
 * @param {Runtime} runtime
 * @param {{ figure: string, side: string }} task with what the figure takes
 * @param {object} [options]
 * @param {Record<string, string>} [options.env]
 * @param {boolean} [options.collects]
 * @param {boolean} [options.forbidsCode]
 * @param {(sink: object) => Promise<void>} [options.meanwhile] what happens to the sink during the measurement
 */
export async function measure(sink, runtime, task, { env, meanwhile, ...flags } = {}) {
  const { child, ended, nextMessage } = start('./child.mjs', [JSON.stringify(task)], {
    execPath: runtime.command,
    execArgv: runtimeArguments(runtime, flags),
    env: variables(sink, env),
    timeout: TIMEOUT_MS,
  })
  try {
    await nextMessage()
    await sink.ask('reset')
    child.send('go')
    const [measured] = await Promise.all([nextMessage(), meanwhile?.(sink)])
    const { code, signal } = await ended
    if (code !== 0) throw new Error(`ended by ${signal ?? code}`)
    return { ...measured, received: await sink.ask('report') }
  } finally {
    child.kill('SIGKILL')
    await ended
  }
}

/**
 * Runs `ending.mjs` to its end.
 *
 * @returns {Promise<{ code, signal, wall: number, after: number }>} milliseconds from start to end, and from the last
 *   record to the end
 */
export async function runToItsEnd(sink, runtime, args, env) {
  const began = performance.timeOrigin + performance.now()
  const child = spawn(
    runtime.command,
    [...runtimeArguments(runtime), pathOf('./ending.mjs'), ...args.map(String)],
    {
      env: variables(sink, env),
      stdio: ['ignore', 'pipe', 2],
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    }
  )
  let told = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    told += text
  })
  const closed = once(child, 'close')
  const { code, signal, at } = await keep(child)
  await closed
  return { code, signal, wall: at - began, after: at - Number(told) }
}
