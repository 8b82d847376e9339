/**
 * Every metric, with its figures of the chosen time, or of one period in it, and a chart of those that are marked.
 *
 *   ListMetrics -> filters -> the first rows -> GetMetricData -> a statistic of each period -> chart
 *                                                            -> all statistics of the time -> table
 */

import { getMetricData, listMetrics } from './api.mjs'
import { chart, colorOf, MAX_LINES } from './chart.mjs'
import { el, fill, nothing, setText, showFields, withOption } from './elements.mjs'
import { clock, count } from './format.mjs'
import { now } from './now.mjs'
import { HEADS, labelOf, SHOWN, seriesTable } from './series-table.mjs'
import { DEFAULT_RANGE, numberOf, oneOf, RANGES, textsOf } from './settings.mjs'

const STATISTICS = ['Sum', 'Average', 'p50', 'p90', 'p99', 'SampleCount', 'Minimum', 'Maximum']
const PERIODS = [
  ['1', '1 second'],
  ['60', '1 minute'],
  ['300', '5 minutes'],
  ['3600', '1 hour'],
]
/** Seconds. Every range has it. */
const DEFAULT_PERIOD = '60'
/** How many periods a chart shows at most. CloudWatch keeps those of less than a minute for three hours only. */
const MAX_PERIODS = 3_600
/** How many rows are shown at first, and how many more at each wish. */
const ROWS = 50
const MAX_ROWS = 10_000
/** Milliseconds for which the list of metrics serves. */
const LIST_MS = 2_000

let list = []
let listedAt = Number.NEGATIVE_INFINITY
/** Draws once more when the list no longer serves: a metric can be new since. */
let again
let frame

export async function metrics(view, settings, change) {
  if (!view.firstChild) frame = frameOf(view, change)
  const { hash } = location
  const chosen = chosenOf(settings)
  showFilters(chosen, change)
  await refresh(change)
  // Somebody chose something else meanwhile, which is drawn next.
  if (location.hash !== hash) return
  showFilters(chosen, change)
  const found = list.filter(filterOf(chosen))
  const shown = found.slice(0, chosen.rows)
  const number =
    found.length === list.length
      ? count(list.length, 'series', 'series')
      : `${count(found.length, 'series', 'series')} of ${list.length}`
  if (list.length === 0) {
    const text =
      'No metric has arrived yet. Let an application send its metrics to this address, as the command said.'
    fill(frame.body, nothing(text))
    setText(frame.number, number)
    return
  }
  const { stat, period } = chosen
  const length = Number(period) * 1_000
  // The period that is going on counts too.
  const to = Math.floor(now() / length) * length + length
  const span = { from: to - Number(chosen.range) * 1_000, to }
  const at = momentOf(settings, length, to)
  const marked = markedOf(settings, shown)
  const drawn = shown.filter(({ key }) => marked.has(key))
  const [points, figures] = await Promise.all([
    pointsOf(drawn, stat, Number(period), span),
    figuresOf(shown, at === undefined ? span : { from: at, to: at + length }),
  ])
  if (location.hash !== hash) return
  const names = new Set(drawn.map(({ MetricName }) => MetricName))
  const lines = drawn.map((series, index) => ({
    label: labelOf(series, names.size > 1),
    points: points[index],
    key: series.key,
    color: colorOf(index),
  }))
  const [, periodName] = PERIODS.find(([key]) => key === period)
  frame.chart = chart(
    {
      title: [...(names.size === 1 ? names : []), HEADS[stat] ?? stat, 'by', periodName].join(' '),
      range: span,
      series: lines,
      onPick: (time) => change({ at: String(time) }),
    },
    frame.chart
  )
  frame.moment.show({ at, length, span, lines })
  frame.table.show({ shown, figures, lines, marked })
  frame.more.onclick = () => change({ rows: String(chosen.rows + ROWS) })
  // Together with the rows that it counts.
  setText(frame.number, number)
  fill(
    frame.body,
    frame.chart,
    frame.moment.element,
    frame.table.element,
    found.length > chosen.rows && frame.more
  )
}

function frameOf(view, change) {
  const filters = el('form', { class: 'filters', onsubmit: (event) => event.preventDefault() })
  const number = el('p', { class: 'number-of', 'aria-live': 'polite' })
  const body = el('div', { class: 'body' })
  fill(view, el('h2', {}, 'Metrics'), filters, number, body)
  const table = seriesTable((keys) => {
    change({ marked: JSON.stringify(keys.slice(-MAX_LINES)) })
  })
  const more = el('button', { type: 'button' }, `Show ${ROWS} more`)
  return { filters, number, body, table, more, moment: momentBar(change) }
}

async function refresh(change) {
  const left = LIST_MS - (performance.now() - listedAt)
  if (left > 0) {
    again ??= setTimeout(() => change({}), left)
    return
  }
  clearTimeout(again)
  again = undefined
  list = await listMetrics()
  listedAt = performance.now()
}

/** What the settings choose, or its default. */
function chosenOf(settings) {
  const range = oneOf(settings, 'range', RANGES, DEFAULT_RANGE)
  return {
    namespace: settings.get('namespace') ?? '',
    metric: settings.get('metric') ?? '',
    find: settings.get('find') ?? '',
    stat: oneOf(settings, 'stat', STATISTICS, 'Sum'),
    range,
    period: oneOf(settings, 'period', periodsOf(range), DEFAULT_PERIOD),
    rows: numberOf(settings, 'rows', MAX_ROWS, 0) || ROWS,
  }
}

/** The periods that a range can show. */
const periodsOf = (range) =>
  PERIODS.filter(([period]) => range / period >= 1 && range / period <= MAX_PERIODS)

