// The ways in which a process ends. The suite plays them on the Node that runs it, the matrix of endings on every
// runtime. `play.mjs` says what has to hold.

import { delay, first, hang } from '@sim/local-cloudwatch/faults'

const IS_WINDOWS = process.platform === 'win32'
const IS_LINUX = process.platform === 'linux'

/**
 * @typedef {object} Ending
 * @property {string} name
 * @property {string} [program] of `programs/`, where not `ending.mjs`
 * @property {string[]} args of the program
 * @property {number} [code] exit code, where not 0
 * @property {string} [signal] that ends it
 * @property {(child: Child) => Promise<void>} [drive] what the parent does meanwhile
 * @property {import('@sim/local-cloudwatch/faults').Fault} [fault] of CloudWatch
 * @property {Record<string, string>} [env]
 * @property {boolean} [isOwn] it would end in another way with metrics off, which cannot be compared
 * @property {boolean} [isRacy] worth repeating
 * @property {number} [mostRequests] more would say that it was held up for longer than `shutdownTimeoutMs`
 * @property {boolean} [isLost] nobody can deliver the records
 * @property {number} [untold] records that a source may have made after it last told
 * @property {Record<string, string>} [known] runtimes on which something is wrong, and what
 * @property {boolean} [isDefined] on this platform
 * @property {boolean} [isFirstOfNamespace] runs as PID 1
 *
 * @typedef {object} Child
 * @property {() => Promise<string>} message
 * @property {(signal: string) => void} kill
 * @property {(text: string) => void} say
 * @property {import('@sim/local-cloudwatch').LocalCloudWatch} cloudwatch
 */

/** A request times out after five seconds, so that there is at most one for each flush. */
const HANG = {
  fault: hang(),
  env: { HKM_SHUTDOWN_TIMEOUT_MS: '300' },
  isLost: true,
  mostRequests: 1,
}

/** Longer than a child may run. */
const FOR_A_MINUTE = { HKM_SHUTDOWN_TIMEOUT_MS: '60000' }

/** The parent sends a signal once the child is ready. */
const send = (signal) => async (child) => {
  await child.message()
  child.kill(signal)
}

/** The same at a random moment of the next 20 ms. */
const sendAtRandom = (signal) => async (child) => {
  await child.message()
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
  child.kill(signal)
}

/** The second signal comes while the flush of the first one waits. */
const sendTwice = (signal) => async (child) => {
  await child.message()
  child.kill(signal)
  await child.cloudwatch.until(() => child.cloudwatch.requests.length === 1)
  child.kill(signal)
}

/** While the first request after the signal waits for its answer, the child does something more. */
const sendAndMeanwhile =
  (signal) =>
  async ({ message, kill, say, cloudwatch }) => {
    await message()
    const meet = async (_exchange, proceed) => {
      say('now')
      await message()
      return proceed()
    }
    cloudwatch.setFault(first(1, { meet }))
    kill(signal)
  }

