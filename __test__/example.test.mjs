// The example with which the README and `docs/own-metrics.md` begin: as it stands there, each of its lines has its effect.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { programsOf } from '../testkit/pages/programs.mjs'
import { project } from '../testkit/pages/project.mjs'

const PAGES = ['README.md', 'docs/own-metrics.md']
const exampleOf = (page) => programsOf(new URL(`../${page}`, import.meta.url))[0]

const ENVIRONMENT = 'Environment=production'
const ORDERS = [1, 1]

for (const page of PAGES) {
  test(`the example of ${page} records two orders and their roll-ups, two durations and two samples`, async () => {
    const site = project('example')
    try {
      const { code, stderr, stats, arrived } = await site.run(exampleOf(page))
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' })
      // If a new minute begins meanwhile, values of a series are in two datums.
      const ascending = (values) => [...values].sort((a, b) => a - b)
      const values = Object.fromEntries(
        [...arrived].map(([series, each]) => [series, ascending(each)])
      )
      const latency = `Shop/Checkout Latency {${ENVIRONMENT}, Region=eu} Milliseconds`
      const { [latency]: durations, ...others } = values
      const [timed, ...explicit] = durations
      assert.ok(timed >= 0 && timed < 12.5, 'the timer was stopped at once')
      assert.deepEqual(explicit, [12.5])
      assert.deepEqual(others, {
        [`Shop/Checkout Orders {${ENVIRONMENT}, Region=eu, Plan=pro} Count`]: ORDERS,
        [`Shop/Checkout Orders {${ENVIRONMENT}, Region=eu} Count`]: ORDERS,
        [`Shop/Checkout Orders {${ENVIRONMENT}} Count`]: ORDERS,
        [`Shop/Checkout QueueDepth {${ENVIRONMENT}} Count`]: [3, 7],
      })
      const { recorded, applied, series, rollups } = stats
      assert.deepEqual({ recorded, applied, series }, { recorded: 6, applied: 6, series: 5 })
      assert.deepEqual(
        { series: rollups.series, stored: rollups.stored, applied: rollups.applied },
        { series: 2, stored: 4, applied: 4 }
      )
    } finally {
      site.remove()
    }
  })
}

test('the example is the same on both pages', () => {
  const [readme, page] = PAGES.map(exampleOf)
  assert.equal(readme.code, page.code)
})
