/** Whether a process's memory stays flat, from a sample of it every second. */

/** What it takes to warm up: caches, pools, the young generation of the heap, the first backlog. */
const WARM_UP_MS = 60_000
/** After the warm-up; with less to go by, a slope says nothing. */
const LEAST_MS = 3 * 60_000
/**
 * Bytes a record, from which on memory is called growing. The least that could be kept of each record is a count
 * of 8 bytes. An allocator under backlogs of every size still settles by up to 1.5 in the first minutes.
 */
const MOST_BYTES_A_RECORD = 2
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
 * @returns {{ afterWarmUp: number, atEnd: number, most: number, slope: number, lateSlope: number, heapSlope: number,
 *   limit: number, verdict: 'flat' | 'GROWS' | 'too short to tell' }} kB, and kB a minute after the warm-up;
 *   `lateSlope` is that of the second half of the run
 */
export function judgeMemory(samples, recordsPerMinute) {
  const length = samples.at(-1).at
  const warmUp = Math.min(WARM_UP_MS, length / 2)
  const after = (time) => samples.filter(({ at }) => at >= time)
  const slopeAfter = (time, pick) =>
    slopeOf(after(time).map((sample) => [sample.at / MINUTE_MS, pick(sample) / KB]))
  const slope = slopeAfter(warmUp, ({ rss }) => rss)
  const limit = (recordsPerMinute * MOST_BYTES_A_RECORD) / KB
  const flatOrNot = slope < limit ? 'flat' : 'GROWS'
  return {
    afterWarmUp: after(warmUp)[0].rss / KB,
    atEnd: samples.at(-1).rss / KB,
    most: Math.max(...samples.map(({ rss }) => rss)) / KB,
    slope,
    lateSlope: slopeAfter(length / 2, ({ rss }) => rss),
    heapSlope: slopeAfter(warmUp, ({ heapUsed }) => heapUsed),
    limit,
    verdict: length - warmUp < LEAST_MS ? 'too short to tell' : flatOrNot,
  }
}
