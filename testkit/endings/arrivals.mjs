// Compares the records that arrived with those that were made.

/** Matches a line of stdout: a source, and the number of records that it has made so far. */
export const TOLD = /^(\S+) (\d+)$/

/** Returns, by source, the number of records that it wrote last. */
export function toldBy({ stdout }) {
  const lines = stdout.split('\n').slice(0, -1)
  return new Map(
    lines.flatMap((line) => {
      const [, source, count] = TOLD.exec(line) ?? []
      return source === undefined ? [] : [[source, Number(count)]]
    })
  )
}

/** Says which records did not arrive exactly once. Those of a source are numbered from 1 on. */
export function* wrongRecords({ untold = 0, env }, end, cloudwatch) {
  const told = toldBy(end)
  if (told.size === 0) yield 'nothing was told'
  const arrived = arrivals(cloudwatch)
  if (env?.HKM_ROLLUPS === 'true') yield* wrongRollups(arrived, cloudwatch)
  for (const source of new Set([...told.keys(), ...arrived.keys()])) {
    const made = told.get(source) ?? 0
    const counts = arrived.get(source) ?? new Map()
    const last = [...counts.keys()].reduce((most, number) => Math.max(most, number), 0)
    if (last > made + untold) yield `${source}: more arrived than was recorded`
    const doubled = [...counts.values()].filter((count) => count > 1).length
    if (doubled > 0) yield `${source}: ${doubled} doubled`
    // A source may end before it writes a number. If one of these records arrived, those before it were made too.
    const sure = Math.max(made, last)
    const missing = sure - counts.size
    if (missing > 0) yield `${source}: ${missing} of ${sure} lost`
  }
}

/** Says which roll-ups do not have the records of their parts: by source, and all. */
function* wrongRollups(arrived, cloudwatch) {
  const bySource = sources(cloudwatch, ['Environment', 'Provider'])
  for (const source of new Set([...arrived.keys(), ...bySource.keys()])) {
    const differs = differences(arrived.get(source), bySource.get(source))
    if (differs > 0) yield `${source}: ${differs} differ in the roll-up`
  }
  const all = new Map()
  for (const counts of arrived.values()) addUp(all, counts)
  const differs = differences(all, sources(cloudwatch, ['Environment']).get(undefined))
  if (differs > 0) yield `${differs} differ in the total`
}

/** A series has as many exact values a minute. If there are more, they are rounded. */
const MOST_EXACT = 1_500

function differences(parts = new Map(), rollup = new Map()) {
  if (parts.size > MOST_EXACT) return Math.abs(total(parts) - total(rollup))
  const values = [...new Set([...parts.keys(), ...rollup.keys()])]
  return values.filter((value) => parts.get(value) !== rollup.get(value)).length
}

/** Returns, by source, how often each number arrived. */
const arrivals = (cloudwatch) => sources(cloudwatch, ['Environment', 'Provider', 'Tool'])

/** Returns, by source, how often each number arrived under these dimensions. */
function sources(cloudwatch, names) {
  const found = new Map()
  for (const { dimensions, values, counts } of cloudwatch.applied()) {
    if (dimensions.map(({ Name }) => Name).join() !== names.join()) continue
    const source = dimensions.find(({ Name }) => Name === 'Provider')?.Value
    if (!found.has(source)) found.set(source, new Map())
    addUp(found.get(source), new Map(values.map((value, index) => [value, counts[index]])))
  }
  return found
}

const total = (counts) => [...counts.values()].reduce((sum, count) => sum + count, 0)

function addUp(sums, counts) {
  for (const [value, count] of counts) sums.set(value, (sums.get(value) ?? 0) + count)
}
