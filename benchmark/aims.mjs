// What the package promises itself against one datum per record and other clients, and whether this run met it.

import { cpuOf } from './groups/cpu.mjs'
import { declaredNanoseconds } from './groups/declared.mjs'
import { nanoseconds } from './groups/record.mjs'
import { drainsOf } from './groups/rust.mjs'
import { causedBy } from './groups/stall.mjs'
import { importOf } from './groups/startup.mjs'
import { requestsOf } from './groups/wire.mjs'
import { JUDGED } from './plan.mjs'
import { median, NONE, section, show, table, times } from './report.mjs'

/** The load of the aims. */
const LOAD = 'mixed'
/** That of metrics of one's own, in the group `record`. */
const COUNTER = 'counter 100'

const fraction = (factor) => `1/${show(factor)}`

function judgements(samples) {
  const record = (side) => nanoseconds(samples, JUDGED, side, LOAD)
  const cpu = (side) => cpuOf(samples, JUDGED, side, 10_000)
  const imported = (side) => importOf(samples, JUDGED, side)
  const requests = (variant) => requestsOf(samples, variant, LOAD)

  const ofOwn = (variant, kind) => declaredNanoseconds(samples, JUDGED, variant, kind)
  const [facade, declared, bound] = ['facade', 'declared', 'bound'].map((kind) =>
    ofOwn('native', kind)
  )

  const declaredFactor = times(facade, declared)
  const boundFactor = times(ofOwn('store', 'bound'), bound)
  const boundPeerFactor = times(bound, nanoseconds(samples, JUDGED, 'peer', COUNTER))
  const promFactor = times(declared, ofOwn('prom-client', 'declared'))
  const telemetryFactor = times(declared, ofOwn('opentelemetry', 'declared'))
  const recordFactor = times(record('native'), record('peer'))
  const floorFactor = times(record('floor'), record('native'))
  const cpuFactor = times(cpu('native'), cpu('peer'))
  const floorCpuFactor = times(cpu('floor'), cpu('peer'))
  const stalls = causedBy(samples, JUDGED, 'native', 100_000)
  const batches = causedBy(samples, JUDGED, 'native', 100_000, 'longest batch of calls')
  const requestFactor = times(requests('native'), requests('peer'))
  const slowerFactor = times(requests('slower'), requests('peer'))
  const importFactor = times(imported('native'), imported('peer'))
  const stall = stalls.length ? median(stalls) : undefined
  const drains = drainsOf(samples)
  const longestDrain = drains.at(-1)

  return [
    [
      "a record: at most 1/8 of the other's",
      recordFactor && fraction(recordFactor),
      recordFactor >= 8,
    ],
    ['a record: at most twice the floor', floorFactor && `${show(floorFactor)}×`, floorFactor <= 2],
    [
      'a declared counter: at most 1.15 times the facade',
      declaredFactor && `${show(declaredFactor)}×`,
      declaredFactor <= 1.15,
    ],
    [
      'a bound counter: at most 1.4 times the bare atomic store',
      boundFactor && `${show(boundFactor)}×`,
      boundFactor <= 1.4,
    ],
    [
      'a bound counter: at most 1/6 of one datum per record',
      boundPeerFactor && fraction(boundPeerFactor),
      boundPeerFactor >= 6,
    ],
    [
      'a declared counter: at most 1/3 of prom-client',
      promFactor && fraction(promFactor),
      promFactor >= 3,
    ],
    [
      'a declared counter: at most 1/8 of OpenTelemetry',
      telemetryFactor && fraction(telemetryFactor),
      telemetryFactor >= 8,
    ],
    [
      "CPU all in at 10,000 records/s: at most 1/60 of the other's",
      cpuFactor &&
        `${fraction(cpuFactor)}; look-up and store alone ${floorCpuFactor ? fraction(floorCpuFactor) : NONE}`,
      cpuFactor >= 60,
    ],
    [
      'no stall above 2 ms caused by it at 100,000 records/s',
      stall === undefined
        ? undefined
        : `${show(stall)} ms; longest batch of calls ${show(median(batches))} ms`,
      stall <= 2,
    ],
    [
      'a drained record in Rust: at most 25 ns',
      longestDrain && `${show(drains[0])} to ${show(longestDrain)} ns, by load`,
      longestDrain <= 25,
    ],
    [
      "requests at 10,000 records/s: at most 1/100 of the other's",
      requestFactor &&
        `${fraction(requestFactor)}; ${slowerFactor ? fraction(slowerFactor) : NONE} flushing every 10 s`,
      requestFactor >= 100,
    ],
    [
      "import: at most 1/10 of the other's",
      importFactor && fraction(importFactor),
      importFactor >= 10,
    ],
  ]
}

/** A table; empty where nothing was measured. */
export function aims(samples) {
  const rows = judgements(samples)
    .filter(([, figure]) => figure !== undefined)
    .map(([aim, figure, isMet]) => [aim, figure, isMet ? 'yes' : 'no'])
  if (rows.length === 0) return []
  return [section(`Aims, on ${JUDGED}`, table(['aim', 'measured', 'met'], rows))]
}
