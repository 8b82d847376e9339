// Code under test, which records.

import { hostedKeyMetrics } from '@sim/hkm-native'

/** Calls a tool on a hosted key, and records what it did. */
export function call(tool, { isFailing = false } = {}) {
  const labels = { provider: 'openai', tool, key: 'OPENAI_API_KEY_1' }
  if (isFailing) hostedKeyMetrics.recordFailed({ ...labels, reason: 'other' })
  else hostedKeyMetrics.recordUsed(labels)
  return isFailing ? 'failed' : 'done'
}
