// `npm run matrix:faults`: each way in which CloudWatch, or the road to it, goes wrong, met by a process that
// records all the while. Prints a row a fault; exits with 1 when something was lost, or doubled without need.
//
//   here -- a fault, a CloudWatch, and a child for each --> fault-run.mjs -- result --> verdict.mjs

import { setup } from '../scripts/setup.mjs'

await setup()
const { runMatrix } = await import('./fault-matrix.mjs')
process.exitCode = await runMatrix()
