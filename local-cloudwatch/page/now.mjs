/** The time of the server, which a test can set to any other. */

let told = Date.now()
let toldAt = performance.now()

/** @param {number} ms what the server says, in milliseconds since the epoch */
export function setNow(ms) {
  told = ms
  toldAt = performance.now()
}

/** Milliseconds since the epoch. */
export const now = () => told + performance.now() - toldAt
