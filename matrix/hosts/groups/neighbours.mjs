// Libraries of other people beside the package, in one process.

import { NEIGHBOURS } from '../neighbour-list.mjs'
import { neighbour } from '../neighbours.mjs'

/** Tracers are preloaded, which is a matter of Node. */
const runtimesOf = ({ preload }) =>
  preload ? ['Node 24', 'Node 26'] : ['Node 20', 'Node 26', 'Bun 1.4']

/** @type {import('../../hosts.mjs').Group} */
export const ofNeighbours = ({ all }) =>
  Object.entries(NEIGHBOURS).flatMap(([name, given]) =>
    all
      .filter((runtime) => runtimesOf(given).includes(runtime.name))
      .map((runtime) => ({
        name: `beside ${name}`,
        runtime,
        host: neighbour(name),
        folder: 'matrix/hosts/neighbours/',
      }))
  )
