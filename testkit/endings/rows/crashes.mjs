// A process crashes by SIGABRT, or by SIGTRAP if an assertion of V8 fails. Other crash handlers still run.

import { library } from '../../addons/libraries.mjs'
import { IS_WINDOWS } from '../../platform.mjs'
import { withoutCollections, withoutHeap, withoutMeasurements } from '../crash-reports.mjs'
import { send } from '../drives.mjs'
import { HANG } from '../faults.mjs'

const IS_LINUX = process.platform === 'linux'

const PROGRAM = { program: 'ending-crash.mjs', isDefined: !IS_WINDOWS }

/** Before process.abort(), Bun 1.4 restores the default action of SIGABRT. */
const LOST_ON_BUN = { 'Bun 1.4': 'Bun puts the default action back first' }

const ABORT = { ...PROGRAM, signal: 'SIGABRT', comparable: withoutMeasurements }
const TRAP = {
  ...PROGRAM,
  signal: 'SIGTRAP',
  runtimeArgs: ['--allow-natives-syntax'],
  runtimes: ['Node'],
  comparable: withoutHeap,
}
const OUT_OF_MEMORY = {
  ...ABORT,
  // The stack would depend on the threads of V8.
  runtimeArgs: ['--max-old-space-size=24', '--single-threaded'],
  runtimes: ['Node'],
  comparable: withoutCollections,
}

const abortOfNativeCode = (where) => async () => ({
  args: ['abort of native code', where, '', await library('abort')],
})

const OWN = [
  { ...ABORT, name: 'process.abort()', args: ['process.abort', 'main'], lost: LOST_ON_BUN },
  { ...ABORT, name: 'SIGABRT', args: ['signal', 'main'], drive: send('SIGABRT') },
  {
    ...ABORT,
    name: 'abort() of native code',
    prepare: abortOfNativeCode('main'),
    isDefined: IS_LINUX,
  },
  { ...OUT_OF_MEMORY, name: 'V8 is out of memory', args: ['out of memory', 'main'] },
  { ...TRAP, name: 'a failed assertion of V8', args: ['failed assertion', 'main'] },
]

const IN_A_WORKER = [
  {
    ...ABORT,
    name: 'only a worker records, and calls process.abort()',
    args: ['process.abort', 'worker'],
    // On other runtimes, process.abort() throws in a worker.
    runtimes: ['Bun 1.3'],
  },
  ...[
    { where: 'worker', who: 'only a worker records' },
    { where: 'worker and main', who: 'a worker and main record' },
  ].flatMap(({ where, who }) => [
    {
      ...ABORT,
      name: `${who}, abort() of native code in the worker`,
      prepare: abortOfNativeCode(where),
      isDefined: IS_LINUX,
    },
    {
      ...TRAP,
      name: `${who}, a failed assertion of V8 in the worker`,
      args: ['failed assertion', where],
    },
  ]),
]

/** The other handler is called once. */
const HANDLERS = [
  { when: 'from before', place: (handler) => ({ env: { LD_PRELOAD: handler } }) },
  { when: 'added after the first record', place: (handler) => ({ later: handler }) },
].flatMap(({ when, place }) =>
  [
    { ...ABORT, what: 'process.abort()', how: 'process.abort', lost: LOST_ON_BUN },
    { ...ABORT, what: 'SIGABRT', how: 'signal', drive: send('SIGABRT') },
    {
      ...ABORT,
      what: 'SIGABRT on another thread',
      how: 'abort of native code',
      addon: 'sent-elsewhere',
    },
    { ...TRAP, what: 'a failed assertion of V8', how: 'failed assertion' },
  ].map(({ what, how, addon, ...ending }) => ({
    ...ending,
    name: `${what}, with a crash handler ${when}`,
    isDefined: IS_LINUX,
    async prepare() {
      const { env, later = '' } = place(await library('crash-handler'))
      const addons = addon ? [await library(addon)] : []
      return { args: [how, 'main', later, ...addons], env }
    },
  }))
)

const WITHOUT_CLOUDWATCH = [
  {
    ...ABORT,
    ...HANG,
    name: 'SIGABRT, CloudWatch hangs',
    args: ['signal', 'main'],
    drive: send('SIGABRT'),
  },
]

/** @type {import('../endings.mjs').Ending[]} */
export const CRASHES = [...OWN, ...IN_A_WORKER, ...HANDLERS, ...WITHOUT_CLOUDWATCH]
