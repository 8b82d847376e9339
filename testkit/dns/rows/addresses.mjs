// Addresses that answer, and those that do not.

import { after, byType, knowing, onceThen, silent } from '../server.mjs'
import { asking } from './zones.mjs'

/** More dead addresses than connecting tries in its two seconds. */
const DEAD = Array.from({ length: 7 }, (_, index) => `10.9.0.${index + 2}`)

/** Packets to these addresses are lost. */
const LOST = {
  name: 'hkm0',
  addresses: ['10.9.0.1/24', 'fd09::1/64'],
  neighbours: [...DEAD, 'fd09::2', 'fd09::3'],
}

const at = (name, addresses, more) => ({
  name,
  resolvConf: asking('127.0.0.2'),
  servers: { '127.0.0.2': { reaction: knowing({ 'cloudwatch.test': addresses }) } },
  interface: LOST,
  expected: 'yes',
  ...more,
})

/** Its first answer is a dead address, and it may not be kept. */
const moving = (name, wrap) =>
  at(
    name,
    {},
    {
      servers: {
        '127.0.0.2': {
          reaction: wrap(
            onceThen(
              knowing({ 'cloudwatch.test': { A: DEAD.slice(0, 1) } }, 0),
              knowing({ 'cloudwatch.test': { A: ['127.0.0.1'] } }, 0)
            )
          ),
        },
      },
      isPatient: true,
      expected: 'later',
      why: 'the package tries again, and the other columns look the name up once',
    }
  )

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
  at(
    'seven unreachable addresses before a good one',
    { A: [...DEAD, '127.0.0.1'] },
    { isPatient: true, expected: 'later' }
  ),
  at(
    'an unreachable A, and a good AAAA after 600 ms',
    {},
    {
      servers: {
        '127.0.0.2': {
          reaction: byType(
            { AAAA: after(600, knowing({ 'cloudwatch.test': { AAAA: ['::1'] } }, 0)) },
            knowing({ 'cloudwatch.test': { A: DEAD.slice(0, 1) } }, 0)
          ),
        },
      },
      listen: ['::1'],
      isPatient: true,
      expected: 'later',
    }
  ),
  moving('moved away from an unreachable address', (reaction) => reaction),
  moving('moved away from an unreachable address, with slow answers', (reaction) =>
    after(600, reaction)
  ),
  moving('moved away from an unreachable address, with AAAA never', (reaction) =>
    byType({ AAAA: silent }, reaction)
  ),

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
