/** Looks at the counters again and again: every record has to be somewhere, at every moment. */

import { metricsStats } from '../index.js'
import { isBalanced } from './balance.mjs'

/** Snapshots taken so far in this thread, and the first that did not add up. */
export class Snapshots {
  taken = 0
  unbalanced = 0
  /** @type {import('../index.js').HostedKeyMetricsStats | undefined} */
  first

  take() {
    const stats = metricsStats()
    this.taken++
    if (!isBalanced(stats)) {
      this.unbalanced++
      this.first ??= stats
    }
    return stats
  }

  /** These, and those of another thread. @param {{ taken: number, unbalanced: number, first?: object }} others */
  and({ taken, unbalanced, first }) {
    return {
      taken: this.taken + taken,
      unbalanced: this.unbalanced + unbalanced,
      first: this.first ?? first,
    }
  }
}
