// Servers that say nothing, or say it late.

import { after, byType, failing, knowing, losing, silent } from '../server.mjs'
import { asking, GOOD, OF_POD, ZONE } from './zones.mjs'

const SILENT = { reaction: silent }
const SLOW_LIBC = 'glibc waits five seconds for each question'

/** @type {import('../rows.mjs').Row[]} */
export const silence = [
  {
    name: 'one lost packet',
    resolvConf: asking('127.0.0.2'),
    servers: { '127.0.0.2': { reaction: losing(1, knowing(ZONE)) } },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'two lost packets',
    resolvConf: asking('127.0.0.2'),
    servers: { '127.0.0.2': { reaction: losing(2, knowing(ZONE)) } },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'a silent server beside one that answers',
    resolvConf: asking('127.0.0.2', '127.0.0.3'),
    servers: { '127.0.0.2': SILENT, '127.0.0.3': GOOD },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'two silent servers of three',
    resolvConf: asking('127.0.0.2', '127.0.0.3', '127.0.0.4'),
    servers: { '127.0.0.2': SILENT, '127.0.0.3': SILENT, '127.0.0.4': GOOD },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'two servers of three without a way to them',
    resolvConf: asking('10.9.0.2', '10.9.0.3', '127.0.0.2'),
    interface: {
      name: 'hkm0',
      addresses: ['10.9.0.1/24'],
      neighbours: ['10.9.0.2', '10.9.0.3'],
    },
    servers: { '127.0.0.2': GOOD },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'an answer after 1.2 s',
    resolvConf: asking('127.0.0.2'),
    servers: { '127.0.0.2': { reaction: after(1_200, knowing(ZONE)) } },
    expected: 'yes',
  },
  {
    name: 'an answer after 2.5 s',
    resolvConf: asking('127.0.0.2'),
    servers: { '127.0.0.2': { reaction: after(2_500, knowing(ZONE)) } },
    isPatient: true,
    expected: 'later',
    error: /no answer from 127\.0\.0\.2/,
  },
  {
    name: 'an answer just too late, with a time to live of 0',
    resolvConf: asking('127.0.0.2'),
    servers: { '127.0.0.2': { reaction: after(1_800, knowing(ZONE, 0)) } },
    isPatient: true,
    expected: 'later',
  },
  {
    name: 'A answered, and AAAA never',
    resolvConf: asking('127.0.0.2'),
    servers: { '127.0.0.2': { reaction: byType({ AAAA: silent }, knowing(ZONE)) } },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'AAAA never, with a search domain',
    resolvConf: `search cluster.local\noptions ndots:5\n${asking('127.0.0.2')}`,
    servers: { '127.0.0.2': { reaction: byType({ AAAA: silent }, knowing(ZONE)) } },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'AAAA never, with the search domains of a Kubernetes pod',
    resolvConf: `${OF_POD}${asking('127.0.0.2')}`,
    servers: { '127.0.0.2': { reaction: byType({ AAAA: silent }, knowing(ZONE)) } },
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'AAAA answered, and A never',
    resolvConf: asking('127.0.0.2'),
    servers: {
      '127.0.0.2': {
        reaction: byType({ A: silent }, knowing({ 'cloudwatch.test': { AAAA: ['::1'] } })),
      },
    },
    listen: ['::1'],
    expected: 'yes',
    why: SLOW_LIBC,
  },
  {
    name: 'a server whose port is closed beside one that answers',
    resolvConf: asking('127.0.0.2', '127.0.0.3'),
    servers: { '127.0.0.3': GOOD },
    expected: 'yes',
  },
  {
    name: 'only a server whose port is closed',
    resolvConf: asking('127.0.0.2'),
    servers: {},
    expected: 'no',
    error: /127\.0\.0\.2 failed: Connection refused/,
  },
  {
    name: 'only silent servers',
    resolvConf: asking('127.0.0.2', '127.0.0.3'),
    servers: { '127.0.0.2': SILENT, '127.0.0.3': SILENT },
    expected: 'no',
    error: /the name cloudwatch\.test was not resolved: no answer from 127\.0\.0\.2, 127\.0\.0\.3/,
  },
  {
    name: 'a silent server beside one that fails',
    resolvConf: asking('127.0.0.2', '127.0.0.3'),
    servers: { '127.0.0.2': SILENT, '127.0.0.3': { reaction: failing('SERVFAIL') } },
    expected: 'no',
    error: /no answer from 127\.0\.0\.2/,
  },
]
