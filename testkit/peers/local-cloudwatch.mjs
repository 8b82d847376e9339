/** A local CloudWatch with a client of the AWS SDK, both by one clock, which stands still until a test sets it. */

import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { NOW, sdk } from './local-client.mjs'

export async function startWithClient() {
  let now = NOW
  const cloudwatch = await startLocalCloudWatch({ now: () => now })
  const client = sdk(cloudwatch.endpoint)
  return {
    cloudwatch,
    client,
    /** @param {Date | number} time */
    goTo(time) {
      now = Number(time)
      client.config.systemClockOffset = now - Date.now()
    },
    async close() {
      client.destroy()
      await cloudwatch.close()
    },
  }
}
