// Counters and histograms of the OpenTelemetry SDK, cumulative, with a reader that never exports.

import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics'
import { everyRecorder } from './every-recorder.mjs'

class SilentReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

export const meter = new MeterProvider({ readers: [new SilentReader()] }).getMeter('benchmark')

// The SDK keeps 2,000 series an instrument by default, and folds further ones into one.
export const hostedKeyMetrics = everyRecorder(
  (counter, labels, amount) => counter.add(amount, labels),
  (histogram, labels, value) => histogram.record(value, labels),
  (name, kind) => (kind === 'counter' ? meter.createCounter(name) : meter.createHistogram(name))
)