/** The start of the chosen period, in milliseconds. */
function momentOf(settings, length, to) {
  const at = numberOf(settings, 'at', to)
  return at === undefined ? undefined : Math.floor(at / length) * length
}

function showFilters({ namespace, metric, find, stat, range, period }, change) {
  const namespaces = [...new Set(list.map(({ Namespace }) => Namespace))]
  const isWithin = ({ Namespace }) => namespace === '' || Namespace === namespace
  const names = [...new Set(list.filter(isWithin).map(({ MetricName }) => MetricName))]
  const all = ['', 'All']
  showFields(frame.filters, [
    {
      label: 'Namespace',
      options: withOption([all, ...namespaces], namespace),
      value: namespace,
      onchange: (value) => change({ namespace: value, metric: '', rows: '' }),
    },
    {
      label: 'Metric',
      options: withOption([all, ...names], metric),
      value: metric,
      onchange: (value) => change({ metric: value, rows: '' }),
    },
    {
      label: 'Labels',
      type: 'search',
      class: 'wide',
      placeholder: 'a value, or name=value',
      value: find,
      onchange: (value) => change({ find: value, rows: '' }),
    },
    {
      label: 'Statistic',
      options: STATISTICS.map((name) => [name, HEADS[name] ?? name]),
      value: stat,
      onchange: (value) => change({ stat: value }),
    },
    {
      label: 'Time',
      options: RANGES,
      value: range,
      onchange: (value) => change({ range: value, at: '' }),
    },
    {
      label: 'Period',
      options: periodsOf(range),
      value: period,
      onchange: (value) => change({ period: value, at: '' }),
    },
  ])
}

/** Every word must be in a series: `name=value`, or a part of any text. */
function filterOf({ namespace, metric, find }) {
  const words = find.toLowerCase().split(/\s+/).filter(Boolean)
  return ({ Namespace, MetricName, Dimensions }) => {
    if (namespace !== '' && Namespace !== namespace) return false
    if (metric !== '' && MetricName !== metric) return false
    if (words.length === 0) return true
    const texts = [
      Namespace,
      MetricName,
      ...Dimensions.map(({ Name, Value }) => `${Name}=${Value}`),
    ]
    const text = texts.join('\n').toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

/** For each series, the points of a statistic by the start of their period. */
async function pointsOf(list, Stat, Period, span) {
  const queries = list.map((series, row) => query(`q${row}`, series, Stat, Period))
  const answers = await getMetricData(queries, span)
  return queries.map(({ Id }) => answers.get(Id)[0]?.points ?? new Map())
}

/** For each series, the value of each statistic over a time. */
async function figuresOf(list, span) {
  const period = periodOver(span)
  const queries = list.flatMap((series, row) =>
    SHOWN.map((Stat) => query(`q${row}_${Stat}`, series, Stat, period))
  )
  const answers = await getMetricData(queries, span)
  return list.map((_, row) =>
    Object.fromEntries(
      SHOWN.map((Stat) => [Stat, answers.get(`q${row}_${Stat}`)[0]?.points.values().next().value])
    )
  )
}

const query = (Id, { Namespace, MetricName, Dimensions }, Stat, Period) => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Period, Stat },
})

/** The seconds of a period that holds a whole time. Periods begin at the multiples of their length. */
function periodOver({ from, to }) {
  let length = to - from
  while (Math.floor(from / length) !== Math.floor((to - 1) / length)) length *= 2
  return length / 1_000
}

/** Which series are drawn: the first ones of the first metric, unless somebody chose. */
function markedOf(settings, shown) {
  const chosen = textsOf(settings, 'marked')
  if (chosen) return new Set(chosen.slice(-MAX_LINES))
  const [first] = shown
  const ofFirst = shown.filter(
    ({ Namespace, MetricName }) => Namespace === first?.Namespace && MetricName === first.MetricName
  )
  return new Set(ofFirst.slice(0, MAX_LINES).map(({ key }) => key))
}

/** Says of which time the figures are, and chooses another without a pointer. */
function momentBar(change) {
  const time = el('time')
  const hint = el('span', { class: 'hint' }, 'the whole time; choose a period in the chart')
  const earlier = stepButton('Earlier', change)
  const later = stepButton('Later', change)
  const whole = el('button', { type: 'button' }, 'Whole time')
  whole.onclick = () => {
    // It hides itself.
    earlier.element.focus()
    change({ at: '' })
  }
  const element = el('p', { class: 'moment' }, time, earlier.element, later.element, whole, hint)

  function show({ at, length, span, lines }) {
    const { from, to } = at === undefined ? span : { from: at, to: at + length }
    const seconds = length < 60_000
    time.dateTime = new Date(from).toISOString()
    setText(time, `Figures of ${clock(from, seconds)} to ${clock(to, seconds)} UTC`)
    const times = lines.flatMap(({ points }) => [...points.keys()])
    earlier.show(largest(times.filter((other) => other < (at ?? to))))
    later.show(smallest(times.filter((other) => other > (at ?? to))))
    hint.hidden = at !== undefined
    whole.hidden = at === undefined
  }

  return { element, show }
}

/** Stays in the page where it leads nowhere, so that it keeps the focus. */
function stepButton(text, change) {
  let target
  const onclick = () => target !== undefined && change({ at: String(target) })
  const element = el('button', { type: 'button', onclick }, text)
  function show(time) {
    target = time
    element.setAttribute('aria-disabled', String(time === undefined))
  }
  return { element, show }
}

const largest = (numbers) => numbers.reduce((a, b) => Math.max(a, b), numbers[0])
const smallest = (numbers) => numbers.reduce((a, b) => Math.min(a, b), numbers[0])
