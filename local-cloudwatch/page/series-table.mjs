/** The table of series and their figures. Its rows and cells stay while figures change. */

import { classOf, el, fill, setText, table } from './elements.mjs'
import { digits, figure } from './format.mjs'

/** The statistics that are columns. */
export const SHOWN = ['SampleCount', 'Sum', 'Average', 'p50', 'p90', 'p99']
export const HEADS = { SampleCount: 'Samples' }

/** @param {(keys: string[]) => void} onMark the series that are to be drawn, when somebody chose one more or one less */
export function seriesTable(onMark) {
  const element = table('Series', [], [])
  let rows = new Map()
  let marked = new Set()

  function toggle(key, isMarked) {
    if (isMarked) marked.add(key)
    else marked.delete(key)
    onMark([...marked])
  }

  function show({ shown, figures, lines, marked: now }) {
    marked = new Set(now)
    const colors = new Map(lines.map(({ key, color }) => [key, color]))
    const labels = [
      ...new Set(shown.flatMap(({ Dimensions }) => Dimensions.map(({ Name }) => Name))),
    ]
    const hasNamespaces = new Set(shown.map(({ Namespace }) => Namespace)).size > 1
    rows = new Map(
      shown.map((series) => [series.key, rows.get(series.key) ?? rowOf(series, toggle)])
    )
    shown.forEach(({ key }, index) => {
      const isMarked = marked.has(key)
      const color = colors.get(key)
      rows.get(key).show({ figures: figures[index], isMarked, color, labels, hasNamespaces })
    })
    const heads = [
      { text: 'Draw', class: 'draw' },
      ...(hasNamespaces ? ['Namespace'] : []),
      'Metric',
      ...labels,
      ...SHOWN.map((name) => ({ text: HEADS[name] ?? name, class: 'number' })),
    ]
    table(
      'Series',
      heads,
      [...rows.values()].map((row) => row.element),
      element
    )
  }

  return { element, show }
}

function rowOf(series, toggle) {
  const { key, Namespace, MetricName, Dimensions } = series
  const mark = el('input', {
    type: 'checkbox',
    'aria-label': `Draw ${labelOf(series)}`,
    onchange: () => toggle(key, mark.checked),
  })
  const draw = el('td', { class: 'draw' }, mark)
  const namespace = el('td', { class: classOf(Namespace) }, Namespace)
  const metric = el('th', { scope: 'row', class: classOf(MetricName) }, MetricName)
  const values = new Map(
    Dimensions.map(({ Name, Value }) => [Name, el('td', { class: classOf(Value) }, Value)])
  )
  const cells = SHOWN.map((name) => el('td', { class: 'number', 'data-stat': name }))
  const element = el('tr')

  function show({ figures, isMarked, color, labels, hasNamespaces }) {
    mark.checked = isMarked
    mark.style.accentColor = color ?? ''
    cells.forEach((cell, index) => {
      const value = figures[SHOWN[index]]
      cell.title = digits(value)
      setText(cell, figure(value))
    })
    for (const name of labels) {
      if (!values.has(name)) values.set(name, el('td', { class: 'absent' }, '–'))
    }
    const texts = labels.map((name) => values.get(name))
    fill(element, draw, hasNamespaces && namespace, metric, ...texts, ...cells)
  }

  return { element, show }
}

/** The values of a series, and its name if that tells it from others. */
export function labelOf({ MetricName, Dimensions }, hasName = true) {
  const values = Dimensions.map(({ Value }) => Value).join(' · ')
  return [hasName || values === '' ? MetricName : '', values].filter(Boolean).join(' ')
}
