// How the fuzzers run: arbitrary sequences, one after the other, by fast-check.

import fc from 'fast-check'

/**
 * Plays arbitrary sequences until one fails, and then shorter ones. Resolves when none is being played any more.
 *
 * @template Sequence
 * @param {fc.Arbitrary<Sequence>} sequences
 * @param {(sequence: Sequence) => Promise<void>} play rejects if a sequence goes wrong
 * @param {object} limits
 * @param {number} limits.seed
 * @param {string} [limits.path] of a failure that was found with this seed
 * @param {number} [limits.runs] the number of sequences
 * @param {number} [limits.seconds] the time for all of them
 */
export async function playAll(sequences, play, { seed, path, runs, seconds }) {
  // At the end of its time fast-check does not wait for the sequence that is played.
  let playing
  const property = fc.asyncProperty(sequences, (sequence) => {
    playing = play(sequence)
    return playing
  })
  try {
    await fc.assert(property, {
      seed,
      path,
      numRuns: runs ?? Number.MAX_SAFE_INTEGER,
      interruptAfterTimeLimit: seconds && seconds * 1_000,
      includeErrorInReport: true,
    })
    await playing
  } finally {
    await playing?.catch(() => {})
  }
}
