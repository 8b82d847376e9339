// `npm run fuzz -- --minutes 10`: looks for what nobody has thought of, a third of the time each: sequences of arbitrary calls
// in a real process, against a model; the same of arbitrary definitions, while requests fail; and the properties in Rust,
// many more cases of them.
//
//   --minutes N            default 6
//   --only calls|definitions|rust      one of them, for all of the time
//   --seed S [--path P]    replays what a failure has printed, of `calls` unless `--only` says otherwise; a failure in
//                          Rust is replayed by `cargo test -p hkm-core`, from the file that it has written to
//                          `core/proptest-regressions/`

import { parseArgs } from 'node:util'
import { setup } from './setup.mjs'
import { runSteps } from './steps.mjs'

/** Cases of a property in a round, where `cargo test` has 256. A round takes a minute or two. */
const CASES = 1_024

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '6' },
    only: { type: 'string' },
    seed: { type: 'string' },
    path: { type: 'string' },
  },
})
const minutes = Number(values.minutes)
const PARTS = ['calls', 'definitions', 'rust']
if (!(minutes > 0) || ![...PARTS, undefined].includes(values.only)) {
  console.error(
    'npm run fuzz -- [--minutes N] [--only calls|definitions|rust] [--seed S [--path P]]'
  )
  process.exit(2)
}
const isReplay = values.seed !== undefined
const parts = values.only ? [values.only] : isReplay ? ['calls'] : PARTS
const seconds = (minutes * 60) / parts.length

await setup()
if (parts.includes('calls')) {
  const { fuzz } = await import('../testkit/input/fuzz.mjs')
  await fuzzCalls('calls', fuzz)
}
if (parts.includes('definitions')) {
  const { fuzzDefinitions } = await import('../testkit/definitions/fuzz.mjs')
  await fuzzCalls('definitions', fuzzDefinitions)
}
if (parts.includes('rust')) fuzzRust()

async function fuzzCalls(part, fuzz) {
  const seed = isReplay ? Number(values.seed) : undefined
  const { path } = values
  try {
    const done = await fuzz(path === undefined ? { seconds, seed } : { runs: 1, seed, path })
    console.log(
      `${part}: ${done.calls} calls in ${done.runs} sequences, seed ${done.seed}: all as they should be`
    )
  } catch (error) {
    console.error(error.message)
    console.error(
      `\nReplay: npm run fuzz -- --only ${part} --seed SEED --path PATH, as printed above`
    )
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
