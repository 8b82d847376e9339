// Records once where the C library cannot be told from /usr/bin/ldd, and writes what that did to the process to stdout. The argument is
// JSON: `maps` is what /proc/self/maps has, or `null` if it cannot be read; `excludeNetwork` is what the host has set;
// `report` is what became of `process.report`.

const fs = require('node:fs')
const children = require('node:child_process')

const { maps, excludeNetwork, report = 'real' } = JSON.parse(process.argv[2])
const seen = { reports: [], children: 0, files: [] }

const { readFileSync } = fs
fs.readFileSync = (file, ...rest) => {
  if (file === '/usr/bin/ldd' || (file === '/proc/self/maps' && maps === null)) {
    seen.files.push(file)
    throw new Error(`ENOENT: ${file}`)
  }
  if (file === '/proc/self/maps' && maps !== undefined) return maps
  return readFileSync(file, ...rest)
}
children.execSync = () => {
  seen.children++
  throw new Error('no child')
}

if (excludeNetwork !== undefined) process.report.excludeNetwork = excludeNetwork
if (report === 'missing') delete process.report
const real = process.report
if (real !== undefined) {
  const { getReport } = real
  real.getReport = () => {
    seen.reports.push(real.excludeNetwork)
    if (report === 'throws') throw new Error('of a report')
    return getReport.call(real)
  }
  if (report === 'frozen') Object.freeze(real)
  if (report.endsWith('copy')) {
    const value = {
      ...(excludeNetwork !== undefined && { excludeNetwork }),
      getReport: real.getReport,
    }
    if (report === 'a frozen copy') Object.freeze(value)
    Object.defineProperty(process, 'report', { value, configurable: true })
  }
}
const before = Object.getOwnPropertyDescriptor(process, 'report')

const { hostedKeyMetrics, metricsStats } = require('../../index.js')

hostedKeyMetrics.recordUsed({ provider: 'p' })
const left = Object.getOwnPropertyDescriptor(process, 'report')
const isSame = ['get', 'set', 'value', 'writable', 'enumerable', 'configurable'].every(
  (name) => before?.[name] === left?.[name]
)
console.log(
  JSON.stringify({
    ...seen,
    state: metricsStats().state,
    excludeNetwork: process.report?.excludeNetwork,
    isSame: isSame && process.report === (before?.value ?? real),
  })
)
