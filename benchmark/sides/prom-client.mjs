// Counters and histograms that wait to be scraped: the client that most services have for Prometheus.

import client from 'prom-client'
import { everyRecorder } from './every-recorder.mjs'

const KINDS = { counter: client.Counter, value: client.Histogram }

// prom-client's own default buckets.
export const hostedKeyMetrics = everyRecorder(
  (counter, labels, amount) => counter.inc(labels, amount),
  (histogram, labels, value) => histogram.observe(labels, value),
  (name, kind, labelNames) => new KINDS[kind]({ name, help: name, labelNames })
)
