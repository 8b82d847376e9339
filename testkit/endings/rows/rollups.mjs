// Records have roll-ups, which have to arrive as the records do.

import { send, sendAtRandom } from '../drives.mjs'

const ON = { HKM_ROLLUPS: 'true' }

/** @type {import('../endings.mjs').Ending[]} */
export const ROLLUPS = [
  { name: 'natural', args: ['natural'] },
  { name: 'process.exit(3)', args: ['exit', '3'], code: 3 },
  { name: 'throw', args: ['throw'], code: 1 },
  { name: 'SIGTERM', args: ['signal'], signal: 'SIGTERM', drive: send('SIGTERM') },
  {
    name: 'SIGTERM while recording',
    args: ['signal while recording'],
    signal: 'SIGTERM',
    drive: sendAtRandom('SIGTERM'),
    untold: 20,
    isRacy: true,
  },
].map((ending) => ({ ...ending, name: `${ending.name}, with roll-ups`, env: ON }))
