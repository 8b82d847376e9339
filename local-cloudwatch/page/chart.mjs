/**
 * A chart of series over time, by uPlot. Colors come from the style sheet, so that it is readable in light and dark; every
 * series has a color and a name in the table or the legend beside it.
 */

import { el, fill } from './elements.mjs'
import { clock, cut, figure, moment, tick } from './format.mjs'
import uPlot from './uplot.mjs'

/** How many series a chart draws. More are not told apart by their colors. */
export const MAX_LINES = 10

/** Characters of a label beside the pointer. */
const MAX_LABEL = 60

const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1_000), 'Etc/UTC')

/** The color of the line with an index. */
export const colorOf = (index) => token(`--line-${index % MAX_LINES}`)

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()

/** What is known of a chart: its options now, and how it was configured. */
const charts = new WeakMap()

/**
 * @param {object} options
 * @param {string} options.title for those who do not see the chart
 * @param {{ from: number, to: number }} options.range milliseconds since the epoch
 * @param {{ label: string, points: Map<number, number>, color: string, axis?: 'left' | 'right' }[]} options.series
 * @param {{ value: number, label?: string, color?: string, yAxis?: 'left' | 'right' }[]} [options.thresholds]
 * @param {number} [options.height] pixels
 * @param {boolean} [options.isStacked]
 * @param {{ left?: { min?: number, max?: number }, right?: { min?: number, max?: number } }} [options.axes]
 * @param {(time: number) => void} [options.onPick] the moment of a point that was chosen
 * @param {HTMLElement} [known] what this function returned before. If only its data differs, it is used again, so that
 *   what a pointer shows stays.
 * @returns {HTMLElement}
 */
export function chart(options, known) {
  const state = charts.get(known)
  const shape = shapeOf(options)
  if (state?.shape === shape) {
    state.options = options
    known.setAttribute('aria-label', describe(options))
    state.plot?.setData(dataOf(options))
    return known
  }
  return newChart(options, shape)
}

/** What cannot change without a new chart. */
function shapeOf({ series, thresholds, height, isStacked, axes }) {
  const lines = series.map(({ label, color, axis }) => [label, color, axis])
  const isEmpty = series.every(({ points }) => points.size === 0)
  return JSON.stringify([lines, isEmpty, thresholds, height, isStacked, axes, token('--text')])
}

function newChart(options, shape) {
  const { series, height = 260 } = options
  const element = el('div', { class: 'chart', role: 'img', 'aria-label': describe(options) })
  const state = { options, shape, plot: undefined }
  charts.set(element, state)
  if (series.every(({ points }) => points.size === 0)) {
    element.append(el('p', { class: 'nothing' }, 'Nothing in this time'))
    return element
  }
  const observer = new ResizeObserver(() => {
    // It is also called before the element is in the page, and after it has left.
    if (element.isConnected) {
      const size = { width: Math.max(200, element.clientWidth), height }
      if (state.plot) state.plot.setSize(size)
      else
        state.plot = new uPlot({ ...configuration(state), ...size }, dataOf(state.options), element)
    } else if (state.plot) {
      observer.disconnect()
      state.plot.destroy()
      charts.delete(element)
    }
  })
  observer.observe(element)
  return element
}

function describe({ title, series }) {
  const names = series.map(({ label }) => label)
  return `${title}: ${names.slice(0, MAX_LINES).join(', ')}`
}

/** Columns, as uPlot wants them. Gaps stay gaps. */
function dataOf({ series, isStacked }) {
  const times = [...new Set(series.flatMap(({ points }) => [...points.keys()]))].sort(
    (a, b) => a - b
  )
  const columns = series.map(({ points }) => times.map((time) => points.get(time) ?? null))
  if (isStacked) {
    for (let index = 1; index < columns.length; index++) {
      columns[index] = columns[index].map(
        (value, at) => (value ?? 0) + (columns[index - 1][at] ?? 0)
      )
    }
  }
  return [times.map((time) => time / 1_000), ...columns]
}

