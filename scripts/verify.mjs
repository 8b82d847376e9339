/**
 * `npm run verify`: everything that is too long for each change, and is played each night and before a release. A step that
 * fails does not keep the others from running; the table at the end has the time of each.
 *
 *   npm run verify [-- --only NAME]
 *
 * `--only` runs the steps whose name contains NAME.
 */

import { spawnSync } from 'node:child_process'
import { parseArgs } from 'node:util'
import { setup } from './setup.mjs'

const STEPS = [
  ['matrix:faults'],
  ['matrix:endings'],
  ['matrix:credentials'],
  ['matrix:copies'],
  ['matrix:dns'],
  ['matrix:tls'],
  ['matrix:proxies'],
  ['matrix:kills'],
  ['matrix:hosts'],
  ['test:runtimes'],
  ['simulate', '--', '--minutes', '10'],
  ['fleet'],
]

const { values: options } = parseArgs({ options: { only: { type: 'string', default: '' } } })
const steps = STEPS.filter(([name]) => name.includes(options.only))
if (steps.length === 0) {
  console.error(
    `no step has ${options.only} in its name: ${STEPS.map(([name]) => name).join(', ')}`
  )
  process.exit(1)
}

await setup()
const rows = steps.map((step) => {
  console.log(`\n== npm run ${step.join(' ')}`)
  const began = performance.now()
  const { status } = spawnSync('npm', ['run', ...step], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  return { step, status, seconds: Math.round((performance.now() - began) / 1_000) }
})

console.log('\n| command | result | seconds |\n| --- | --- | ---: |')
for (const { step, status, seconds } of rows)
  console.log(`| npm run ${step.join(' ')} | ${status === 0 ? 'ok' : 'FAILED'} | ${seconds} |`)
process.exitCode = rows.every(({ status }) => status === 0) ? 0 : 1
