// The service of `examples/shop`, with metrics of its own: an HTTP server, a queue and a worker thread.

import assert from 'node:assert/strict'
import { CREDENTIALS, environment, start } from '../../testkit/harness.mjs'

const SERVICE = new URL('../../examples/shop/index.mjs', import.meta.url)
const ORDERS = 200
/** Placed right before the end: a part of them is packed after it. */
const LAST_ORDERS = 40

const pick = (list, index) => list[index % list.length]

/** Orders of every kind, in cents and grams. */
const orderOf = (index) => ({
  region: pick(['eu', 'us', 'asia'], index),
  plan: pick(['free', 'pro'], Math.floor(index / 3)),
  voucher: pick([undefined, 'welcome', undefined, 'loyalty', undefined], index),
  lines: Array.from({ length: 1 + (index % 3) }, (_, line) => ({
    article: `article ${line}`,
    cents: 1_000 + 25 * (index % 40),
    grams: pick([200, 9_000], index),
    quantity: 1 + (index % 2),
  })),
})

/** @type {import('../hosts.mjs').Host} */
export async function* shop({ runtime, cloudwatch }) {
  const { child, ended, output, until } = start(SERVICE, {
    runtime: runtime.command,
    env: environment(cloudwatch.endpoint, {
      ...CREDENTIALS,
      PORT: '0',
      HKM_ENVIRONMENT: 'shop',
      HKM_FLUSH_INTERVAL_MS: '200',
    }),
  })
  const expected = new Expected()
  const made = []
  try {
    await until(() => output.stdout.includes('\n'))
    const port = Number(output.stdout.match(/\d+/)[0])
    const send = client(`http://127.0.0.1:${port}`, expected)
    const place = async (index) => {
      const order = orderOf(index)
      const { id } = await send('POST', '/orders', 'POST /orders', 202, order)
      expected.order(order)
      made.push({ id, order })
    }

    await send('GET', '/health', 'GET /health', 200)
    assert.equal((await send('GET', '/status', 'GET /status', 200)).state, 'on')
    yield 'loads'

    await Promise.all(Array.from({ length: ORDERS }, (_, index) => place(index)))
    for (const { id, order } of made.slice(0, 20)) {
      const found = await send('GET', `/orders/${id}`, 'GET /orders/:id', 200)
      assert.equal(found.region, order.region)
    }
    await send('GET', '/orders/none', 'GET /orders/:id', 404)
    await send('POST', '/orders', 'POST /orders', 400, { region: 'moon' })
    await send('POST', '/orders', 'POST /orders', 400, 'no object')
    await send('GET', '/unknown', 'other', 404)
    await send('DELETE', '/orders/1', 'other', 404)
    yield 'records'

    // Without any call, by the interval. Packing goes on meanwhile.
    await cloudwatch.until(() => expected.isMet(cloudwatch))
    expected.compare(cloudwatch)
    const { recorded, dropped, rollups } = await send('GET', '/status', 'GET /status', 200)
    assert.ok(recorded >= 5 * ORDERS && rollups.stored > recorded)
    assert.deepEqual(new Set(Object.values(dropped)), new Set([0]))
    yield 'flushes'

    await Promise.all(Array.from({ length: LAST_ORDERS }, (_, index) => place(index)))
    child.kill('SIGTERM')
    const { code, signal, stderr } = await ended
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
    expected.compare(cloudwatch)
    yield 'ends clean'
  } finally {
    child.kill('SIGKILL')
  }
}

