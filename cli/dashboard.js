'use strict'

// `hkm-native dashboard`: the body of a dashboard. A variable makes it serve every environment.
//
//   a text, what it is       24 wide
//   for each metric          its total, or what there is; counters as sums, distributions as p50, p90 and p99
//   by each label            a search over the series with that label, so that new values show without a change

const {
  distinct,
  ENVIRONMENT,
  fixedDimensions,
  isSame,
  schemaOf,
  seriesOf,
  seriesOfAll,
  setsOf,
} = require('./series.js')

const COLUMNS = 24
const HEIGHT = 6
const RED = '#d62728'
const LINES = [
  { label: 'Warning', color: '#ff7f0e' },
  { label: 'Critical', color: RED },
]
/** "CloudWatch quotas": widgets of a dashboard. */
const MAX_WIDGETS = 500
/** "CloudWatch quotas": characters of a search. */
const MAX_SEARCH = 1_024

/**
 * @param {import('../lib/define/definition.js').Metric[]} metrics
 * @param {import('./roles.js').Roles} roles
 * @param {object} settings
 * @returns {{ dashboard: object, notes: string[] }}
 */
function dashboardOf(metrics, roles, settings) {
  const options = { ...settings, notes: new Set() }
  const placed = grid()
  const sections = new Map(metrics.map(({ namespace }) => [namespace, []]))
  for (const failure of roles.failures) {
    sections.get(failure.all[0].metric.namespace).push(rateGraph(failure, options))
  }
  for (const metric of metrics)
    sections.get(metric.namespace).push(...graphs(metric, roles, options))
  for (const [namespace, found] of sections) {
    placed.row(COLUMNS, 1, { type: 'text', properties: { markdown: `## ${namespace}` } })
    for (const properties of found.filter(Boolean))
      placed.next(8, HEIGHT, { type: 'metric', properties })
    placed.end()
  }
  const widgets = placed.widgets.slice(0, MAX_WIDGETS)
  const others = placed.widgets.length - MAX_WIDGETS
  if (others > 0)
    options.notes.add(`the last ${others} widgets: a dashboard has at most ${MAX_WIDGETS}`)
  const hasEnvironment = metrics.some((metric) => metric.hasEnvironment)
  const variables = hasEnvironment && { variables: [environmentOf(metrics, options)] }
  return { dashboard: { ...variables, widgets }, notes: [...options.notes] }
}

/** A choice among the environments that there are. */
function environmentOf(metrics, { environment }) {
  const search = metrics
    .filter(({ hasEnvironment }) => hasEnvironment)
    .map((metric) => searchText(metric, metric.keys, environment, []))
    .find(Boolean)
  return {
    type: 'property',
    property: ENVIRONMENT,
    inputType: search ? 'select' : 'input',
    id: 'environment',
    label: ENVIRONMENT,
    defaultValue: environment,
    visible: true,
    search,
    populateFrom: search && ENVIRONMENT,
  }
}

/** Places widgets from left to right, row by row. */
function grid() {
  const widgets = []
  let [x, y, rowHeight] = [0, 0, 0]
  const end = () => {
    if (x > 0) [x, y, rowHeight] = [0, y + rowHeight, 0]
  }
  function next(width, height, widget) {
    if (x + width > COLUMNS) end()
    widgets.push({ ...widget, x, y, width, height })
    x += width
    rowHeight = Math.max(rowHeight, height)
  }
  function row(width, height, widget) {
    end()
    next(width, height, widget)
    end()
  }
  return { widgets, next, row, end }
}

function rateGraph({ title, failed, all }, options) {
  const parts = distinct([...failed, ...all])
  const series = seriesOfAll(parts, options)
  if (!series) return undefined
  const ids = parts.map((_, at) => `m${at + 1}`)
  const idOf = (part) => ids[parts.findIndex((other) => isSame(part, other))]
  const total = `SUM([${all.map(idOf).join(', ')}])`
  return graph(`${title}: failures in percent`, options, {
    stat: 'Sum',
    yAxis: { left: { min: 0, showUnits: false } },
    annotations: linesOf(options.failureRate),
    metrics: [
      ...series.map((found, at) => line(found, { id: ids[at], visible: false })),
      [
        {
          expression: `100 * SUM([${failed.map(idOf).join(', ')}, ${total} * 0]) / ${total}`,
          id: 'rate',
          label: 'Failures %',
          color: RED,
        },
      ],
    ],
  })
}

