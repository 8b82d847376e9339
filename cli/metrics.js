'use strict'

// The metrics that a command is about: those of a catalogue of the package, or those that modules export.

const { existsSync } = require('node:fs')
const { resolve } = require('node:path')
const { pathToFileURL } = require('node:url')

const hostedKey = require('../lib/catalogues/hosted-key.js')
const workflow = require('../lib/catalogues/workflow.js')
const { UsageError } = require('./usage-error.js')

/** As in `lib/define/metrics.js`, whichever copy of the package a module uses. */
const METRICS = Symbol.for('@sim/hkm-native metrics')

const CATALOGUES = new Map([
  ['hosted-key', hostedKey],
  ['workflow', workflow],
])

/** Milliseconds for which a module may wait at its top level. */
const LOAD_MS = 10_000

/** Endings of modules that not every runtime can load. */
const TYPESCRIPT = /\.[cm]?tsx?$/

/**
 * Returns the metrics of catalogues and modules, each once, in the order of their definitions.
 *
 * @param {string[]} names `hosted-key`, `workflow`, paths of modules, or names of packages
 * @returns {Promise<import('../lib/define/definition.js').Metric[]>}
 */
async function metricsOf(names) {
  const found = new Map()
  for (const name of names) {
    const metrics = CATALOGUES.has(name)
      ? exported([CATALOGUES.get(name).metrics()])
      : await ofModule(name)
    if (metrics.length === 0) {
      throw new UsageError(
        `${name} exports no metrics: export what defineMetrics() returns, or one of its recorders`
      )
    }
    for (const metric of metrics) found.set(`${metric.namespace}\n${metric.name}`, metric)
  }
  return [...found.values()]
}

async function ofModule(name) {
  const path = resolve(name)
  const isFile = existsSync(path)
  if (!isFile && /^\.{0,2}\/|\\/.test(name)) throw new UsageError(`there is no module ${name}`)
  try {
    const module = await inTime(
      import(isFile ? pathToFileURL(path).href : require.resolve(name, { paths: [process.cwd()] }))
    )
    return exported([...Object.values(module), ...Object.values(Object(module.default))])
  } catch (error) {
    throw new UsageError(`${name} cannot be loaded: ${told(error)}${hintOf(name, error)}`)
  }
}

function inTime(loading) {
  const late = new Promise((_, reject) => {
    setTimeout(() => reject(new Error(`it waits for more than ${LOAD_MS / 1_000} s`)), LOAD_MS)
  })
  return Promise.race([loading, late])
}

/** The stack of a syntax error begins with its place. */
function told(error) {
  const [place] = String(error?.stack).split('\n')
  const isPlace = error instanceof SyntaxError && /:\d+$/.test(place)
  const message = String(error?.message ?? error).replace(/:\/\/[^@\s/]*@/g, '://[redacted]@')
  return `${message}${isPlace ? ` (${place.replace(/^file:\/\//, '')})` : ''}`
}

function hintOf(name, error) {
  const { code } = Object(error)
  if (code === 'MODULE_NOT_FOUND' && !/^\.{0,2}\//.test(name)) {
    const known = [...CATALOGUES.keys()].join(', ')
    return `\nA module of your own is named by its path, as ./metrics.js. The catalogues are ${known}.`
  }
  if (!TYPESCRIPT.test(name)) return ''
  return '\nLet a loader read TypeScript: NODE_OPTIONS="--import tsx" npx hkm-native …, or name the compiled module.'
}

function exported(values) {
  return values.flatMap((value) => {
    if (Object(value) !== value) return []
    const metrics = value[METRICS]
    if (metrics === undefined) return []
    return Array.isArray(metrics) ? metrics : [metrics]
  })
}

module.exports = { CATALOGUES, metricsOf }
