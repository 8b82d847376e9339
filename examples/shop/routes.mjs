// What the shop answers. A route is the pattern of a path and not the path, which holds ids: a label with an id in it makes
// a billed series for each of them.

import { randomUUID } from 'node:crypto'
import { metricsStats } from '@sim/hkm-native'
import { orders, PLANS, REGIONS, VOUCHERS } from './metrics.mjs'
import { enqueue } from './queue.mjs'

const MAX_BODY_BYTES = 100_000

const placed = new Map()

/** @type {Record<string, (request: import('node:http').IncomingMessage, id: string) => unknown>} */
const ROUTES = {
  'GET /health': () => [200, { isHealthy: true }],
  'GET /status': () => [200, metricsStats()],
  'POST /orders': async (request) => {
    const order = orderIn(await bodyOf(request))
    if (order === undefined)
      return [400, { error: 'an order has a region, a plan, lines and perhaps a voucher' }]
    const { region, plan, voucher, lines } = order
    const value = lines.reduce((sum, { cents, quantity }) => sum + cents * quantity, 0) / 100
    placed.set(order.id, order)
    orders.placed.add(1, { region, plan })
    // Without a voucher, the value has no such dimension.
    orders.orderValue.record(value, { region, voucher })
    enqueue(order)
    return [202, { id: order.id, value }]
  },
  'GET /orders/:id': (_request, id) => (placed.has(id) ? [200, placed.get(id)] : [404, {}]),
}

/** Returns the route of a request, and the function that answers it with a status and a body. */
export function routeOf({ method, url }) {
  const [, first, id] = new URL(url, 'http://shop').pathname.split('/')
  const route = `${method} /${first}${id === undefined ? '' : '/:id'}`
  if (!Object.hasOwn(ROUTES, route)) return { route: 'other', answer: () => [404, {}] }
  return { route, answer: (request) => ROUTES[route](request, id) }
}

async function bodyOf(request) {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > MAX_BODY_BYTES) return undefined
  }
  return text
}

function orderIn(text) {
  try {
    const { region, plan, voucher, lines } = JSON.parse(text)
    const isKnown = REGIONS.includes(region) && PLANS.includes(plan)
    const isAllowed = voucher === undefined || VOUCHERS.includes(voucher)
    return isKnown && isAllowed && Array.isArray(lines) && lines.every(isLine)
      ? { id: randomUUID(), region, plan, voucher, lines }
      : undefined
  } catch {
    return undefined
  }
}

const isLine = (line) =>
  typeof line?.article === 'string' &&
  [line.cents, line.grams, line.quantity].every(
    (number) => Number.isSafeInteger(number) && number > 0
  )
