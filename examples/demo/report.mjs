/** The tables that the demo prints. What they hold was read back from CloudWatch, unless the title says not. */

import { number } from '../../testkit/report.mjs'
import { table } from './table.mjs'
import { PROVIDER_NAMES, providerOf } from './workload.mjs'

const METRICS = {
  Used: 'used',
  Failed: 'failed',
  Throttled: 'throttled',
  UpstreamRateLimited: 'upstream limited',
  QueueWaitDuration: 'queue waits',
  QueueWaitExceeded: 'exceeded',
  UnknownModelCost: 'cost unknown',
}
const KILO = 1_000

const dimension = ({ dimensions }, name) => dimensions.find(({ Name }) => Name === name)?.Value
const providerOfSeries = (series) =>
  dimension(series, 'Provider') ?? providerOf(dimension(series, 'Tool'))

/** Adds up a field over the series of a metric, and of a provider unless for all. */
function total(series, metric, field, provider) {
  return [...series.values()]
    .filter((one) => one.metric === metric)
    .filter((one) => provider === undefined || providerOfSeries(one) === provider)
    .reduce((sum, one) => sum + one[field], 0)
}

const withAll = (row) => [...PROVIDER_NAMES, undefined].map((provider) => row(provider))

export function countsByProvider(series) {
  const rows = withAll((provider) => [
    provider ?? 'all',
    ...Object.keys(METRICS).map((metric) => number(total(series, metric, 'count', provider))),
  ])
  return table(['provider', ...Object.values(METRICS)], rows)
}

export function costsByProvider(series) {
  const rows = withAll((provider) => {
    const charged = total(series, 'CostCharged', 'count', provider)
    const sum = total(series, 'CostCharged', 'sum', provider)
    return [provider ?? 'all', number(charged), number(sum, 2), number((KILO * sum) / charged, 2)]
  })
  return table(['provider', 'calls charged', 'sum, USD', 'USD per 1,000 calls'], rows)
}

/** Of all series of waits, those of the most common reason. */
const SHOWN_REASON = 'actor_requests'

/** @param {object[]} waits series of waits, with `distinct` values recorded and the widest `gap` to them */
export function waitsByProvider(waits) {
  const rows = waits
    .filter((wait) => dimension(wait, 'Reason') === SHOWN_REASON)
    .toSorted((a, b) => order(a) - order(b))
    .map((wait) => [
      dimension(wait, 'Provider'),
      number(wait.count),
      ...Object.values(wait.percentiles).map((value) => number(value, 1)),
      number(wait.distinct),
      wait.gap < 1e-9 ? 'exact' : `within ${number(100 * wait.gap, 2)} %`,
    ])
  const head = ['provider', 'waits', 'p50, ms', 'p90, ms', 'p99, ms', 'distinct']
  return table([...head, 'against raw waits'], rows)
}

const order = (series) => PROVIDER_NAMES.indexOf(dimension(series, 'Provider'))

export function wire(addon, baseline, records) {
  const row = (title, { requests, raw, compressed }) => [
    title,
    number(requests),
    number(raw / KILO, 1),
    number(compressed / KILO, 1),
    number(compressed / records, 2),
  ]
  const head = ['', 'requests', 'kB before gzip', 'kB sent', 'bytes sent per record']
  const factor = (name) => `${number(baseline[name] / addon[name], 1)} x`
  return table(head, [
    row(`the addon, ${addon.refused} refused included`, addon),
    row(`one datum per record, scaled from ${number(baseline.sample)}`, baseline),
    ['less', factor('requests'), factor('raw'), factor('compressed'), factor('compressed')],
  ])
}

/** The account of the addon, on two lines. */
export function books({
  recorded,
  applied,
  dropped,
  rollups,
  throttled,
  retries,
  possiblyDuplicated,
}) {
  const lost = Object.values(dropped).reduce((sum, count) => sum + count, 0)
  return [
    `  ${number(recorded)} records = ${number(applied)} applied + ${number(lost)} dropped; ${number(rollups.series)} roll-ups of them`,
    `  ${number(throttled)} requests throttled, ${number(retries)} sent again, ${number(possiblyDuplicated)} records possibly doubled`,
  ].join('\n')
}
