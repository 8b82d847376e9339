// Evaluates its first argument, the body of an asynchronous function, and sends what it returned. The body has `hkm`, the
// package, `captureMetrics`, the definition `shop`, and `use`, which evaluates the package and its `testing.js` anew.

import { createRequire } from 'node:module'
import * as hkm from '../../index.js'
import { captureMetrics } from '../../testing.js'

const require = createRequire(import.meta.url)

const shop = hkm.defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    orders: hkm.counter({ dimensions: ['region', 'plan'], rollups: [['region'], []] }),
    latency: hkm.distribution({ unit: 'Milliseconds', dimensions: ['region'] }),
    queueDepth: hkm.gauge(),
    perQueue: hkm.gauge({ dimensions: ['queue'] }),
    requests: hkm.counter({ dimensions: ['method', 'route', 'status', 'region', 'zone'] }),
  },
})

function use() {
  for (const file of Object.keys(require.cache)) delete require.cache[file]
  return { hkm: require('../../index.js'), ...require('../../testing.js') }
}

const body = `return (async () => { ${process.argv[2]} })()`
const names = ['hkm', 'captureMetrics', 'shop', 'use', 'require']
const result = await new Function(...names, body)(hkm, captureMetrics, shop, use, require)
process.send({ result }, () => process.disconnect())
