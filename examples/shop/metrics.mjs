// The metrics of the shop. The main thread and the worker thread both import this file.

import { counter, defineMetrics, distribution, gauge } from '@sim/hkm-native'

// Labels are of few values. What comes from a client is checked against these lists before it is one.
export const REGIONS = ['eu', 'us', 'asia']
export const PLANS = ['free', 'pro']
export const VOUCHERS = ['welcome', 'loyalty']

/** What HTTP clients see. */
export const web = defineMetrics({
  namespace: 'Shop/Web',
  defaultDimensions: { Service: 'shop' },
  metrics: {
    requests: counter({
      dimensions: { route: {}, status: ['2xx', '4xx', '5xx'] },
      // An alarm on failures in total needs a series of its own: CloudWatch adds up no dimensions.
      rollups: [['status'], []],
      description: 'Answered requests',
    }),
    requestDuration: distribution({
      unit: 'Milliseconds',
      dimensions: ['route'],
      rollups: [[]],
      description: 'From the head of a request to the end of its answer',
    }),
  },
})

/** What the shop sells and sends. */
export const orders = defineMetrics({
  namespace: 'Shop/Orders',
  defaultDimensions: { Service: 'shop' },
  metrics: {
    placed: counter({
      dimensions: { region: REGIONS, plan: PLANS },
      rollups: [['region'], []],
      description: 'Orders that were accepted',
    }),
    orderValue: distribution({
      dimensions: { region: REGIONS, voucher: { values: VOUCHERS, optional: true } },
      rollups: [['region'], []],
      description: 'Euros',
    }),
    shipped: counter({
      dimensions: { region: REGIONS, carrier: ['post', 'freight'] },
      rollups: [['carrier'], []],
      description: 'Parcels that were handed to a carrier',
    }),
    packingDuration: distribution({
      unit: 'Seconds',
      dimensions: { carrier: ['post', 'freight'] },
      rollups: [[]],
      description: 'From the begin of packing to the handover',
    }),
  },
})

/** Of high resolution, because a queue fills up in seconds. */
export const queue = defineMetrics({
  namespace: 'Shop/Queue',
  storageResolution: 1,
  defaultDimensions: { Service: 'shop' },
  metrics: {
    depth: gauge({ unit: 'Count', description: 'Orders that wait to be packed' }),
  },
})
