// /etc/hosts.

import { knowing } from '../server.mjs'
import { asking, GOOD } from './zones.mjs'

const NONE = { '127.0.0.2': { reaction: knowing({}) } }

const listed = (name, hosts, more) => ({
  name: `hosts: ${name}`,
  resolvConf: asking('127.0.0.2'),
  hosts,
  servers: NONE,
  expected: 'yes',
  ...more,
})

/** @type {import('../rows.mjs').Row[]} */
export const hosts = [
  listed('the name', '127.0.0.1 cloudwatch.test\n'),
  listed('in upper case, behind other names', '127.0.0.1\tother.test CloudWatch.TEST # ours\n'),
  listed('behind a comment', '# 127.0.0.1 cloudwatch.test\n', { expected: 'no' }),
  listed('the first address is dead', '127.0.0.8 cloudwatch.test\n127.0.0.1 cloudwatch.test\n'),
  listed('both families', '::1 cloudwatch.test\n127.0.0.1 cloudwatch.test\n'),
  listed('lines that end in CRLF', '127.0.0.1 cloudwatch.test\r\n'),
  listed(
    'bad lines before it',
    'cloudwatch.test\n127.0.0.999 cloudwatch.test\n127.0.0.1 cloudwatch.test\n'
  ),
  listed('50,000 lines', `${'127.0.0.8 blocked.test\n'.repeat(50_000)}127.0.0.1 cloudwatch.test\n`),
  listed('before DNS', '127.0.0.1 cloudwatch.test\n', {
    servers: {
      '127.0.0.2': { reaction: knowing({ 'cloudwatch.test': { A: ['127.0.0.8'] } }) },
    },
  }),
  listed('no file', undefined, { servers: { '127.0.0.2': GOOD } }),
  listed('a pipe', 'a pipe', {
    servers: { '127.0.0.2': GOOD },
    why: 'the C library waits for ever',
  }),
  listed('nsswitch.conf leaves it out', '127.0.0.1 cloudwatch.test\n', {
    nsswitch: 'hosts: dns\n',
    why: 'nsswitch.conf is not read: files, then DNS, is its order everywhere',
  }),
  listed('nsswitch.conf leaves DNS out', '', {
    nsswitch: 'hosts: files\n',
    servers: { '127.0.0.2': GOOD },
    why: 'nsswitch.conf is not read',
  }),
  listed('written later', '', {
    expected: 'no',
    afterwards: { hosts: '127.0.0.1 cloudwatch.test\n', expected: 'yes' },
  }),
  listed('rewritten', '127.0.0.1 cloudwatch.test\n', {
    afterwards: { hosts: '127.0.0.9 cloudwatch.test\n', listen: ['127.0.0.9'], expected: 'yes' },
  }),
]
