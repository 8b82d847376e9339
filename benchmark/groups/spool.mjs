// What a spool costs: the figures of other groups, with one and without.

import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ratio, section, spread, table } from '../report.mjs'
import { FIGURES as STALLS } from './stall.mjs'

const MEMORY = '/dev/shm'

/** Where the directory is made. */
const PLACES = {
  'without a spool': undefined,
  'on a disk': tmpdir(),
  ...(existsSync(MEMORY) && { 'on tmpfs': MEMORY }),
}
const VARIANTS = Object.keys(PLACES)
const LOADS = ['counter 100', 'value 100', 'mixed']

const CPU = {
  'the process and its load': ({ all }) => all / 1_000,
  'the native thread': ({ flusher }) => (flusher === undefined ? undefined : flusher / 1_000),
}

export const name = 'spool'

export async function run(bench) {
  const { bursts, warmUpChunks, cpu, stall } = bench.plan.spool
  const tasks = [
    { figure: 'record', loads: LOADS, bursts, warmUpChunks },
    ...steady('cpu', cpu),
    ...steady('stall', stall),
  ]
  for (const { figure, ...task } of tasks) {
    await bench.alternate('spool', VARIANTS, async ({ runtime, side: variant, round }) => {
      const place = PLACES[variant]
      const directory = place && mkdtempSync(join(place, 'hkm-benchmark-'))
      const env = directory ? { HKM_SPOOL_DIRECTORY: directory } : {}
      const what = { group: 'spool', figure, runtime, round, side: 'native', variant, ...task }
      await bench.measure(what, { env, mayDrop: figure !== 'record' })
      if (directory) rmSync(directory, { recursive: true })
    })
  }
}

/** A figure at steady rates of the mixed load. */
const steady = (figure, rates) =>
  Object.entries(rates).map(([rate, seconds]) => ({
    figure,
    load: 'mixed',
    rate: Number(rate),
    seconds,
  }))

export function tables(samples) {
  const row = (words, where, pick) => {
    const [without, ...others] = VARIANTS.map((variant) =>
      samples.of({ group: 'spool', ...where, variant }, pick)
    )
    const compared = others.flatMap((other) => [spread(other), ratio(without, other)])
    return [words, spread(without), ...compared]
  }
  const rows = samples.runtimes('spool').flatMap((runtime) => {
    const ratesOf = (figure) => {
      const measured = samples.filter({ group: 'spool', runtime, figure })
      return [...new Set(measured.map(({ rate }) => rate))]
    }
    const at = (rate) => `${rate.toLocaleString('en-US')} records/s`
    return [
      ...LOADS.map((load) =>
        row(
          `${runtime}, the call of a recorder, ${load}, ns`,
          { runtime, figure: 'record' },
          (sample) => sample.nanoseconds[load]
        )
      ),
      ...ratesOf('cpu').flatMap((rate) =>
        Object.entries(CPU).map(([figure, pick]) =>
          row(
            `${runtime}, CPU a record, ${figure}, ${at(rate)}, µs`,
            { runtime, figure: 'cpu', rate },
            pick
          )
        )
      ),
      ...ratesOf('stall').flatMap((rate) =>
        Object.entries(STALLS).map(([figure, pick]) =>
          row(`${runtime}, ${figure}, ${at(rate)}, ms`, { runtime, figure: 'stall', rate }, pick)
        )
      ),
    ]
  })
  const head = VARIANTS.flatMap((variant, at) => (at > 0 ? [variant, 'ratio'] : [variant]))
  return [section('A spool', table(['', ...head], rows))]
}
