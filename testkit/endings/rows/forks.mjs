// Native code has forked the process. The child ends as it does without the package, and the records are its parent's.

import { library } from '../../addons/libraries.mjs'

/** @type {import('../endings.mjs').Ending[]} */
export const FORKS = [
  { name: 'a forked child calls exit()', addon: 'fork' },
  { name: 'a forked child is ended by SIGTERM', addon: 'fork-signal' },
].map(({ name, addon }) => ({
  name,
  program: 'ending-fork.mjs',
  prepare: async () => ({ args: [await library(addon)] }),
  hasChildren: true,
  isDefined: process.platform === 'linux',
}))
