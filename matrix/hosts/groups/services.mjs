// Services: an app of Next.js, a worker that runs jobs, an HTTP server.

import { jobWorker } from '../job-worker.mjs'
import { build, EXAMPLE, standalone } from '../next-app.mjs'
import { shop } from '../shop.mjs'

let built

const EACH = [
  { name: 'job worker', host: jobWorker, folder: 'examples/job-worker/' },
  { name: 'shop service', host: shop, folder: 'examples/shop/' },
]

function prepare() {
  built = build(EXAMPLE, process.execPath)
}

/** @type {import('../../hosts.mjs').Group} */
export const ofServices = ({ all, node24, bun }) => [
  ...[node24, bun].map((runtime) => ({
    name: 'Next.js, standalone',
    runtime,
    host: (given) => standalone(built)(given),
    folder: 'examples/next-app/',
    prepare,
  })),
  ...EACH.flatMap((row) => all.map((runtime) => ({ ...row, runtime }))),
]
