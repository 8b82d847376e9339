// What each neighbour does in a program: something that it has to clean up. `stop` lets the program end by itself.

import { writeFileSync } from 'node:fs'
import readline from 'node:readline'
import { say } from '../../../testkit/programs/numbered.mjs'

const { NEIGHBOUR_FILE, NEIGHBOUR_SINK } = process.env

/** Makes some records in a hook, as users do. */
const hooked = (record) => () => {
  record(3)
  say('cleaned up')
}

/** Calls a server, which the neighbour may trace. */
async function call() {
  await (await fetch(NEIGHBOUR_SINK)).text()
}

/** Gives a stream what streams to terminals have. */
function pretendToBeTerminal(stream) {
  const { clearLine, cursorTo, moveCursor } = readline
  stream.isTTY = true
  for (const act of [clearLine, cursorTo, moveCursor]) {
    stream[act.name] = (...rest) => act(stream, ...rest)
  }
}

async function sentry({ init, captureMessage }) {
  init({ dsn: NEIGHBOUR_SINK.replace('//', '//key@').concat('/1'), tracesSampleRate: 1 })
  await call()
  captureMessage('sent on purpose')
}

export const neighbours = {
  async 'signal-exit 3'(record) {
    const { default: onExit } = await import('signal-exit-3')
    onExit(hooked(record))
  },
  async 'signal-exit 4'(record) {
    const { onExit } = await import('signal-exit-4')
    onExit(hooked(record))
  },
  async 'exit-hook'(record) {
    const { default: exitHook } = await import('exit-hook')
    exitHook(hooked(record))
  },
  async 'exit-hook, asynchronous'(record) {
    const { asyncExitHook } = await import('exit-hook')
    asyncExitHook(async () => hooked(record)(), { wait: 500 })
  },
  async 'async-exit-hook'(record) {
    const { default: exitHook } = await import('async-exit-hook')
    exitHook(hooked(record))
  },
  async 'async-exit-hook, asynchronous'(record) {
    const { default: exitHook } = await import('async-exit-hook')
    exitHook((done) => setTimeout(() => done(hooked(record)()), 20))
  },
  async 'proper-lockfile'() {
    const { lockSync } = await import('proper-lockfile')
    writeFileSync(NEIGHBOUR_FILE, '')
    const stop = lockSync(NEIGHBOUR_FILE)
    return { stop }
  },
  async ora() {
    // It looks at it when it is loaded.
    pretendToBeTerminal(process.stderr)
    const { default: ora } = await import('ora')
    const spinner = ora({ text: 'spinning', discardStdin: false }).start()
    return { stop: () => spinner.stop() }
  },
  async execa() {
    const { execa } = await import('execa')
    const child = execa(process.execPath, ['-e', 'setInterval(() => {}, 60_000)'])
    child.catch(() => {})
    writeFileSync(NEIGHBOUR_FILE, String(child.pid))
    return { stop: () => child.kill() }
  },
  async OpenTelemetry() {
    await call()
    // It listens to SIGTERM, and leaves the end to the program.
    process.once('SIGTERM', () => process.exit())
  },
  'dd-trace': call,
  'Sentry 11': async () => sentry(await import('@sentry/node')),
  'Sentry 10': async () => sentry(await import('sentry-node-10')),
}
