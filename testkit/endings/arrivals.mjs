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
export function* wrongRecords({ untold = 0 }, end, cloudwatch) {
  const told = toldBy(end)
  if (told.size === 0) yield 'nothing was told'
  const arrived = arrivals(cloudwatch)
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

/** Returns, by source, how often each number arrived. */
function arrivals(cloudwatch) {
  const sources = new Map()
  for (const { dimensions, values, counts } of cloudwatch.applied()) {
    const source = dimensions.find(({ Name }) => Name === 'Provider').Value
    if (!sources.has(source)) sources.set(source, new Map())
    const numbers = sources.get(source)
    values.forEach((value, index) => {
      numbers.set(value, (numbers.get(value) ?? 0) + counts[index])
    })
  }
  return sources
}
