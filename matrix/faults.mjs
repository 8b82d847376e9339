// `npm run matrix:faults`: each way in which CloudWatch, or the road to it, goes wrong, met by a process that
// records all the while. Prints a row a fault; exits with 1 when something was lost, or doubled without need, or
// the counters do not say so.
//
//   npm run matrix:faults [-- --only NAME]
//
// `--only` runs those rows whose name holds NAME, also those that take too long for every day.
//
//   here -- a fault, a CloudWatch and a child for each --> fault-run.mjs -- result --> verdict.mjs

import { parseArgs } from 'node:util'
import { setup } from '../scripts/setup.mjs'

const { values: options } = parseArgs({ options: { only: { type: 'string' } } })

await setup()
const { runMatrix } = await import('./fault-matrix.mjs')

const { text, exitCode } = await runMatrix({
  only: options.only,
  onRow: (name, seconds) => process.stderr.write(`${name}: ${Math.round(seconds)} s\n`),
})
console.log(`\n${text}`)
process.exitCode = exitCode