/** Sends real requests, and counts what they have to be recorded as. */
function client(address, expected) {
  return async (method, path, route, status, body) => {
    const answer = await fetch(`${address}${path}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    })
    assert.equal(answer.status, status, `${method} ${path}`)
    expected.request(route, `${Math.floor(status / 100)}xx`)
    return answer.json()
  }
}

/**
 * What CloudWatch has to hold, by series: each value with its number. A duration is not known, and counts as one value.
 */
class Expected {
  series = new Map()
  /** Of the depth of the queue: one as an order comes and one as it goes. The callback of the gauge adds samples. */
  changes = 0

  request(route, status) {
    this.add('Requests', [{ route, status }, { status }, {}], 1)
    this.add('RequestDuration', [{ route }, {}], DURATION)
  }

  order({ region, plan, voucher, lines }) {
    const cents = lines.reduce((sum, line) => sum + line.cents * line.quantity, 0)
    const grams = lines.reduce((sum, line) => sum + line.grams * line.quantity, 0)
    const carrier = grams > 20_000 ? 'freight' : 'post'
    this.changes += 2
    this.add('Placed', [{ region, plan }, { region }, {}], 1)
    // Without a voucher, its labels are those of the roll-up: the value is stored there once.
    const sets = voucher ? [{ region, voucher }, { region }, {}] : [{ region }, {}]
    this.add('OrderValue', sets, cents / 100)
    this.add('Shipped', [{ region, carrier }, { carrier }, {}], 1)
    this.add('PackingDuration', [{ carrier }, {}], DURATION)
  }

  add(metric, sets, value) {
    for (const labels of sets) {
      const values = valuesOf(this.series, `${metric} ${JSON.stringify(labels)}`)
      values.set(value, (values.get(value) ?? 0) + 1)
    }
  }

  isMet(cloudwatch) {
    const arrived = arrivedAt(cloudwatch)
    const all = [...this.series].every(
      ([name, values]) => total(arrived.get(name)) >= total(values)
    )
    return all && total(arrived.get('Depth {}')) > this.changes
  }

  compare(cloudwatch) {
    const arrived = arrivedAt(cloudwatch)
    const depths = arrived.get('Depth {}')
    arrived.delete('Depth {}')
    assert.deepEqual(asObject(arrived), asObject(this.series))
    assert.ok(total(depths) > this.changes, `${total(depths)} samples of the depth`)
    assert.ok([...depths.keys()].every((depth) => depth >= 0 && depth <= this.changes / 2))
  }
}

const DURATION = 'a duration'

/** Checks each datum by itself, and returns the values by series. */
function arrivedAt(cloudwatch) {
  const arrived = new Map()
  for (const datum of cloudwatch.applied()) {
    const { namespace, metricName, dimensions, values, counts, storageResolution } = datum
    const isQueue = namespace === 'Shop/Queue'
    assert.equal(storageResolution, isQueue ? 1 : 60)
    assert.equal(namespace, NAMESPACES[metricName])
    const [environment, service, ...own] = dimensions
    assert.deepEqual(environment, { Name: 'Environment', Value: 'shop' })
    assert.deepEqual(service, { Name: 'Service', Value: 'shop' })
    const labels = Object.fromEntries(own.map(({ Name, Value }) => [Name.toLowerCase(), Value]))
    const series = valuesOf(arrived, `${metricName} ${JSON.stringify(labels)}`)
    values.forEach((value, index) => {
      const isDuration = metricName.endsWith('Duration')
      if (isDuration) assert.ok(value >= 0)
      const key = isDuration ? DURATION : value
      series.set(key, (series.get(key) ?? 0) + counts[index])
    })
  }
  return arrived
}

const NAMESPACES = {
  Requests: 'Shop/Web',
  RequestDuration: 'Shop/Web',
  Placed: 'Shop/Orders',
  OrderValue: 'Shop/Orders',
  Shipped: 'Shop/Orders',
  PackingDuration: 'Shop/Orders',
  Depth: 'Shop/Queue',
}

function valuesOf(series, name) {
  if (!series.has(name)) series.set(name, new Map())
  return series.get(name)
}

const total = (values = new Map()) => [...values.values()].reduce((sum, count) => sum + count, 0)

const asObject = (series) =>
  Object.fromEntries(
    [...series].sort().map(([name, values]) => [name, Object.fromEntries([...values].sort())])
  )
