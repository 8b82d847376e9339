// The figures at a glance, as an SVG: how many times less than one datum per record, and what a call takes in the
// clients that people know.

import { cpuOf } from './groups/cpu.mjs'
import { nameOf } from './groups/names.mjs'
import { nanoseconds } from './groups/record.mjs'
import { importOf } from './groups/startup.mjs'
import { requestsOf } from './groups/wire.mjs'
import { JUDGED } from './plan.mjs'
import { median, show, times } from './report.mjs'

const WIDTH = 960
const HEIGHT = 520
const BAR = 20
const [OURS, OTHERS, INK, FAINT] = ['#0f766e', '#94a3b8', '#1e293b', '#e2e8f0']

const CALLS = [
  'hot-shots',
  'hot-shots, buffered',
  'opentelemetry',
  'prom-client',
  'peer',
  'native',
  'floor',
]

/** What is compared with one datum per record: name, unit, and the samples of each. */
function comparisons(samples) {
  const both = (of) => [of('native'), of('peer')]
  const of = (group, pick, more) => (side) =>
    samples.of({ group, runtime: JUDGED, side, ...more }, pick)
  return [
    ['call of a recorder', 'ns', both((side) => nanoseconds(samples, JUDGED, side, 'mixed'))],
    ['event-loop time a record', 'ns', both(of('bulk', ({ busy }) => busy))],
    ['CPU a record, 10,000/s', 'µs', both((side) => cpuOf(samples, JUDGED, side, 10_000))],
    [
      'longest hold-up by calls',
      'ms',
      both(of('stall', ({ longestBatch }) => longestBatch, { rate: 100_000 })),
    ],
    ['requests a million', '', both((side) => requestsOf(samples, side, 'mixed'))],
    ['import', 'ms', both((side) => importOf(samples, JUDGED, side))],
  ].filter(([, , [native, peer]]) => times(native, peer) !== undefined)
}

/** @returns {Promise<string | undefined>} nothing where not all of it was measured */
export async function chart(samples) {
  const calls = CALLS.map((side) => [side, nanoseconds(samples, JUDGED, side, 'mixed')])
  const compared = comparisons(samples)
  if (calls.some(([, each]) => each.length === 0) || compared.length < 2) return undefined

  const echarts = await import('echarts')
  const drawn = echarts.init(null, null, {
    renderer: 'svg',
    ssr: true,
    width: WIDTH,
    height: HEIGHT,
  })
  drawn.setOption(optionsOf(compared.reverse(), calls))
  const svg = drawn.renderToSVGString()
  drawn.dispose()
  return `${svg}\n`
}

function optionsOf(compared, calls) {
  const amount = (each, unit) => `${show(median(each))}${unit && ` ${unit}`}`
  const bars = compared.map(([, unit, [native, peer]]) => ({
    value: times(native, peer),
    text: `${show(times(native, peer))}×   ${amount(native, unit)}, not ${amount(peer, unit)}`,
    color: OURS,
  }))
  const costs = calls.map(([side, each]) => ({
    value: median(each),
    text: amount(each, 'ns'),
    color: side === 'native' ? OURS : OTHERS,
  }))
  const titles = [`Times less than one datum per record, on ${JUDGED}`, 'Call of a recorder, ns']
  const [left, right] = [
    { left: 190, width: 190, top: 60, bottom: 30 },
    { left: 700, width: 170, top: 60, bottom: 30 },
  ]
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'system-ui, sans-serif', color: INK },
    title: titles.map((text, index) => ({
      text,
      left: [20, 540][index],
      top: 14,
      textStyle: { fontSize: 15, color: INK },
    })),
    grid: [left, right],
    xAxis: [scale(0, bars, 1), scale(1, costs, 10)],
    yAxis: [
      names(
        0,
        compared.map(([name]) => name)
      ),
      names(
        1,
        calls.map(([side]) => nameOf(side))
      ),
    ],
    series: [panel(0, bars), panel(1, costs)],
  }
}

const scale = (gridIndex, bars, min) => ({
  type: 'log',
  gridIndex,
  min,
  max: 10 ** Math.ceil(Math.log10(Math.max(...bars.map(({ value }) => value)))),
  axisLabel: { color: INK, formatter: (value) => (value < 1_000 ? value : `${value / 1_000}k`) },
  splitLine: { lineStyle: { color: FAINT } },
})

const names = (gridIndex, data) => ({
  type: 'category',
  gridIndex,
  data,
  axisLabel: { color: INK, fontSize: 12 },
  axisTick: { show: false },
  axisLine: { lineStyle: { color: FAINT } },
})

const panel = (index, bars) => ({
  type: 'bar',
  xAxisIndex: index,
  yAxisIndex: index,
  barWidth: BAR,
  data: bars.map(({ value, color }) => ({ value, itemStyle: { color } })),
  label: {
    show: true,
    position: 'right',
    color: INK,
    fontSize: 11,
    formatter: ({ dataIndex }) => bars[dataIndex].text,
  },
})
