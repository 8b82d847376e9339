// The groups of figures, in the order in which they are measured and printed.

import * as bulk from './bulk.mjs'
import * as cpu from './cpu.mjs'
import * as declared from './declared.mjs'
import * as endings from './endings.mjs'
import * as growth from './growth.mjs'
import * as heap from './heap.mjs'
import * as outage from './outage.mjs'
import * as record from './record.mjs'
import * as rust from './rust.mjs'
import * as spool from './spool.mjs'
import * as stall from './stall.mjs'
import * as startup from './startup.mjs'
import * as wire from './wire.mjs'

/**
 * @typedef {object} Group
 * @property {string} name
 * @property {(bench: import('../bench.mjs').Bench) => Promise<void>} run
 * @property {(samples: import('../samples.mjs').Samples) => string[]} tables Markdown
 * @type {Group[]}
 */
export const GROUPS = [
  record,
  declared,
  heap,
  cpu,
  bulk,
  stall,
  wire,
  outage,
  startup,
  endings,
  growth,
  spool,
  rust,
]
