/** Whether a process's memory stays flat, from a sample of it every second. */

/** What it takes to warm up: caches, pools, the young generation of the heap. */
const WARM_UP_MS = 60_000
/** After the warm-up; with less to go by, a slope says nothing. */
const LEAST_MS = 3 * 60_000
const MINUTE_MS = 60_000
const KB = 1_024

/** @typedef {{ at: number, rss: number, heapUsed: number }} Sample milliseconds since the start, and bytes */

/** The slope of a straight line through points, by least squares. @param {[number, number][]} points */
export function slopeOf(points) {
  const mean = (pick) => points.reduce((sum, point) => sum + pick(point), 0) / points.length
  const [x, y] = [mean(([at]) => at), mean(([, value]) => value)]
  return mean(([at, value]) => (at - x) * (value - y)) / mean(([at]) => (at - x) ** 2)
}

/**
 * @param {Sample[]} samples
 * @param {number} recordsPerMinute
 * @returns {{ afterWarmUp: number, atEnd: number, most: number, slope: number, heapSlope: number, most: number,
 *   limit: number, verdict: 'flat' | 'GROWS' | 'too short to tell' }} kB, and kB a minute after the warm-up.
 *   It grows when it takes a byte more for each record: whatever is kept of a record, or of a request, is more.
 */
export function judgeMemory(samples, recordsPerMinute) {
  const length = samples.at(-1).at
  const warmUp = Math.min(WARM_UP_MS, length / 2)
  const settled = samples.filter(({ at }) => at >= warmUp)
  const slope = (pick) => slopeOf(settled.map((it) => [it.at / MINUTE_MS, pick(it) / KB]))
  const limit = recordsPerMinute / KB
  const growth = slope(({ rss }) => rss)
  const flatOrNot = growth < limit ? 'flat' : 'GROWS'
  return {
    afterWarmUp: settled[0].rss / KB,
    atEnd: samples.at(-1).rss / KB,
    most: Math.max(...samples.map(({ rss }) => rss)) / KB,
    slope: growth,
    heapSlope: slope(({ heapUsed }) => heapUsed),
    limit,
    verdict: length - warmUp < LEAST_MS ? 'too short to tell' : flatOrNot,
  }
}
