// The tables of `npm run fleet`.

import { number, table } from '../testkit/report.mjs'
import { NOW } from './plays.mjs'

const NONE = '–'

/** Percent, with a decimal where it is small. */
const percent = (share) =>
  share === null ? NONE : `${number(share * 100, share > 0 && share < 0.1 ? 1 : 0)} %`
const whole = (value) => (value === null ? NONE : number(Math.round(value)))
const dollars = (value) => number(value, value < 10 ? 2 : 0)

/** One cell: as before, and as now. */
const both = (show, ...values) => [...new Set(values.map(show))].join(' → ')

/** What the table of the scenarios shows. */
const COLUMNS = [
  ['records lost', ({ lost }) => whole(lost)],
  ['copies', ({ copies }) => whole(copies)],
  ['requests a second', ({ mean }) => whole(mean)],
  ['p99', ({ p99 }) => whole(p99)],
  ['peak', ({ peak }) => whole(peak)],
  ['refused', ({ refused }) => percent(refused)],
  ['of the quota', ({ ofQuota }) => percent(ofQuota)],
  ['peak in means', ({ peakInMeans }) => (peakInMeans === null ? NONE : number(peakInMeans, 1))],
  ['at the end', (figures) => percent(ofQuotaAtTheEnd(figures))],
  ['drained after, s', ({ drained }) => whole(drained)],
  ['age p50, s', ({ ageP50 }) => whole(ageP50)],
  ['p99, s', ({ ageP99 }) => whole(ageP99)],
  ['bill a month', ({ bill }) => `$${dollars(bill)}`],
]

/** Figures come in pairs: as before, and as now. */
export function scenarios(figures) {
  const rows = pairsOf(figures).map((pair) => [
    pair[0].scenario,
    ...COLUMNS.map(([, show]) => both(show, ...pair)),
  ])
  return table(['before → now', ...COLUMNS.map(([name]) => name)], rows)
}

/** How many of the processes that ended could deliver all, if any ended. */
export function ends(figures) {
  const ending = pairsOf(figures).filter(([{ flushes }]) => flushes > 0)
  const rows = ending.map((pair) => [
    pair[0].scenario,
    whole(pair[0].flushes),
    ...pair.map(({ flushesDone }) => percent(flushesDone)),
    percent(pair[1].flushesPossible),
    ...pair.map(({ arrived, copies, recorded }) => percent((arrived - copies) / recorded)),
  ])
  const head = ['processes that end', 'last flushes', 'done before', 'done now', 'the quota allows']
  return rows.length && table([...head, 'records delivered before', 'now'], rows)
}

/** What one process with many series goes through. */
export function alone(figures) {
  const rows = figures.map((each) => [
    each.scenario,
    whole(each.recorded),
    whole(each.requests),
    `${whole(each.turnsLeast)} – ${whole(each.turnsMost)}`,
    whole(each.heldDatums),
    number(each.heldBytes / 1e6, 0),
    whole(each.dropped),
    percent(each.dropped / each.recorded),
    whole(each.drained),
  ])
  const held = ['datums held at the end', 'MB']
  const head = [
    'one process',
    'records',
    'requests until the end',
    'datums of a series that arrived by then',
  ]
  return table([...head, ...held, 'records dropped', 'share', 'delivered after, s'], rows)
}

/** Each strategy in each of the compared scenarios. */
export function comparison(figures) {
  const shown = COLUMNS.filter(([name]) => !['copies', 'p99', 'drained after, s'].includes(name))
  const rows = figures.map((each) => [
    `${each.scenario}: ${each.strategy}`,
    ...shown.map(([, show]) => show(each)),
  ])
  return table(['scenario: strategy', ...shown.map(([name]) => name)], rows)
}

/** What a flush interval costs, and what it delays. */
export function intervals(figures) {
  const rows = figures.map((each) => {
    const { strategy, intervalMs, ofQuota, refused, peak, bill, ageP50, ageP99 } = each
    const isDefault = strategy === NOW.strategy && intervalMs === NOW.intervalMs
    const name = strategy === NOW.strategy ? `${intervalMs / 1_000} s` : 'just after each minute'
    return [
      isDefault ? `**${name}**` : name,
      `$${dollars(bill / PROCESSES)}`,
      percent(ofQuota),
      percent(refused),
      whole(peak),
      whole(ageP50),
      whole(ageP99),
      whole(each.undeliveredMean),
      whole(each.undeliveredMost),
    ]
  })
  const head = [
    'flush interval',
    'bill a process and month',
    'of the quota',
    'refused',
    'peak a second',
  ]
  return table([...head, 'age p50, s', 'p99, s', 'SIGKILL takes, s', 'at most, s'], rows)
}

/** The processes of the fleet by which intervals are compared. Each makes one record a second. */
const PROCESSES = 10_000

/** Requests as a share of the quota, in the last two minutes of a scenario. */
function ofQuotaAtTheEnd({ requestsASecond, quotaASecond }) {
  const sum = (aSecond) =>
    aSecond
      .slice(quotaASecond.length - 120, quotaASecond.length)
      .reduce((sum, each) => sum + each, 0)
  return sum(requestsASecond) / sum(quotaASecond)
}

function pairsOf(figures) {
  return figures.flatMap((each, index) => (index % 2 ? [[figures[index - 1], each]] : []))
}
