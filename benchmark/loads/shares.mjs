// Numbers that look random and are the same in each process.

/** Shares of 1, by the generator of POSIX `rand_r`. */
export function shares(seed, count) {
  let state = seed
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  })
}
