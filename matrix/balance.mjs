/** At every snapshot, each record is in exactly one place. */

const total = (dropped) => Object.values(dropped).reduce((sum, points) => sum + points, 0)

/** @param {import('../index.js').HostedKeyMetricsStats} stats */
export function isBalanced({ recorded, applied, buffered, inFlight, dropped }) {
  return recorded === applied + buffered + inFlight + total(dropped)
}
