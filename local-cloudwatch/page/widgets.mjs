/** The widgets of a dashboard: what each of them is drawn from, and how. */

import { getMetricData } from './api.mjs'
import { linesOf } from './body.mjs'
import { chart, colorOf } from './chart.mjs'
import { el, nothing } from './elements.mjs'
import { digits, figure } from './format.mjs'

const COLUMNS = 24
/** Pixels of a row of the grid. */
const ROW = 46
/** Pixels of a title and a legend. */
const AROUND = 84

/**
 * Asks for what a widget shows. Returns what makes its element from that, and from the element before in the same place.
 *
 * @param {Record<string, any>} widget
 * @param {{ from: number, to: number }} span
 * @param {object[]} alarms DescribeAlarms
 * @returns {Promise<(known?: Element) => HTMLElement>}
 */
export async function prepare(widget, span, alarms) {
  const title = heading(widget.properties?.title)
  const problemCard = ({ message }) => card(widget, title, el('p', { class: 'problem' }, message))
  try {
    const contents = await contentsOf(widget, span, alarms)
    return (known) => {
      try {
        return card(widget, title, ...contents(known))
      } catch (error) {
        return problemCard(error)
      }
    }
  } catch (error) {
    return () => problemCard(error)
  }
}

async function contentsOf({ type, height, properties = {} }, span, alarms) {
  if (type === 'text') return () => markdown(properties.markdown ?? '')
  if (type === 'alarm') return () => [alarmList(properties.alarms ?? [], alarms)]
  if (type !== 'metric') return () => [nothing(`This page draws no ${type} widgets.`)]
  const series = await seriesOf(properties, span)
  const { view = 'timeSeries' } = properties
  if (view === 'singleValue') return () => [singleValues(series)]
  if (view !== 'timeSeries') {
    const text = `This page draws no ${view}. It shows the latest values instead.`
    return () => [el('p', { class: 'hint' }, text), singleValues(series)]
  }
  return (known) => graph({ height, properties }, series, span, known)
}

function card({ width = 6, height = 6 }, ...children) {
  const element = el('article', { class: 'widget' }, ...children)
  element.style.setProperty('--columns', Math.min(width, COLUMNS))
  element.style.setProperty('--height', `${height * ROW}px`)
  return element
}

const heading = (text) => text !== undefined && el('h4', {}, text)

async function seriesOf(properties, span) {
  const lines = linesOf(properties)
  const answers = await getMetricData(
    lines.map(({ query }) => query),
    span
  )
  return lines
    .filter(({ isVisible }) => isVisible)
    .flatMap(({ query, color, axis }) =>
      answers.get(query.Id).map(({ label, points }) => ({ label, points, color, axis }))
    )
    .map((line, index) => ({ ...line, color: line.color ?? colorOf(index) }))
}

function graph({ height = 6, properties }, series, range, known) {
  const options = {
    title: properties.title ?? 'Graph',
    range,
    series,
    // A band is a pair of them.
    thresholds: (properties.annotations?.horizontal ?? []).flat(),
    axes: properties.yAxis,
    isStacked: properties.stacked,
    height: Math.max(120, height * ROW - AROUND),
  }
  return [chart(options, known?.querySelector('.chart')), legend(series)]
}

const lastOf = (points) => [...points.values()].at(-1)

function singleValues(series) {
  return el(
    'dl',
    { class: 'values' },
    ...series.map(({ label, points }) =>
      el(
        'div',
        {},
        el('dt', {}, label),
        el('dd', { title: digits(lastOf(points)) }, figure(lastOf(points)))
      )
    )
  )
}

function legend(series) {
  const items = series.map(({ label, points, color }) => {
    const mark = el('span', { class: 'mark' })
    mark.style.background = color
    return el(
      'li',
      {},
      mark,
      el('span', {}, label),
      el('b', { title: digits(lastOf(points)) }, figure(lastOf(points)))
    )
  })
  return el('ul', { class: 'legend' }, ...items)
}

function alarmList(arns, alarms) {
  const items = arns.map((arn) => {
    const name = arn.split(':alarm:').at(-1)
    const alarm = alarms.find(({ AlarmName }) => AlarmName === name)
    return el('li', {}, stateOf(alarm?.StateValue), el('span', {}, name))
  })
  return el('ul', { class: 'alarm-list' }, ...items)
}

/** The state of an alarm, also for those who see no colors. */
export function stateOf(state = 'unknown') {
  const text = {
    ALARM: 'In alarm',
    OK: 'OK',
    INSUFFICIENT_DATA: 'Too little data',
    unknown: 'Not there',
  }[state]
  return el('span', { class: 'state', 'data-state': state }, text)
}

/** Headings, lists and paragraphs of Markdown; links only as texts. */
function markdown(text) {
  return text
    .split(/\n{2,}/)
    .filter((block) => block.trim() !== '')
    .map((block) => {
      const [, marks, title] = /^(#{1,6})\s+(.*)$/s.exec(block) ?? []
      if (marks) return el(marks.length < 3 ? 'h3' : 'h4', {}, plain(title))
      const items = block.split('\n')
      const isList = items.every((item) => /^[-*]\s/.test(item))
      return isList
        ? el('ul', {}, ...items.map((item) => el('li', {}, plain(item.slice(2)))))
        : el('p', {}, plain(block))
    })
}

const plain = (text) =>
  text.replace(/\[([^\]]*)\]\(([^)]*)\)/g, '$1 ($2)').replace(/(\*\*|__|`)(.*?)\1/g, '$2')
