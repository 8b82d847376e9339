// Records beside a neighbour, which the first argument names, and ends in the way that the second one names. Writes the
// number of its records to stdout, and sends a message to its parent when it is ready for a signal.

import { flushMetrics, hostedKeyMetrics, metricsStats } from '@sim/hkm-native'
import { numbered, tell } from '../../../testkit/programs/numbered.mjs'
import { neighbours } from './neighbours.mjs'

const [name, ending] = process.argv.slice(2)

const make = numbered(hostedKeyMetrics, 'main')
const record = (count = 100) => tell('main', make(count))

const endings = {
  async stats() {
    await flushMetrics()
    const { state, recorded, applied } = metricsStats()
    process.send({ state, recorded, applied })
    endings.natural()
  },
  natural() {
    neighbour?.stop?.()
    process.disconnect()
  },
  exit: () => process.exit(3),
  throw() {
    throw new Error('thrown on purpose')
  },
  signal() {
    setInterval(() => {}, 60_000)
    process.send('ready')
  },
}

// Some of the records are known to the package before the neighbour comes, and some come after it.
record()
const neighbour = await neighbours[name](record)
record()
endings[ending]()
