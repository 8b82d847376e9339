// Compiled, never run: timers, which take the labels that their start left out.

import {
  defineMetrics,
  distribution,
  type LabelValue,
  type PendingTimer,
  type Timer,
} from '@sim/hkm-native'

const { latency, waits, pauses, sizes } = defineMetrics({
  namespace: 'Shop/Checkout',
  metrics: {
    latency: distribution({ unit: 'Milliseconds', dimensions: ['region', 'plan'] }),
    waits: distribution({
      unit: 'Seconds',
      dimensions: { region: {}, tool: { optional: true } },
    }),
    pauses: distribution({ unit: 'Microseconds' }),
    sizes: distribution({ unit: 'Bytes', dimensions: ['region'] }),
  },
})

// All labels at the start, by a call or at the end of a block.
const stop: Timer = latency.startTimer({ region: 'eu', plan: 'pro' })
export const duration: number = stop()
{
  using timer = latency.startTimer({ region: 'eu', plan: 'pro' })
  timer()
}
{
  using _ = pauses.startTimer()
  using _bound = latency.with({ region: 'eu', plan: 'pro' }).startTimer()
}
export const disposable: Disposable = stop

// The rest at the end.
const begun: PendingTimer<{ region: LabelValue; plan: LabelValue }> = latency.startTimer()
begun({ region: 'eu', plan: 'pro' })
latency.startTimer({})({ region: 'eu', plan: 'pro' })
const half: PendingTimer<{ plan: LabelValue }> = latency.startTimer({ region: 'eu' })
export const recorded: number = half({ plan: 'pro' })

// An optional label, at the start, at the end, or not at all.
const optional: Timer<{ tool?: LabelValue | null | undefined }> = waits.startTimer({ region: 'eu' })
optional()
optional({ tool: 'chat' })
{
  using _ = waits.startTimer({ region: 'eu' })
}
waits.startTimer({ tool: 'chat' })({ region: 'eu' })
waits.startTimer({ region: 'eu', tool: null })()

declare const labels: { region: string; total: number }
declare const uncertain: { region?: string }
declare const flag: boolean

// A label that the start may have left out has to be there at the end.
const unsure: PendingTimer<{ region: LabelValue; plan: LabelValue }> = latency.startTimer(uncertain)
unsure({ region: 'eu', plan: 'pro' })
waits.startTimer(uncertain)({ region: 'eu' })
latency.startTimer(flag ? { region: 'eu' } : { region: 'eu', plan: 'pro' })({
  region: 'eu',
  plan: 'free',
})
latency.startTimer({ region: 'eu', ...(flag ? { plan: 'pro' } : {}) })({ region: 'eu', plan: '' })
latency.startTimer(labels)({ region: 'eu', plan: 'pro' })

// @ts-expect-error labels are missing
stop({})()
// @ts-expect-error no label is left
latency.startTimer({ region: 'eu', plan: 'pro' })({ plan: 'pro' })
// @ts-expect-error the plan is missing
half()
// @ts-expect-error the plan is missing
half({})
// @ts-expect-error the region was given
half({ region: 'us', plan: 'pro' })
// @ts-expect-error a misspelt label
latency.startTimer({ regoin: 'eu' })
// @ts-expect-error a misspelt label beside others
latency.startTimer({ region: 'eu', paln: 'pro' })
// @ts-expect-error a label that is an object
latency.startTimer({ region: {} })
// @ts-expect-error a label that the variable need not have
latency.startTimer(uncertain)()
// @ts-expect-error a label that the variable need not have
latency.startTimer(uncertain)({ plan: 'pro' })
{
  // @ts-expect-error a label that the variable need not have
  using _ = waits.startTimer(uncertain)
}
// @ts-expect-error a label that may be undefined, and is required
latency.startTimer({ region: uncertain.region })
// @ts-expect-error a metric without labels
pauses.startTimer({})
// @ts-expect-error a unit that is not of time
sizes.startTimer({ region: 'eu' })
// @ts-expect-error a unit that is not of time, bound
sizes.with({ region: 'eu' }).startTimer()
// @ts-expect-error labels that are bound
latency.with({ region: 'eu', plan: 'pro' }).startTimer({ plan: 'free' })
{
  // @ts-expect-error labels are missing at the end of the block
  using _ = latency.startTimer({ region: 'eu' })
}
// @ts-expect-error labels are missing at the end of the block
export const early: Disposable = waits.startTimer({ tool: 'chat' })
waits.startTimer(labels)()
