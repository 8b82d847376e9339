// The neighbours of `neighbours/`: how each is loaded, and how one sees that it has cleaned up.

import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'

/** Control sequences of ECMA-48: they hide the cursor, and show it. */
const HIDDEN = '\u001B[?25l'
const SHOWN = '\u001B[?25h'

const wroteItsHook = ({ stdout }) =>
  stdout.includes('cleaned up\n') ? [] : ['the hook did not run']

const removedItsLock = ({ file }) =>
  existsSync(`${file}.lock`) ? ['the file is still locked'] : []

const showsTheCursor = ({ stderr }) =>
  stderr.includes(HIDDEN) && stderr.lastIndexOf(SHOWN) > stderr.lastIndexOf(HIDDEN)
    ? []
    : ['the cursor is hidden']

/** The child gets SIGTERM from its parent, and may end after it. */
async function endedItsChild({ file }) {
  const pid = Number(readFileSync(file, 'utf8'))
  for (const end = Date.now() + CHILD_ENDS_MS; isAlive(pid); await sleep(1)) {
    if (Date.now() < end) continue
    process.kill(pid, 'SIGKILL')
    return ['its child still runs']
  }
  return []
}

const CHILD_ENDS_MS = 5_000

/** Linux, proc(5): a process that has ended, and which nobody has waited for yet, is in state Z. */
function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** How many frames of the spinner there are is a matter of time. */
const withoutFrames = (stderr) =>
  stripVTControlCharacters(stderr).replaceAll(/[\u2800-\u28FF] spinning/g, '')

/** Tracers send what they have when a program ends by itself. Other ends leave no time for it. */
const sentTo =
  (path) =>
  ({ how, paths }) =>
    how !== 'natural' || paths.some((sent) => sent.includes(path))
      ? []
      : [`nothing went to ${path}`]

const preload = (option, file) => [
  option,
  fileURLToPath(new URL(`./neighbours/preload/${file}`, import.meta.url)),
]

/** Nothing but the sink is asked: clouds would be asked for what they know of the machine. */
const openTelemetry = (url) => ({
  OTEL_NODE_RESOURCE_DETECTORS: 'none',
  OTEL_EXPORTER_OTLP_ENDPOINT: url,
  OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  OTEL_METRICS_EXPORTER: 'none',
  OTEL_LOGS_EXPORTER: 'none',
})

const datadog = (url) => ({
  DD_TRACE_AGENT_URL: url,
  DD_INSTRUMENTATION_TELEMETRY_ENABLED: 'false',
  DD_REMOTE_CONFIGURATION_ENABLED: 'false',
  DD_TRACE_STARTUP_LOGS: 'false',
})

/**
 * @typedef {object} Neighbour
 * @property {string[]} [preload] arguments of the runtime
 * @property {(sink: string) => Record<string, string>} [env]
 * @property {(end: { stdout: string, stderr: string, file: string, how: string,
 *   paths: string[] }) => string[] | Promise<string[]>
 *   } [wrongCleanUp]
 * @property {(stderr: string) => string} [comparable] removes what differs from run to run
 *
 * @type {Record<string, Neighbour>}
 */
export const NEIGHBOURS = {
  'signal-exit 3': { wrongCleanUp: wroteItsHook },
  'signal-exit 4': { wrongCleanUp: wroteItsHook },
  'exit-hook': { wrongCleanUp: wroteItsHook },
  'exit-hook, asynchronous': {},
  'async-exit-hook': { wrongCleanUp: wroteItsHook },
  'async-exit-hook, asynchronous': {},
  'proper-lockfile': { wrongCleanUp: removedItsLock },
  ora: { wrongCleanUp: showsTheCursor, comparable: withoutFrames },
  execa: { wrongCleanUp: endedItsChild },
  OpenTelemetry: {
    preload: preload('--require', 'opentelemetry.cjs'),
    env: openTelemetry,
    wrongCleanUp: sentTo('/v1/traces'),
  },
  'Sentry 11': {
    preload: preload('--import', 'sentry-11.mjs'),
    wrongCleanUp: sentTo('/envelope/'),
  },
  'Sentry 10': {
    preload: preload('--import', 'sentry-10.mjs'),
    wrongCleanUp: sentTo('/envelope/'),
  },
  'dd-trace': {
    preload: preload('--require', 'dd-trace.cjs'),
    env: datadog,
    wrongCleanUp: sentTo('/traces'),
  },
}
