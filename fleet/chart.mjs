// The requests a second of each scenario, before and now, against the quota, as an SVG.

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const WIDTH = 1_080
const COLUMNS = 3
const PANEL_HEIGHT = 220
const TOP = 50
const [NOW, BEFORE, QUOTA, INK, FAINT] = ['#0f766e', '#94a3b8', '#b91c1c', '#1e293b', '#e2e8f0']

/** Seconds that share a point, by their mean. */
const SECONDS_A_POINT = 5

/** @param {object[]} figures in pairs: as before, and as now */
export async function chart(figures) {
  const echarts = await import(pathOfEcharts())
  const pairs = figures.flatMap((each, index) => (index % 2 ? [[figures[index - 1], each]] : []))
  const height = TOP + Math.ceil(pairs.length / COLUMNS) * PANEL_HEIGHT
  const drawn = echarts.init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height })
  drawn.setOption(optionsOf(pairs))
  const svg = drawn.renderToSVGString()
  drawn.dispose()
  return `${svg}\n`
}

/** It is installed in `benchmark/`, with what else only the repository needs. */
function pathOfEcharts() {
  const { resolve } = createRequire(new URL('../benchmark/package.json', import.meta.url))
  return pathToFileURL(resolve('echarts'))
}

function optionsOf(pairs) {
  const at = (index) => ({
    left: 55 + (index % COLUMNS) * (WIDTH / COLUMNS),
    top: TOP + 30 + Math.floor(index / COLUMNS) * PANEL_HEIGHT,
  })
  return {
    animation: false,
    backgroundColor: '#ffffff',
    textStyle: { fontFamily: 'system-ui, sans-serif', color: INK },
    legend: { data: ['before', 'now', 'quota'], top: 10, left: 20 },
    title: pairs.map(([{ scenario }], index) => ({
      text: scenario,
      left: at(index).left - 35,
      top: at(index).top - 30,
      textStyle: { fontSize: 13, color: INK },
    })),
    grid: pairs.map((_, index) => ({ ...at(index), width: 285, height: PANEL_HEIGHT - 70 })),
    xAxis: pairs.map(([, { quotaASecond }], gridIndex) => ({
      type: 'value',
      gridIndex,
      max: quotaASecond.length / 60,
      axisLabel: { color: INK, formatter: '{value} min' },
      splitLine: { show: false },
    })),
    yAxis: pairs.map((_, gridIndex) => ({
      type: 'value',
      gridIndex,
      axisLabel: { color: INK },
      splitLine: { lineStyle: { color: FAINT } },
    })),
    series: pairs.flatMap(([before, now], index) => [
      line('before', index, points(before.requestsASecond, now), { color: BEFORE }),
      line('now', index, points(now.requestsASecond, now), { color: NOW }),
      line('quota', index, points(now.quotaASecond, now), {
        color: QUOTA,
        type: 'dashed',
        width: 1,
      }),
    ]),
  }
}

/** Minutes and means, as long as the scenario lasts. */
function points(aSecond, { quotaASecond }) {
  const seconds = aSecond.slice(0, quotaASecond.length)
  return seconds.flatMap((_, second) => {
    if (second % SECONDS_A_POINT) return []
    const together = seconds.slice(second, second + SECONDS_A_POINT)
    const sum = together.reduce((sum, each) => sum + each, 0)
    return [[second / 60, Math.round(sum / together.length)]]
  })
}

const line = (name, index, data, lineStyle) => ({
  type: 'line',
  name,
  xAxisIndex: index,
  yAxisIndex: index,
  data,
  showSymbol: false,
  lineStyle: { width: 1.5, ...lineStyle },
  itemStyle: { color: lineStyle.color },
})
