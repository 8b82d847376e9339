/**
 * The body of a dashboard as PutDashboard gets it, read as queries.
 *
 * Source: CloudWatch API Reference, "Dashboard Body Structure and Syntax".
 */

/** Seconds, and a statistic, where a graph says none. */
const DEFAULT_PERIOD = 300
const DEFAULT_STATISTIC = 'Average'

/**
 * The lines of a metric widget: a query each, and how it is drawn.
 *
 * @param {Record<string, any>} properties
 * @returns {{ query: object, isVisible: boolean, color?: string, axis: 'left' | 'right', label?: string }[]}
 */
export function linesOf({ metrics = [], period = DEFAULT_PERIOD, stat = DEFAULT_STATISTIC }) {
  let before = []
  const lines = metrics.map((metric, index) => {
    const hasOptions = typeof metric.at(-1) === 'object'
    const options = hasOptions ? metric.at(-1) : {}
    const names = spelledOut(hasOptions ? metric.slice(0, -1) : metric, before)
    if (names.length > 0) before = names
    const {
      id = `unnamed_${index}`,
      label,
      visible = true,
      color,
      yAxis = 'left',
      expression,
    } = options
    const Period = options.period ?? period
    const query =
      expression === undefined
        ? {
            Id: id,
            Label: label,
            MetricStat: { Metric: metricOf(names), Period, Stat: options.stat ?? stat },
          }
        : { Id: id, Label: label, Expression: expression, Period }
    return {
      query: { ...query, ReturnData: visible },
      isVisible: visible,
      color,
      axis: yAxis,
      label,
    }
  })
  return withNames(lines)
}

/** A line without a label has the name of its metric, and what tells it from others of that metric. */
function withNames(lines) {
  const unnamed = lines.filter(
    ({ label, isVisible, query }) => label === undefined && isVisible && query.MetricStat
  )
  return lines.map((line) => {
    if (!unnamed.includes(line)) return line
    const { MetricName } = line.query.MetricStat.Metric
    const alike = unnamed.filter(({ query }) => query.MetricStat.Metric.MetricName === MetricName)
    const differing = [...traitsOf(line)].filter(([name, value]) =>
      alike.some((other) => traitsOf(other).get(name) !== value)
    )
    const Label = [MetricName, ...differing.map(([, value]) => value)].join(' ')
    return { ...line, query: { ...line.query, Label } }
  })
}

function traitsOf({ query: { MetricStat } }) {
  const { Metric, Period, Stat } = MetricStat
  return new Map([
    ...Metric.Dimensions.map(({ Name, Value }) => [`Dimensions.${Name}`, Value]),
    ['Namespace', Metric.Namespace],
    ['Stat', Stat],
    ['Period', `${Period} s`],
  ])
}

/** `.` stands for the same as before, and `...` for as many as are missing. */
function spelledOut(names, before) {
  const at = names.indexOf('...')
  if (at !== -1) {
    const rest = names.slice(at + 1)
    return [...before.slice(0, before.length - rest.length), ...rest]
  }
  return names.map((name, index) => (name === '.' ? before[index] : name))
}

function metricOf([Namespace, MetricName, ...rest]) {
  const Dimensions = []
  for (let index = 0; index < rest.length; index += 2) {
    Dimensions.push({ Name: rest[index], Value: rest[index + 1] })
  }
  return { Namespace, MetricName, Dimensions }
}

/**
 * A body with a value for each of its variables. One of a property replaces what the property is; one of a pattern replaces
 * a text everywhere.
 *
 * @param {Record<string, any>} dashboard
 * @param {(variable: object) => string | undefined} chosenFor
 */
export function withVariables(dashboard, chosenFor) {
  let { widgets } = dashboard
  for (const variable of dashboard.variables ?? []) {
    const value = chosenFor(variable)
    if (value === undefined) continue
    const replace =
      variable.type === 'pattern'
        ? (text) => text.replaceAll(variable.pattern, value)
        : (text) => replaceInExpression(text, variable.property, value)
    widgets = mapTexts(widgets, replace)
    if (variable.type === 'property')
      widgets = widgets.map((widget) => withProperty(widget, variable.property, value))
  }
  return { ...dashboard, widgets }
}

function mapTexts(value, change) {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapTexts(item, change)])
  )
}

/** `Environment="…"` in a search. */
function replaceInExpression(text, property, value) {
  const escaped = property.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return text.replace(new RegExp(`(\\b${escaped}=)"[^"]*"`, 'g'), (_, name) => `${name}"${value}"`)
}

function withProperty(widget, property, value) {
  const { metrics } = widget.properties ?? {}
  if (!Array.isArray(metrics)) return widget
  const replaced = metrics.map((metric) =>
    metric.map((name, index) =>
      index >= 3 && index % 2 === 1 && metric[index - 1] === property ? value : name
    )
  )
  return { ...widget, properties: { ...widget.properties, metrics: replaced } }
}

/** The values from which a variable can be chosen, with their labels. */
export function choicesOf(variable, metrics) {
  const given = (variable.values ?? []).map(({ value, label = value }) => [value, label])
  if (variable.populateFrom === undefined) return given
  const found = metrics
    .flatMap(({ Dimensions }) => Dimensions)
    .filter(({ Name }) => Name === variable.populateFrom)
    .map(({ Value }) => Value)
  return [...given, ...[...new Set(found)].sort().map((value) => [value, value])]
}
