// The runtimes alone: a script that ends in each way, and worker threads.

import { deno } from '../deno.mjs'
import { script } from '../script.mjs'
import { workers } from '../workers.mjs'

const folder = 'matrix/fixtures/'

/** @type {import('../../hosts.mjs').Group} */
export const ofRuntimes = ({ all }) => [
  ...[...all, deno].map((runtime) => ({ name: 'script', runtime, host: script, folder })),
  ...all.map((runtime) => ({ name: 'worker threads', runtime, host: workers, folder })),
]
