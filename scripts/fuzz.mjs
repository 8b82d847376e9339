// `npm run fuzz -- --minutes 10`: looks for what nobody has thought of, half of the time at the boundary (sequences of
// arbitrary calls in a real process, against a model) and half in Rust (the properties, many more cases of them).
//
//   --minutes N            default 4
//   --only calls|rust      one of the two, for all of the time
//   --seed S [--path P]    replays what a failure has printed; a failure in Rust is replayed by
//                          `cargo test -p hkm-core`, from the file that it has written to
//                          `core/proptest-regressions/`

import { parseArgs } from 'node:util'
import { setup } from './setup.mjs'
import { runSteps } from './steps.mjs'

/** Cases of a property in a round, where `cargo test` has 256. A round takes a minute or two. */
const CASES = 1_024

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '4' },
    only: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
if (!(minutes > 0) || !['calls', 'rust', undefined].includes(values.only)) {
  console.error('npm run fuzz -- [--minutes N] [--only calls|rust] [--seed S [--path P]]')
  process.exit(2)
}
const isReplay = values.seed !== undefined
const parts = isReplay ? ['calls'] : values.only ? [values.only] : ['calls', 'rust']
const seconds = (minutes * 60) / parts.length

await setup()
if (parts.includes('calls')) await fuzzCalls()
if (parts.includes('rust')) fuzzRust()

async function fuzzCalls() {
  const { fuzz } = await import('../testkit/input/fuzz.mjs')
  const seed = isReplay ? Number(values.seed) : undefined
  const { path } = values
  try {
    const done = await fuzz(path === undefined ? { seconds, seed } : { runs: 1, seed, path })
    console.log(
      `${done.calls} calls in ${done.runs} sequences, seed ${done.seed}: all as they should be`
    )
  } catch (error) {
    console.error(error.message)
    console.error('\nReplay: npm run fuzz -- --seed SEED --path PATH, as printed above')
    process.exit(1)
  }
}

function fuzzRust() {
  const end = Date.now() + seconds * 1_000
  for (let round = 1; Date.now() < end; round++) {
    runSteps([
      {
        name: `properties in Rust, round ${round}`,
        command: ['cargo', 'test', '--workspace', '--quiet'],
        env: { PROPTEST_CASES: String(CASES) },
      },
    ])
  }
}
