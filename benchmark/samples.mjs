// Looks up what was measured. The samples of one side are in the order of their rounds.

export class Samples {
  #all

  constructor(all) {
    this.#all = all
  }

  /** Samples that agree with `where` in each of its fields. */
  filter(where) {
    const fields = Object.entries(where)
    const found = this.#all.filter((sample) =>
      fields.every(([name, value]) => sample[name] === value)
    )
    return found.sort((a, b) => a.round - b.round)
  }

  /** One number of each of them. */
  of(where, pick) {
    return this.filter(where)
      .map(pick)
      .filter((value) => value !== undefined)
  }

  /** The same, less what `side` had in the same round. */
  less(where, side, pick) {
    return this.filter(where).flatMap((sample) => {
      const [base] = this.filter({ ...where, side, round: sample.round })
      const [value, less] = [pick(sample), base && pick(base)]
      return value === undefined || less === undefined ? [] : [value - less]
    })
  }

  /** The runtimes that a group was measured on, in the order in which they were. */
  runtimes(group) {
    return [...new Set(this.filter({ group }).map(({ runtime }) => runtime))]
  }
}
