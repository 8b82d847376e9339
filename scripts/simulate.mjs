// `npm run simulate -- --minutes 10`: looks for a seed that breaks a rule of the flusher, on a simulated clock. A seed chooses the
// processes, their settings, what they record, and what goes wrong and when; see `fleet/src/simulate.rs`.
//
//   --minutes N    default 1
//   --from S       the first seed, instead of a random one
//   --seed S       replays one seed
//   --trace        with it, prints each step

import { randomInt } from 'node:crypto'
import { parseArgs } from 'node:util'
import { AT_A_TIME, build, run } from '../fleet/program.mjs'

/** Seeds between those of one process and the next: more than it plays in a week. */
const APART = 100_000_000

/** What is told of a run without a failure, beside the number of seeds. */
const TOLD = [
  'records',
  'requests',
  'copies that CloudWatch has',
  'processes',
  'flushes that settled all',
]

class UsageError extends Error {}

try {
  await main(process.argv.slice(2))
} catch (error) {
  const isUsage = error instanceof UsageError || error.code?.startsWith('ERR_PARSE_ARGS')
  process.stderr.write(`simulate: ${error.message}\n`)
  process.exitCode = isUsage ? 2 : 1
}

async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      minutes: { type: 'string', default: '1' },
      from: { type: 'string' },
      seed: { type: 'string' },
      trace: { type: 'boolean', default: false },
    },
  })
  const { seed, trace } = values
  if (trace && seed === undefined) throw new UsageError('--trace needs --seed')
  const seconds = 60 * Number(values.minutes)
  if (!(seconds > 0)) throw new UsageError(`--minutes: "${values.minutes}" is not a number above 0`)
  const from = values.from === undefined ? randomInt(2 ** 32) : seedOf('--from', values.from)
  const orders =
    seed === undefined
      ? Array.from({ length: AT_A_TIME }, (_, at) => ({ from: from + at * APART, seconds }))
      : [{ seed: seedOf('--seed', seed), trace }]
  build()
  if (seed === undefined)
    process.stderr.write(`seeds from ${orders.map(({ from }) => from).join(' and ')}\n`)
  // The first failure ends the others.
  const abort = new AbortController()
  const played = await Promise.all(
    orders.map(async (order) => {
      const done = await run('simulate', order, abort.signal)
      if (done.status === 1) abort.abort()
      return done
    })
  )
  process.stderr.write(played.map(({ told }) => told).join(''))
  if (played.some(({ status }) => status !== 0)) {
    process.exitCode = 1
    return
  }
  report(played.map(({ result }) => result))
}

function seedOf(name, text) {
  const seed = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(seed)) return seed
  throw new UsageError(`${name}: "${text}" is not a whole number`)
}

function report(results) {
  const sum = (of) => results.reduce((all, result) => all + (of(result) ?? 0), 0)
  const english = (number) => Math.round(number).toLocaleString('en-US')
  const hours = english(sum(({ simulated_hours }) => simulated_hours))
  console.log(
    `${english(sum(({ runs }) => runs))} seeds, ${hours} simulated hours: no rule was broken`
  )
  for (const what of TOLD)
    console.log(`  ${english(sum(({ occurred }) => occurred[what]))} ${what}`)
}
