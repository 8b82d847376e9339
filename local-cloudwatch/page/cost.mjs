/** What the series and requests cost a month, and which label costs most. */

import { getCost } from './api.mjs'
import { el, fill, nothing, table } from './elements.mjs'
import { count, dollars } from './format.mjs'

export async function cost(view) {
  if (!view.firstChild) fill(view, el('h2', {}, 'Cost'), el('div', { class: 'body' }))
  const found = await getCost()
  const body = view.querySelector('.body')
  if (found.series === 0) {
    fill(body, nothing('No metric has arrived yet, so nothing costs anything.'))
    return
  }
  const worst = worstLabel(found.metrics)
  fill(
    body,
    el(
      'dl',
      { class: 'tiles' },
      tile(
        'Series',
        count(found.series, 'series', 'series'),
        `${dollars(found.costOfSeries)} a month`
      ),
      tile(
        'Requests',
        `${found.requestsPerMinute.toFixed(1)} a minute`,
        `${dollars(found.costOfRequests)} a month`
      ),
      tile('Together', dollars(found.costOfSeries + found.costOfRequests), 'a month')
    ),
    el(
      'p',
      { class: 'hint' },
      'At the prices of us-east-1, if all of these series are sent all month, and requests go on as in the last five minutes.'
    ),
    worst &&
      el(
        'p',
        { class: 'advice' },
        'The label that costs most is ',
        el('b', {}, worst.name),
        ` of ${worst.metricName}: without it there would be ${count(worst.saves, 'series', 'series')} fewer.`
      ),
    table(
      'Series by metric',
      [
        'Namespace',
        'Metric',
        { text: 'Series', class: 'number' },
        { text: 'Share', class: 'number' },
        'Labels, the most expensive first',
      ],
      found.metrics.map((metric) => rowOf(metric, found.series)),
      body.querySelector('.scroll')
    ),
    found.more > 0 &&
      el('p', { class: 'hint' }, `and ${count(found.more, 'metric')} with fewer series`)
  )
}

function tile(name, figure, note) {
  return el('div', {}, el('dt', {}, name), el('dd', {}, el('b', {}, figure), el('span', {}, note)))
}

function worstLabel(metrics) {
  const labels = metrics.flatMap(({ metricName, labels: list }) =>
    list.map((label) => ({ ...label, metricName }))
  )
  const [worst] = labels.sort((a, b) => b.saves - a.saves)
  return worst?.saves > 0 ? worst : undefined
}

function rowOf({ namespace, metricName, series, labels }, total) {
  const texts = labels.map(({ name, values, saves }) =>
    el('li', {}, el('b', {}, name), ` ${count(values, 'value')}, ${saves} series because of it`)
  )
  return el(
    'tr',
    {},
    el('td', {}, namespace),
    el('th', { scope: 'row' }, metricName),
    el('td', { class: 'number' }, String(series)),
    el('td', { class: 'number' }, `${((series / total) * 100).toFixed(0)} %`),
    el('td', {}, el('ul', { class: 'labels' }, ...texts))
  )
}