function configuration(state) {
  const { series, thresholds = [], axes = {}, onPick } = state.options
  const text = token('--text-soft')
  const grid = { stroke: token('--grid'), width: 1 }
  const hasRight = series.some(({ axis }) => axis === 'right') || thresholds.some(isOn('right'))
  const axis = (scale, side) => ({
    scale,
    side,
    stroke: text,
    grid: side === 1 ? { show: false } : grid,
    ticks: { show: false },
    size: 56,
    values: (_, splits) => splits.map(tick),
  })
  return {
    tzDate: utc,
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { size: 7 } },
    scales: {
      x: {
        time: true,
        range: () => [state.options.range.from / 1_000, state.options.range.to / 1_000],
      },
      left: { range: rangeOf(axes.left, thresholds.filter(isOn('left'))) },
      right: { range: rangeOf(axes.right, thresholds.filter(isOn('right'))) },
    },
    axes: [
      {
        stroke: text,
        grid,
        ticks: { show: false },
        size: 28,
        values: (_, splits) => splits.map((at) => clock(at * 1_000)),
      },
      axis('left', 3),
      ...(hasRight ? [axis('right', 1)] : []),
    ],
    series: [
      {},
      ...series.map(({ label, color, axis: scale = 'left' }) => ({
        label,
        scale,
        stroke: color,
        width: 2,
        points: { size: 5 },
      })),
    ],
    plugins: [tooltip(state), lines(thresholds), ...(onPick ? [picking(state)] : [])],
  }
}

const isOn =
  (axis) =>
  ({ yAxis = 'left' }) =>
    yAxis === axis

/** From 0, unless values are below; and as far as thresholds. */
function rangeOf({ min, max } = {}, thresholds) {
  const values = thresholds.map(({ value }) => value)
  return (_, low, high) => {
    const bottom = min ?? Math.min(0, low ?? 0)
    const top = max ?? Math.max(high ?? 0, ...values, bottom)
    return [
      bottom,
      top === bottom ? bottom + 1 : bottom + (top - bottom) * (max === undefined ? 1.08 : 1),
    ]
  }
}

/** What the lines are under the pointer. */
function tooltip(state) {
  const box = el('div', { class: 'tooltip', hidden: true })
  return {
    hooks: {
      init: (plot) => plot.over.append(box),
      setCursor(plot) {
        const { idx, left } = plot.cursor
        box.hidden = idx === null || idx === undefined || left < 0
        if (box.hidden) return
        const time = plot.data[0][idx] * 1_000
        const rows = state.options.series.flatMap(({ label, points, color }) => {
          const value = points.get(time)
          if (value === undefined) return []
          const mark = el('span', { class: 'mark' })
          mark.style.background = color
          return [
            el('li', {}, mark, el('span', {}, cut(label, MAX_LABEL)), el('b', {}, figure(value))),
          ]
        })
        fill(box, el('time', {}, `${moment(time)} UTC`), el('ul', {}, ...rows))
        const { clientWidth } = plot.over
        const { offsetWidth } = box
        const beside = left > clientWidth / 2 ? left - offsetWidth - 12 : left + 12
        box.style.left = `${Math.max(0, Math.min(beside, clientWidth - offsetWidth))}px`
      },
    },
  }
}

/** Horizontal lines with a name. */
function lines(thresholds) {
  return {
    hooks: {
      draw({ ctx, bbox, valToPos }) {
        ctx.save()
        ctx.lineWidth = devicePixelRatio
        ctx.textAlign = 'left'
        ctx.textBaseline = 'bottom'
        ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio])
        ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`
        for (const { value, label, color = token('--line-3'), yAxis = 'left' } of thresholds) {
          const y = valToPos(value, yAxis, true)
          if (y < bbox.top || y > bbox.top + bbox.height) continue
          ctx.strokeStyle = color
          ctx.fillStyle = color
          ctx.beginPath()
          ctx.moveTo(bbox.left, y)
          ctx.lineTo(bbox.left + bbox.width, y)
          ctx.stroke()
          if (label) ctx.fillText(label, bbox.left + 4 * devicePixelRatio, y - 4 * devicePixelRatio)
        }
        ctx.restore()
      },
    },
  }
}

function picking(state) {
  return {
    hooks: {
      init(plot) {
        plot.over.addEventListener('click', () => {
          const { idx } = plot.cursor
          if (idx !== null && idx !== undefined) state.options.onPick(plot.data[0][idx] * 1_000)
        })
      },
    },
  }
}
