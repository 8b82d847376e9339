// A process ends without listeners of `exit`, or with one that records, throws or ends the process in another way.

const PROGRAM = { program: 'ending-exit.mjs' }

/** How the second argument of the program ends it. */
const ENDS = [
  { name: 'natural', end: 'natural' },
  { name: 'process.exit(3)', end: 'exit', code: 3 },
  { name: 'throw', end: 'throw', code: 1 },
]

/** The positions in Node's own code depend on the number of listeners. */
const withoutPositions = (stderr) => stderr.replaceAll(/node:[\w/]+:\d+:\d+/g, 'node:')

const WAYS = [
  { name: 'exit listeners removed', way: 'exit listeners removed', isAtExit: true },
  { name: 'all listeners removed', way: 'all listeners removed', isAtExit: true },
  { name: 'twenty exit listeners record', way: 'twenty record' },
].flatMap(({ name, way, isAtExit }) =>
  ENDS.map(({ end, ...ending }) => ({
    ...PROGRAM,
    ...ending,
    isAtExit,
    name: `${ending.name}, ${name}`,
    args: [way, end],
  }))
)

// If a listener throws after process.exit(3), Bun 1.4 ends with code 1, and the others with 3.
const THROWN = [
  {
    name: 'exit listener added before the first record throws',
    way: 'throws, before',
    isAtExit: true,
  },
  {
    name: 'exit listener added before the first record throws, and records nothing',
    way: 'only throws, before',
  },
  { name: 'exit listener added after the first record throws', way: 'throws, after' },
  { name: 'first record in an exit listener that throws', way: 'first record, throws' },
].flatMap(({ name, way, isAtExit }) =>
  ENDS.map(({ end, name: ending }) => ({
    ...PROGRAM,
    isAtExit,
    name: `${ending}, ${name}`,
    args: [way, end],
    isAsBare: true,
    comparable: withoutPositions,
  }))
)

/** @type {import('../endings.mjs').Ending[]} */
export const AT_EXIT = [
  {
    ...PROGRAM,
    name: 'process.reallyExit(4)',
    args: ['no listener', 'reallyExit'],
    code: 4,
    isAtExit: true,
  },
  {
    ...PROGRAM,
    name: 'process.reallyExit(4), exit listeners removed',
    args: ['exit listeners removed', 'reallyExit'],
    code: 4,
    isAtExit: true,
  },
  ...WAYS,
  ...THROWN,
  {
    ...PROGRAM,
    name: 'process.exit(3), process.exit(6) in an exit listener',
    args: ['calls process.exit', 'exit'],
    code: 6,
  },
  {
    ...PROGRAM,
    name: 'process.exit(3), process.reallyExit(6) in an exit listener',
    args: ['calls process.reallyExit', 'exit'],
    code: 6,
  },
  {
    ...PROGRAM,
    name: 'process.exit(3), SIGTERM to itself in an exit listener',
    args: ['sends itself SIGTERM', 'exit'],
    signal: 'SIGTERM',
    isDefined: process.platform !== 'win32',
  },
]
