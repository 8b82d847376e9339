// What most rows have in common.

import { knowing } from '../server.mjs'

/** @type {import('../server.mjs').Zone} */
export const ZONE = { 'cloudwatch.test': { A: ['127.0.0.1'] } }

/** Knows the name of the endpoint. */
export const GOOD = { reaction: knowing(ZONE) }

/** A file that names servers. */
export const asking = (...servers) => servers.map((server) => `nameserver ${server}\n`).join('')

/** The search domains of a Kubernetes pod. */
export const OF_POD =
  'search a.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n'
