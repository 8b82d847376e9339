// /etc/resolv.conf.

import { byTransport, knowing, unlessAsked } from '../server.mjs'
import { asking, GOOD, ZONE } from './zones.mjs'

const servers = { '127.0.0.2': GOOD }
const LOCAL = { '127.0.0.1': GOOD }
const NO_SERVERS =
  /\/etc\/resolv\.conf is absent, cannot be read or has no line with a name server/g
const NOBODY = { reaction: knowing({}) }
const OTHER = { reaction: knowing({ 'cloudwatch.test': { A: ['127.0.0.9'] } }) }

const reading = (name, resolvConf, more) => ({
  name,
  resolvConf,
  servers,
  expected: 'yes',
  ...more,
})

/** @type {import('../rows.mjs').Row[]} */
export const files = [
  reading('one server', asking('127.0.0.2')),
  reading('an unknown option', `${asking('127.0.0.2')}options retrans:1 edns0 trust-ad\n`),
  reading('an unknown line', `lookup file bind\n${asking('127.0.0.2')}familie inet\n`),
  reading('an option with a bad value', `options ndots:many timeout:\n${asking('127.0.0.2')}`),
  reading('a comment behind a server', 'nameserver 127.0.0.2 # office\n'),
  reading('comments', '# one\n; two\nnameserver 127.0.0.2\n'),
  reading('tabs', 'nameserver\t127.0.0.2\t\n'),
  reading('no line break at the end', 'nameserver 127.0.0.2'),
  reading('lines that end in CRLF', 'nameserver 127.0.0.2\r\noptions ndots:1\r\n', {
    why: 'glibc takes the carriage return for a part of the address',
  }),
  reading('a server that is not an address', asking('dns.test', '300.1.1.1', '127.0.0.2')),
  reading('a server in another notation', 'nameserver 127.2\n'),
  reading('a keyword in upper case', 'NAMESERVER 127.0.0.3\nnameserver 127.0.0.2\n', {
    servers: { ...servers, '127.0.0.3': NOBODY },
  }),
  reading('a keyword behind a blank', ' nameserver 127.0.0.3\nnameserver 127.0.0.2\n', {
    servers: { ...servers, '127.0.0.3': NOBODY },
  }),
  reading('bytes that are not text', 'nameserver 127.0.0.2\n\u0000\u00ff\ufffd\n'),
  reading('the same server three times', asking('127.0.0.2', '127.0.0.2', '127.0.0.2')),
  reading(
    'the fourth server is not asked',
    asking('127.0.0.3', '127.0.0.4', '127.0.0.5', '127.0.0.2'),
    {
      expected: 'no',
      error: /cloudwatch\.test was not resolved: 127\.0\.0\.3 failed: Connection refused/,
    }
  ),
  reading('a file of a megabyte', `${'# filled\n'.repeat(110_000)}nameserver 127.0.0.2\n`),
  reading('over TCP, by use-vc', `options use-vc\n${asking('127.0.0.2')}`, {
    servers: {
      '127.0.0.2': { reaction: byTransport({ udp: knowing({}), tcp: knowing(ZONE) }) },
    },
  }),
  reading('no-aaaa', `options no-aaaa\n${asking('127.0.0.2')}`, {
    servers: { '127.0.0.2': { reaction: unlessAsked('AAAA', knowing(ZONE)) } },
  }),
  reading('an IPv6 server', asking('::1'), { servers: { '::1': GOOD } }),
  reading('an IPv6 server with its interface', asking('fe80::53%hkm0'), {
    interface: { name: 'hkm0', addresses: ['fe80::53/64', '10.9.0.1/24'] },
    servers: { 'fe80::53%hkm0': GOOD },
  }),
  reading('an interface that does not exist', asking('fe80::53%none0', '127.0.0.2')),

  reading('no file', undefined, { servers: LOCAL, warning: NO_SERVERS }),
  reading('an empty file', '', { servers: LOCAL, warning: NO_SERVERS }),
  reading('a file without servers', 'search test\n', { servers: LOCAL, warning: NO_SERVERS }),
  reading('a folder', 'a folder', {
    servers: LOCAL,
    warning: NO_SERVERS,
    why: 'glibc gives up',
  }),
  reading('a file that may not be read', asking('127.0.0.3'), {
    servers: LOCAL,
    mode: 0,
    isUnprivileged: true,
    warning: NO_SERVERS,
  }),
  reading('a pipe that nobody writes to', 'a pipe', {
    servers: LOCAL,
    warning: NO_SERVERS,
    why: 'the C library waits for ever',
  }),
  reading('no file and no server', undefined, {
    servers: {},
    expected: 'no',
    error: /cloudwatch\.test was not resolved: 127\.0\.0\.1 failed: Connection refused/,
    warning: NO_SERVERS,
  }),

  reading('empty at first and filled later', '', {
    expected: 'no',
    afterwards: { resolvConf: asking('127.0.0.2'), expected: 'yes' },
  }),
  reading('absent at first and written later', undefined, {
    expected: 'no',
    afterwards: { resolvConf: asking('127.0.0.2'), expected: 'yes' },
  }),
  reading('rewritten, with another server', asking('127.0.0.2'), {
    afterwards: {
      resolvConf: asking('127.0.0.3'),
      servers: { '127.0.0.3': OTHER },
      listen: ['127.0.0.9'],
      expected: 'yes',
    },
  }),

  reading('RES_OPTIONS', asking('127.0.0.2'), {
    endpoint: 'http://cloudwatch:8080',
    resolvConf: `search test\noptions ndots:0\n${asking('127.0.0.2')}`,
    env: { RES_OPTIONS: 'ndots:2' },
    servers: { '127.0.0.2': { reaction: knowing({ ...ZONE, cloudwatch: { A: ['127.0.0.8'] } }) } },
  }),
  reading('LOCALDOMAIN', `search elsewhere\n${asking('127.0.0.2')}`, {
    endpoint: 'http://cloudwatch:8080',
    env: { LOCALDOMAIN: 'nowhere test' },
  }),
]
