/** At every snapshot, each record is in exactly one place, and so is each record in a roll-up. */

const total = (dropped) => Object.values(dropped).reduce((sum, points) => sum + points, 0)

/** @param {import('../index.js').HostedKeyMetricsStats} stats */
export function isBalanced({ recorded, applied, buffered, inFlight, dropped, rollups }) {
  return (
    recorded === applied + buffered + inFlight + total(dropped) &&
    (rollups === undefined ||
      rollups.stored === rollups.applied + rollups.buffered + rollups.inFlight + rollups.dropped)
  )
}
