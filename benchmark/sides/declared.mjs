// Metrics of one's own, beside the same with other clients: a counter of named labels, made by `counter`. It has the
// functions of this package: `add(amount, labels)`, and `with(labels)` where the client can look a series up before.

import { open as openSide } from './index.mjs'

/**
 * @typedef {{ add: (amount: number, labels?: Record<string, string>) => void }} Bound
 * @typedef {Bound & { with?: (labels: Record<string, string>) => Bound }} Counter
 * @typedef {import('./index.mjs').Side & { counter: (name: string, keys: string[]) => Counter }} DeclaringSide
 */

const NAMESPACE = 'Benchmark'

async function ofThisPackage() {
  const { counter, defineMetrics } = await import('../../index.js')
  return (name, dimensions) =>
    defineMetrics({ namespace: NAMESPACE, metrics: { [name]: counter({ name, dimensions }) } })[
      name
    ]
}

async function ofPromClient() {
  const { default: client } = await import('prom-client')
  return (name, labelNames) => {
    const counter = new client.Counter({ name, help: name, labelNames })
    return {
      add: (amount, labels) => counter.inc(labels, amount),
      with: (labels) => {
        const child = counter.labels(labels)
        return { add: child.inc }
      },
    }
  }
}

async function ofOpenTelemetry() {
  const { meter } = await import('./opentelemetry.mjs')
  return (name) => meter.createCounter(name)
}

async function ofHotShots({ client }) {
  return (name) => ({ add: (amount, labels) => client.increment(name, amount, labels) })
}

async function ofFloor() {
  const { publish } = await import('./floor.mjs')
  let id = 0
  return () => ({
    add: (amount) => publish(1, amount),
    with: () => {
      const own = ++id
      return { add: (amount) => publish(own, amount) }
    },
  })
}

const COUNTERS = {
  native: ofThisPackage,
  'prom-client': ofPromClient,
  opentelemetry: ofOpenTelemetry,
  'hot-shots, buffered': ofHotShots,
  store: ofFloor,
}

/**
 * @param {string} name
 * @returns {Promise<DeclaringSide>}
 */
export async function open(name) {
  const side = await openSide(name)
  return { ...side, counter: await COUNTERS[name](side) }
}
