// `npm run soak [-- --minutes N] [--seed N]`: 5,000 records a second for N minutes (default 10), while faults come
// and go at random. Exits with 1 unless every record is accounted for and the memory stays flat. A seed gives
// the same calls, and the same faults in the same order.

import { parseArgs } from 'node:util'
import { setup } from '../scripts/setup.mjs'

const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '10' }, seed: { type: 'string' } },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 31))
if (!(minutes >= 0.1 && minutes <= 24 * 60)) throw new RangeError('--minutes: 0.1 to 1440')
if (!Number.isSafeInteger(seed)) throw new RangeError('--seed: a whole number')

await setup()
const { soak } = await import('./soak-run.mjs')
process.exitCode = await soak({ minutes, seed })
