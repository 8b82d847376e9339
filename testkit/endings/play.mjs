// Plays an ending. The process has to end as it does with metrics off. Each record has to arrive exactly once, or to be
// reported as lost.

import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { wrongRecords } from './arrivals.mjs'
import { runChild } from './child.mjs'
import { lossOn } from './endings.mjs'
import { wrongLossReports } from './lost-records.mjs'
import { wrongEnd } from './verdict.mjs'

/**
 * Plays an ending, and the same with metrics off. Returns what is wrong; an empty list means that nothing is.
 *
 * @param {import('./endings.mjs').Ending} ending
 * @param {{ name: string, command: string }} runtime
 * @param {Promise<object>} [bare] how it ended with metrics off, if that was played before
 */
export async function play(ending, runtime, bare = playBare(ending, runtime)) {
  const cloudwatch = await startLocalCloudWatch()
  try {
    cloudwatch.setFault(ending.fault)
    const end = await runChild(ending, runtime, cloudwatch)
    const problems = [...wrongEnd(ending, end, await bare), ...wrongLossReports(ending, end)]
    const requests = cloudwatch.requests.length
    if (requests > ending.mostRequests) problems.push(`delayed by ${requests} requests`)
    return ending.isLost
      ? problems
      : [...problems, ...wrongDelivery(ending, runtime, end, cloudwatch)]
  } finally {
    await cloudwatch.close()
  }
}

/** If an ending says why records are lost on a runtime, their delivery is a problem too: the reason is out of date. */
function wrongDelivery(ending, runtime, end, cloudwatch) {
  const problems = [...wrongRecords(ending, end, cloudwatch)]
  const reason = lossOn(ending, runtime)
  if (reason === undefined) return problems
  return problems.length > 0 ? [] : [`nothing was lost, although: ${reason}`]
}

/** Plays an ending with metrics off. Returns `undefined` when the two cannot be compared. */
export async function playBare(ending, runtime) {
  if (ending.isOwn) return undefined
  const cloudwatch = await startLocalCloudWatch()
  try {
    return await runChild(ending, runtime, cloudwatch, { HKM_ENABLED: 'false' })
  } finally {
    await cloudwatch.close()
  }
}