function graphs(metric, roles, options) {
  const total = seriesOf(metric, options.labels, options)
  const sets = setsOf(metric, options)
  const byLabel = metric.keys
    .map((key) =>
      sets.find((set) => set.length > 0 && set.includes(key) && (total ? set.length === 1 : true))
    )
    .filter((set, at, all) => set !== undefined && all.indexOf(set) === at)
  return [
    total && totalGraph(metric, total, roles, options),
    ...byLabel.map((set) => labelGraph(metric, set, options)),
  ]
}

const isDistribution = ({ kind }) => kind === 'distribution'

function totalGraph(metric, series, roles, options) {
  const statistics = isDistribution(metric) ? ['p50', 'p90', 'p99'] : [statisticOf(metric)]
  const thresholds = isDistribution(metric) && roles.waits.some((part) => part.metric === metric)
  return graph(metric.name, options, {
    yAxis: { left: { min: 0, label: unitOf(metric), showUnits: false } },
    ...(thresholds && metric.unit === 'Milliseconds' && { annotations: linesOf(options.wait) }),
    metrics: statistics.map((stat) =>
      line(series, { stat, label: isDistribution(metric) ? stat : metric.name })
    ),
  })
}

const linesOf = (thresholds) => ({
  horizontal: thresholds.map((value, at) => ({ value, ...LINES[at] })),
})

function labelGraph(metric, set, options) {
  const names = metric.names.filter((_, at) => set.includes(metric.keys[at]))
  const title = `${metric.name} by ${names.join(', ')}`
  const stat = isDistribution(metric) ? 'p90' : statisticOf(metric)
  const fixed = fixedDimensions(metric, options.environment)
  const search = searchText(metric, set, options.environment, fixed)
  if (!search) {
    options.notes.add(
      `${title}: a search has no quotes in names, and at most ${MAX_SEARCH} characters`
    )
    return undefined
  }
  return graph(`${title}${isDistribution(metric) ? ` (${stat})` : ''}`, options, {
    stacked: metric.kind === 'counter',
    yAxis: { left: { min: 0, label: unitOf(metric), showUnits: false } },
    metrics: [
      [
        {
          expression: `SEARCH('${search}', '${stat}', ${options.period})`,
          id: 'found',
          // The value of each label alone.
          label: names.map((name) => `\${PROP('Dim.${name}')}`).join(' '),
        },
      ],
    ],
  })
}

/**
 * The search of all series with a set of dimensions, in an environment. There is none if it were too long, or for names
 * that it has no way to write.
 */
function searchText(metric, set, environment, fixed) {
  const schema = schemaOf(metric, set, environment)
  if (/['"{}]/.test([metric.name, ...metric.constants, ...schema].join())) return undefined
  const quoted = (name) => (/^[A-Za-z0-9_.-]+$/.test(name) ? name : `"${name}"`)
  const terms = fixed.map(({ Name, Value }) => `${quoted(Name)}="${Value}"`)
  const namespace = /^[A-Za-z0-9_./#:-]+$/.test(metric.namespace)
    ? metric.namespace
    : `"${metric.namespace}"`
  const schemaText = `{${[namespace, ...schema.map(quoted)].join(',')}}`
  const text = [schemaText, `MetricName="${metric.name}"`, ...terms].join(' ')
  return text.length > MAX_SEARCH ? undefined : text
}

const statisticOf = ({ kind }) => (kind === 'counter' ? 'Sum' : 'Average')
const unitOf = ({ unit }) => (unit === 'None' ? '' : unit)

function graph(title, { region, period }, properties) {
  return { title, region, view: 'timeSeries', period, ...properties }
}

function line({ metric, dimensions }, options) {
  return [
    metric.namespace,
    metric.name,
    ...dimensions.flatMap(({ Name, Value }) => [Name, Value]),
    options,
  ]
}

module.exports = { dashboardOf }
