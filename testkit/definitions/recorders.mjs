/** Makes definitions of `arbitrary.mjs` with the package, and records with them. */

/** The name of a metric that is accepted whatever is refused. */
export const CANARY = 'The canary'

/**
 * @param {typeof import('../../index.js')} sut
 * @param {object} definition
 */
export function define(sut, { metrics, ...rest }) {
  const made = Object.entries(metrics).map(([key, { kind, ...options }]) => [
    key,
    sut[kind](options),
  ])
  return sut.defineMetrics({ ...rest, metrics: Object.fromEntries(made) })
}

const METHODS = { counter: 'add', distribution: 'record', gauge: 'set' }

/** Records a value, by a recorder that is bound to its labels if the call says so. Returns what the recorder returns. */
export function record(metrics, { key, kind, value, labels, isBound }) {
  const method = METHODS[kind]
  if (isBound) return metrics[key].with(labels)[method](value)
  return labels === undefined ? metrics[key][method](value) : metrics[key][method](value, labels)
}
