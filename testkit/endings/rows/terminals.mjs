// What shells and terminals do to a process: signals for a whole process group, signals that are ignored from the start,
// raw mode, the keys that are signals, and a terminal that is closed.

import { fileURLToPath } from 'node:url'
import { IS_WINDOWS } from '../../platform.mjs'
import { send, sendUnlessEnded } from '../drives.mjs'
import { SOME_SIGNALS } from './signals.mjs'

/** Needs Python and /proc. */
const HAS_TERMINALS = process.platform === 'linux'

const NOHUP = ['sh', '-c', 'trap "" HUP; exec "$@"', 'sh']
const TERMINAL = ['python3', fileURLToPath(new URL('../terminal.py', import.meta.url))]

const GROUPS = SOME_SIGNALS.map((signal) => ({
  name: `${signal} to the process group`,
  args: ['signal'],
  signal,
  drive: send(signal),
  isGroup: true,
}))

// Node restores the default action of signals that its parent ignores, Bun does not.
const IGNORED = [
  { name: 'SIGHUP, then SIGTERM, under nohup', drive: sendUnlessEnded('SIGHUP', 'SIGTERM') },
  { name: 'SIGTERM under nohup', drive: send('SIGTERM') },
].map((ending) => ({
  ...ending,
  args: ['signal'],
  wrapper: NOHUP,
  isAsBare: true,
  isDefined: !IS_WINDOWS,
}))

const afterMessage = (act) => async (child) => {
  await child.message()
  act(child)
}

const IN_A_TERMINAL = [
  { name: 'SIGTERM in raw mode', mode: 'raw', drive: send('SIGTERM') },
  { name: 'SIGINT in raw mode', mode: 'raw', drive: send('SIGINT') },
  { name: 'SIGHUP in raw mode', mode: 'raw', drive: send('SIGHUP') },
  { name: 'Ctrl-C in a terminal', mode: 'cooked', drive: afterMessage(({ type }) => type('\x03')) },
  {
    name: 'Ctrl-\\ in a terminal',
    mode: 'cooked',
    drive: afterMessage(({ type }) => type('\x1c')),
  },
  { name: 'the terminal is closed', mode: 'cooked', drive: afterMessage(({ hangUp }) => hangUp()) },
].map(({ mode, ...ending }) => ({
  ...ending,
  program: 'ending-terminal.mjs',
  args: [mode],
  wrapper: TERMINAL,
  isWrapped: true,
  isAsBare: true,
  isDefined: HAS_TERMINALS,
}))

/** @type {import('../endings.mjs').Ending[]} */
export const TERMINALS = [...GROUPS, ...IGNORED, ...IN_A_TERMINAL]
