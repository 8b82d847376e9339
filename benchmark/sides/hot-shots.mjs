// StatsD over UDP, to a socket on loopback that reads and counts.

import { setTimeout as sleep } from 'node:timers/promises'
import { StatsD } from 'hot-shots'
import { everyRecorder } from './every-recorder.mjs'

// The size that the documentation of hot-shots gives for a local agent, in bytes, and how long a part of it waits.
const BUFFER = { maxBufferSize: 8_192, bufferFlushInterval: 20 }

// What is sent in a burst is gone after this, in milliseconds; nobody answers.
const SETTLE_MS = 40

/** @param {{ isBuffered?: boolean }} [options] the default is a datagram for each record */
export function open({ isBuffered = false } = {}) {
  const client = new StatsD({
    host: '127.0.0.1',
    port: Number(process.env.BENCHMARK_STATSD_PORT),
    errorHandler() {},
    ...(isBuffered && BUFFER),
  })
  client.socket.unref?.()
  return {
    client,
    metrics: everyRecorder(
      (metric, labels, amount) => client.increment(metric, amount, labels),
      (metric, labels, value) => client.distribution(metric, value, labels)
    ),
    flush: () => sleep(SETTLE_MS),
    makeRoom: () => sleep(SETTLE_MS),
    dropped: () => 0,
  }
}