/** @type {Ending[]} */
const BY_ITSELF = [
  { name: 'natural', args: ['natural'] },
  { name: 'natural, process.exitCode = 5', args: ['exitCode'], code: 5 },
  { name: 'process.exit(0)', args: ['exit', '0'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3, isRacy: true },
  { name: 'throw', args: ['throw'], code: 1 },
  { name: 'throw in a timer', args: ['throw later'], code: 1 },
  { name: 'unhandled rejection', args: ['rejection'], code: 1 },
  { name: 'process.exit(9) in uncaughtException', args: ['caught exit'], code: 9 },
  { name: 'record in beforeExit', args: ['record in beforeExit', 'on'] },
  {
    name: 'record in beforeExit, first in line',
    args: ['record in beforeExit', 'prependListener'],
  },
  { name: 'flush in beforeExit', args: ['flush in beforeExit'] },
  { name: 'record in exit', args: ['record in exit', 'on'], code: 3 },
  { name: 'record in exit, first in line', args: ['record in exit', 'prependListener'], code: 3 },
  { name: 'first record in beforeExit', args: ['first record in beforeExit'] },
  { name: 'first record in exit', args: ['first record in exit'], code: 3 },
  { name: 'natural, flush not awaited', args: ['pending flush', 'natural'] },
  {
    name: 'process.exit(3), flush not awaited',
    args: ['pending flush', 'exit', '3'],
    code: 3,
    isRacy: true,
  },
  {
    name: 'process.exit(3), flush in the air',
    args: ['flush in the air'],
    code: 3,
    fault: delay(100),
    isRacy: true,
  },
  { name: 'process.reallyExit(4)', args: ['reallyExit'], code: 4, isLost: true },
  {
    name: 'process.abort()',
    args: ['abort'],
    signal: 'SIGABRT',
    isLost: true,
    isDefined: !IS_WINDOWS,
  },
]

/** @type {Ending[]} */
const BY_SIGNAL = ['SIGTERM', 'SIGINT'].flatMap((signal) => [
  { name: signal, args: ['signal'], signal, drive: send(signal) },
  ...[
    ['fast', 'before', 7],
    ['fast', 'after', 7],
    ['slow', 'before', 7],
    ['slow', 'after', 7],
    ['recording', 'after', 7],
    ['flushing', 'after', 7],
    ['next', 'before', 143],
  ].map(([listener, order, code]) => ({
    name: `${signal}, ${listener} listener added ${order} the first record`,
    args: ['signal', listener, order],
    code,
    drive: send(signal),
    isRacy:
      signal === 'SIGTERM' && ((listener === 'fast' && order === 'after') || listener === 'next'),
  })),
  {
    name: `${signal}, next listener, flush in the air`,
    args: ['signal', 'next', 'before'],
    code: 143,
    drive: send(signal),
    fault: delay(100),
  },
  {
    name: `${signal} while recording`,
    args: ['signal while recording'],
    signal,
    drive: sendAtRandom(signal),
    isRacy: signal === 'SIGTERM',
  },
  {
    name: `${signal} while recording, fast listener`,
    args: ['signal while recording', 'fast'],
    code: 7,
    drive: sendAtRandom(signal),
    isRacy: signal === 'SIGTERM',
  },
  {
    name: `${signal} while recording, next listener`,
    args: ['signal while recording', 'next'],
    code: 143,
    drive: sendAtRandom(signal),
    isRacy: signal === 'SIGTERM',
  },
  {
    name: `${signal} while beforeExit flushes`,
    args: ['natural'],
    signal,
    drive: async ({ cloudwatch, kill }) => {
      await cloudwatch.until(() => cloudwatch.requests.length === 1)
      kill(signal)
    },
    fault: delay(300),
    isOwn: true,
  },
  {
    name: `${signal} twice, CloudWatch hangs`,
    args: ['signal'],
    signal,
    drive: sendTwice(signal),
    ...HANG,
    env: FOR_A_MINUTE,
    isOwn: true,
  },
])

/** @type {Ending[]} */
const BESIDE_WORKERS = [
  ['end by themselves', 'natural', {}],
  ['call process.exit', 'exit', {}],
  ['call process.exit in the tick of the first record', 'exit at once', { isRacy: true }],
  ['record in exit', 'record in exit', {}],
  ['throw', 'throw', {}],
  ['are terminated', 'terminate', {}],
  ['are terminated while recording', 'terminate while recording', { untold: 1, isRacy: true }],
  ['live on as main calls process.exit(5)', 'exit of main', { code: 5 }],
  [
    'record as main calls process.exit(5)',
    'exit of main while recording',
    { code: 5, untold: Number.POSITIVE_INFINITY, isRacy: true },
  ],
]
  .flatMap(([what, how, rest]) => [
    { name: `only workers record, and ${what}`, args: ['workers', how], ...rest },
    { name: `workers and main record, workers ${what}`, args: ['workers', how, 'main'], ...rest },
  ])
  .concat({
    name: 'workers and main record, a worker throws, nobody listens',
    args: ['workers', 'throw unheard', 'main'],
    code: 1,
    isRacy: true,
  })

// A worker receives no signals, and the main thread may never have recorded.
/** @type {Ending[]} */
const WORKERS_AND_SIGNAL = ['SIGTERM', 'SIGINT'].flatMap((signal) => {
  const ending = { signal, drive: send(signal) }
  return [
    {
      ...ending,
      name: `only workers record, ${signal}`,
      args: ['workers', 'signal'],
      isRacy: signal === 'SIGTERM',
    },
    {
      name: `only workers record, ${signal} while they do`,
      args: ['workers', 'signal while recording'],
      signal,
      drive: sendAtRandom(signal),
      untold: Number.POSITIVE_INFINITY,
      isRacy: signal === 'SIGTERM',
    },
    {
      name: `only workers record, ${signal}, and again while that is sent`,
      args: ['workers', 'signal again'],
      signal,
      drive: sendAndMeanwhile(signal),
      isOwn: true,
    },
    ...['before', 'after'].map((order) => ({
      name: `only workers record, ${signal}, fast listener of main added ${order} the first record`,
      args: ['workers', 'signal', 'fast', order],
      code: 7,
      drive: send(signal),
    })),
    {
      name: `only workers record, ${signal}, fast listener of main added while that is sent`,
      args: ['workers', 'signal', 'fast', 'meanwhile'],
      code: 7,
      drive: sendAndMeanwhile(signal),
      isOwn: true,
    },
    {
      name: `only workers record, ${signal} twice, CloudWatch hangs`,
      args: ['workers', 'signal'],
      signal,
      drive: sendTwice(signal),
      ...HANG,
      env: FOR_A_MINUTE,
      isOwn: true,
    },
    { ...ending, name: `workers and main record, ${signal}`, args: ['workers', 'signal', 'main'] },
  ]
})

/** @type {Ending[]} */
const WITHOUT_CLOUDWATCH = [
  { name: 'natural', args: ['natural'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3 },
  { name: 'throw', args: ['throw'], code: 1 },
  { name: 'unhandled rejection', args: ['rejection'], code: 1 },
  { name: 'record in beforeExit', args: ['record in beforeExit', 'on'], mostRequests: 2 },
  { name: 'flush in beforeExit', args: ['flush in beforeExit'], mostRequests: 2 },
  { name: 'record in exit', args: ['record in exit', 'on'], code: 3 },
  { name: 'SIGTERM', args: ['signal'], signal: 'SIGTERM', drive: send('SIGTERM') },
  { name: 'SIGINT', args: ['signal'], signal: 'SIGINT', drive: send('SIGINT') },
  {
    name: 'SIGTERM, slow listener',
    args: ['signal', 'slow', 'after'],
    code: 7,
    drive: send('SIGTERM'),
  },
  { name: 'workers end by themselves', args: ['workers', 'natural'], mostRequests: 3 },
  {
    name: 'only workers record, SIGTERM',
    args: ['workers', 'signal'],
    signal: 'SIGTERM',
    drive: send('SIGTERM'),
  },
].map((ending) => ({ ...HANG, ...ending, name: `${ending.name}, CloudWatch hangs` }))

/** @type {Ending[]} */
const AS_PID_1 = [
  { name: 'natural', args: ['natural'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3 },
  // With metrics off the process would not end: a signal that PID 1 sends itself has no effect.
  { name: 'SIGTERM', args: ['signal'], code: 143, drive: send('SIGTERM'), isOwn: true },
  { name: 'SIGINT', args: ['signal'], code: 130, drive: send('SIGINT'), isOwn: true },
  {
    name: 'SIGTERM, next listener',
    args: ['signal', 'next', 'before'],
    code: 143,
    drive: send('SIGTERM'),
  },
  {
    name: 'only workers record, SIGTERM',
    args: ['workers', 'signal'],
    code: 143,
    drive: send('SIGTERM'),
    isOwn: true,
  },
  {
    name: 'SIGTERM twice, CloudWatch hangs',
    args: ['signal'],
    code: 143,
    drive: sendTwice('SIGTERM'),
    ...HANG,
    env: FOR_A_MINUTE,
    isOwn: true,
  },
].map((ending) => ({
  ...ending,
  name: `${ending.name}, as PID 1`,
  isFirstOfNamespace: true,
  isDefined: IS_LINUX,
}))

/** Endings that need signals, which end a process at once on Windows. */
const bySignal = (ending) => ({ isDefined: !(IS_WINDOWS && ending.drive), ...ending })

/** @type {Ending[]} */
export const ENDINGS = [
  ...BY_ITSELF,
  ...BY_SIGNAL,
  ...BESIDE_WORKERS,
  ...WORKERS_AND_SIGNAL,
  ...WITHOUT_CLOUDWATCH,
  ...AS_PID_1,
].map(bySignal)
