// Compiled, never run: where the compiler knows no `Symbol.dispose`, everything works but `using`.

import { defineMetrics, distribution } from '@sim/hkm-native'
import { captureMetrics } from '@sim/hkm-native/testing'

const { latency } = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: { latency: distribution({ unit: 'Milliseconds', dimensions: ['region'] }) },
})

const stop = latency.startTimer({ region: 'eu' })
export const duration: number = stop()
latency.startTimer()({ region: 'eu' })
captureMetrics().stop()
// @ts-expect-error the library does not have it
stop[Symbol.dispose]()
