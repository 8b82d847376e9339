// All rows, each with its subject.

import authorities from './authorities.mjs'
import bundles from './bundles.mjs'
import servers from './servers.mjs'

const of = (subject, rows) => rows.map((row) => ({ subject, ...row }))

/** @type {(import('../play.mjs').Row & { subject: string })[]} */
export const ROWS = [
  ...of('trusted', authorities),
  ...of('in the bundle', bundles),
  ...of('the server', servers),
]
