// Conditions that several endings share: a CloudWatch that never answers, and how long the end of the process waits.

import { hang } from '@sim/local-cloudwatch/faults'

/** The deadline of endings in which nothing can be delivered. */
export const BRIEFLY = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }

/** Only the end of the process flushes, however long the process takes to get there. */
export const AT_THE_END = { HKM_FLUSH_INTERVAL_MS: '3600000' }

/** A deadline that is longer than a child may run. */
export const FOR_A_MINUTE = { HKM_SHUTDOWN_TIMEOUT_MS: '60000' }

/** A request times out after five seconds, so that there is at most one for each flush. */
export const HANG = {
  fault: hang(),
  env: BRIEFLY,
  isLost: true,
  lossReports: 1,
  mostRequests: 1,
}

/** The flush lasts until something else ends the process. */
export const HANG_FOR_A_MINUTE = { ...HANG, env: FOR_A_MINUTE, isOwn: true }
