/**
 * `npm run pictures`: takes the pictures of the page of the local CloudWatch that are in `docs/images/`, in Chromium: an hour of the
 * demo's traffic, with the dashboard and the alarms that the commands make.
 */

import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PutMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { throttle } from '@sim/local-cloudwatch/faults'
import { ensureCommand } from '../../scripts/debian.mjs'
import { BROWSER, open, startBrowser } from '../../testkit/browser/browser.mjs'
import { deploy } from './preview.mjs'
import { clientFor } from './readback.mjs'
import { NAMESPACE, recordersInto, rollupsOf, seriesKey } from './tally.mjs'
import { hostedCalls } from './workload.mjs'

const FOLDER = fileURLToPath(new URL('../../docs/images/', import.meta.url))
const SEED = 2026
const MINUTES = 60
const MINUTE_MS = 60_000
const MAX_DATUMS = 1_000
const MAX_VALUES = 150

const DESKTOP = { width: 1_360, height: 860 }
const PHONE = { width: 390, height: 844 }

const PICTURES = [
  { name: 'metrics', view: 'metrics', viewport: DESKTOP },
  { name: 'dashboard', view: 'dashboards', viewport: DESKTOP },
  { name: 'dashboard-dark', view: 'dashboards', viewport: DESKTOP, colorScheme: 'dark' },
  { name: 'requests', view: 'requests', viewport: DESKTOP },
  { name: 'cost', view: 'cost', viewport: DESKTOP },
  { name: 'phone', view: 'metrics', viewport: PHONE },
]

mkdirSync(FOLDER, { recursive: true })
/** Milliseconds by which the clock of CloudWatch is ahead. */
let ahead = 0
const cloudwatch = await startLocalCloudWatch({ page: true, now: () => Date.now() + ahead })
const client = clientFor(cloudwatch.endpoint)
ensureCommand(BROWSER)
const browser = await startBrowser()
try {
  await recordAnHour()
  await deploy(client)
  // Alarms are evaluated at the beginning of a minute.
  ahead = MINUTE_MS
  for (const { name, view, viewport, colorScheme = 'light' } of PICTURES) {
    const { page, close } = await open(browser, `${cloudwatch.endpoint}/#${view}`, {
      viewport,
      colorScheme,
    })
    await page.locator('main canvas, main tbody tr').first().waitFor()
    await page.waitForLoadState('networkidle').catch(() => {})
    await page.screenshot({ path: `${FOLDER}${name}.png` })
    await close()
    console.log(`docs/images/${name}.png`)
  }
} finally {
  await browser.close()
  client.destroy()
  await cloudwatch.close()
}

/** A minute after the other, more calls in its middle; one request is throttled. */
async function recordAnHour() {
  let minute
  const call = hostedCalls(
    SEED,
    recordersInto((record) => add(minute, record))
  )
  const end = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS
  for (let at = MINUTES - 1; at >= 0; at--) {
    minute = new Map()
    const calls = 400 + 250 * Math.sin((Math.PI * at) / MINUTES)
    for (let made = 0; made < calls; made++) call()
    await send([...minute.values()], new Date(end - at * MINUTE_MS))
  }
  cloudwatch.setFault(throttle())
  await send([...minute.values()], new Date(end)).catch(() => {})
  cloudwatch.setFault(undefined)
}

function add(minute, { metric, unit, dimensions, value }) {
  const parts = [{ metric, dimensions, count: 1, sum: value }]
  for (const part of [...parts, ...rollupsOf(parts)]) {
    const key = seriesKey(part.metric, part.dimensions)
    if (!minute.has(key)) minute.set(key, { ...part, unit, counts: new Map() })
    const { counts } = minute.get(key)
    counts.set(value, (counts.get(value) ?? 0) + 1)
  }
}

async function send(series, Timestamp) {
  const datums = series.flatMap(({ metric, unit, dimensions, counts }) =>
    slices([...counts], MAX_VALUES).map((part) => ({
      MetricName: metric,
      Unit: unit,
      Dimensions: dimensions,
      Timestamp,
      Values: part.map(([value]) => value),
      Counts: part.map(([, count]) => count),
    }))
  )
  for (const MetricData of slices(datums, MAX_DATUMS)) {
    await client.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }))
  }
}

function slices(list, most) {
  return Array.from({ length: Math.ceil(list.length / most) }, (_, at) =>
    list.slice(at * most, (at + 1) * most)
  )
}
