// Hosts that freeze the process between invocations, as Lambda does.

import { lambda } from '../lambda.mjs'

/** Each client, and the runtimes that it is for. */
const CLIENTS = {
  'aws-lambda-ric 3': ['Node 20', 'Node 22'],
  'aws-lambda-ric 4': ['Node 22', 'Node 24', 'Node 26'],
  'own loop': ['Node 20', 'Bun 1.3', 'Bun 1.4'],
}

/** @type {import('../../hosts.mjs').Group} */
export const ofFrozen = ({ all }) =>
  Object.entries(CLIENTS).flatMap(([client, names]) =>
    all
      .filter(({ name }) => names.includes(name))
      .map((runtime) => ({
        name: `Lambda, ${client}`,
        runtime,
        host: lambda(client),
        folder: 'matrix/hosts/lambda/',
      }))
  )
