// Addresses that answer, and those that do not.

import { knowing } from '../server.mjs'
import { asking } from './zones.mjs'

/** Packets to these addresses are lost. */
const LOST = {
  name: 'hkm0',
  addresses: ['10.9.0.1/24', 'fd09::1/64'],
  neighbours: ['10.9.0.2', '10.9.0.3', 'fd09::2', 'fd09::3'],
}

const at = (name, addresses, more) => ({
  name,
  resolvConf: asking('127.0.0.2'),
  servers: { '127.0.0.2': { reaction: knowing({ 'cloudwatch.test': addresses }) } },
  interface: LOST,
  expected: 'yes',
  ...more,
})

const local = (name, more) => ({
  name,
  endpoint: 'http://localhost:8080',
  resolvConf: asking('127.0.0.2'),
  servers: { '127.0.0.2': { reaction: knowing({}) } },
  expected: 'yes',
  ...more,
})

const BOTH = '127.0.0.1 localhost\n::1 localhost ip6-localhost\n'

/** @type {import('../rows.mjs').Row[]} */
export const addresses = [
  at('AAAA only', { AAAA: ['::1'] }, { listen: ['::1'] }),
  at('A and AAAA, and only A listens', { A: ['127.0.0.1'], AAAA: ['::1'] }),
  at('A and AAAA, and only AAAA listens', { A: ['127.0.0.1'], AAAA: ['::1'] }, { listen: ['::1'] }),
  at(
    'an unreachable A beside a good AAAA',
    { A: ['10.9.0.2'], AAAA: ['::1'] },
    { listen: ['::1'] }
  ),
  at('an unreachable AAAA beside a good A', { A: ['127.0.0.1'], AAAA: ['fd09::2'] }),
  at('an AAAA without a route beside a good A', { A: ['127.0.0.1'], AAAA: ['2001:db8::1'] }),
  at(
    'an A without a route beside a good AAAA',
    { A: ['203.0.113.1'], AAAA: ['::1'] },
    { listen: ['::1'] }
  ),
  at('two unreachable addresses before a good one', { A: ['10.9.0.2', '10.9.0.3', '127.0.0.1'] }),
  at('unreachable addresses of both families before a good one', {
    A: ['10.9.0.2', '127.0.0.1'],
    AAAA: ['fd09::2', 'fd09::3'],
  }),

  local('localhost, where only 127.0.0.1 listens', { hosts: BOTH }),
  local('localhost, where only ::1 listens', { hosts: BOTH, listen: ['::1'] }),
  local('localhost is 127.0.0.1 in the file, and only ::1 listens', {
    hosts: '127.0.0.1 localhost\n',
    listen: ['::1'],
    why: 'both addresses of loopback are tried',
  }),
  local('localhost without a file', { hosts: undefined, why: 'localhost needs no file' }),
  local('a name below localhost', {
    endpoint: 'http://cloudwatch.localhost:8080',
    hosts: BOTH,
    why: 'RFC 6761: it is loopback',
  }),
]
