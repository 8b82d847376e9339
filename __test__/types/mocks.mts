// Compiled, never run: what tests of the package's users put in its place.

import {
  type FailureReason,
  type flushHostedKeyMetrics,
  type HostedKeyMetrics,
  type HostedKeyMetricsStats,
  hostedKeyMetrics,
  type hostedKeyMetricsStats,
} from '@sim/hkm-native'

// As vitest and jest declare them, as far as a mock of an object of functions needs it.
// biome-ignore lint/suspicious/noExplicitAny: as they declare it
type Procedure = (...args: any[]) => any
interface MockInstance<T extends Procedure = Procedure> {
  mock: { calls: Parameters<T>[]; results: { value: ReturnType<T> }[] }
  mockImplementation(implementation: T): this
  mockReturnValue(value: ReturnType<T>): this
  mockClear(): this
}
interface Mock<T extends Procedure = Procedure> extends MockInstance<T> {
  (...args: Parameters<T>): ReturnType<T>
}
type Mocked<T> = { [K in keyof T]: T[K] extends Procedure ? Mock<T[K]> : T[K] } & T
declare const vi: {
  fn<T extends Procedure = Procedure>(implementation?: T): Mock<T>
  spyOn<T, K extends keyof T>(
    object: T,
    method: K
  ): MockInstance<T[K] extends Procedure ? T[K] : never>
  mock(path: string, factory: (original: <T>() => Promise<T>) => unknown): void
  mocked<T extends Procedure>(item: T): Mock<T>
  mocked<T>(item: T): Mocked<T>
}

const mock = {
  recordUsed: vi.fn(),
  recordFailed: vi.fn(),
  recordCostCharged: vi.fn(),
  recordThrottled: vi.fn(),
  recordUpstreamRateLimited: vi.fn(),
  recordQueueWait: vi.fn(),
  recordQueueWaitExceeded: vi.fn(),
  recordUnknownModelCost: vi.fn(),
} satisfies HostedKeyMetrics
export const replaced: typeof hostedKeyMetrics = mock
mock.recordUsed.mockClear()

const typed = {
  recordUsed: vi.fn<HostedKeyMetrics['recordUsed']>(),
  recordFailed: vi.fn<typeof hostedKeyMetrics.recordFailed>(),
} satisfies Partial<HostedKeyMetrics>
export const failures: (FailureReason | null | undefined)[] = typed.recordFailed.mock.calls.map(
  ([labels]) => labels.reason
)

const partial: Partial<HostedKeyMetrics> = { recordUsed() {} }
export const some: HostedKeyMetrics = { ...mock, ...partial } as HostedKeyMetrics
export const picked: Pick<HostedKeyMetrics, 'recordUsed' | 'recordFailed'> = mock
export const byName: Record<keyof HostedKeyMetrics, Mock> = mock

// Plain functions that do with fewer parameters, or keep what they are given.
export const used: unknown[] = []
export const noop: HostedKeyMetrics = {
  recordUsed: (labels) => used.push(labels),
  recordFailed: ({ reason, key }) => used.push(`${key}: ${reason}`),
  recordCostCharged: (costUsd) => used.push(costUsd.toFixed(4)),
  recordThrottled() {},
  recordUpstreamRateLimited() {},
  recordQueueWait(durationMs, { reason }) {
    used.push(durationMs, reason)
  },
  recordQueueWaitExceeded() {},
  recordUnknownModelCost() {},
}
class Recorder implements HostedKeyMetrics {
  readonly calls: string[] = []
  recordUsed() {
    this.calls.push('Used')
  }
  recordFailed() {}
  recordCostCharged(costUsd: number) {
    this.calls.push(`CostCharged ${costUsd}`)
  }
  recordThrottled() {}
  recordUpstreamRateLimited() {}
  recordQueueWait() {}
  recordQueueWaitExceeded() {}
  recordUnknownModelCost() {}
}
export const recorder: typeof hostedKeyMetrics = new Recorder()

// The whole module, or the rest of it as it is.
vi.mock('@sim/hkm-native', () => ({ hostedKeyMetrics: mock, flushHostedKeyMetrics: vi.fn() }))
vi.mock('@sim/hkm-native', async (original) => ({
  ...(await original<typeof import('@sim/hkm-native')>()),
  hostedKeyMetrics: mock,
}))
export const flush = vi.fn<typeof flushHostedKeyMetrics>().mockReturnValue(Promise.resolve())
flush.mockReturnValue(Promise.resolve({ delivered: false, remaining: 3 }))
declare const someStats: HostedKeyMetricsStats
vi.fn<typeof hostedKeyMetricsStats>().mockReturnValue({
  ...someStats,
  state: 'off',
  reason: 'test',
})

// On the real object.
vi.spyOn(hostedKeyMetrics, 'recordUsed').mockImplementation(() => {})
vi.spyOn(hostedKeyMetrics, 'recordCostCharged').mockImplementation((costUsd, { tool }) => {
  used.push(costUsd, tool)
})
vi.mocked(hostedKeyMetrics).recordUsed.mockClear()
export const recordedTool = vi.mocked(hostedKeyMetrics.recordUsed).mock.calls[0]?.[0].tool
