// Names, search domains, and what is not a name.

import { failing, knowing } from '../server.mjs'
import { asking, GOOD, OF_POD } from './zones.mjs'

const SERVER = asking('127.0.0.2')
const servers = { '127.0.0.2': GOOD }

const named = (name, host, more) => ({
  name,
  endpoint: `http://${host}:8080`,
  resolvConf: SERVER,
  servers,
  expected: 'yes',
  ...more,
})

const answering = (zone) => ({ '127.0.0.2': { reaction: knowing(zone) } })
const HERE = { A: ['127.0.0.1'] }

/** @type {import('../rows.mjs').Row[]} */
export const names = [
  named('a name in upper case', 'CloudWatch.TEST'),
  named('a name that ends in a dot', 'cloudwatch.test.', {
    resolvConf: `search example\n${SERVER}`,
  }),
  named('a name with a hyphen and an underscore', 'cloud-watch_1.test', {
    servers: answering({ 'cloud-watch_1.test': HERE }),
  }),
  named('a name in Punycode', 'xn--bcher-kva.test', {
    servers: answering({ 'xn--bcher-kva.test': HERE }),
  }),
  named('a label of 63 characters', `${'a'.repeat(63)}.test`, {
    servers: answering({ [`${'a'.repeat(63)}.test`]: HERE }),
  }),
  named('a label of 64 characters', `${'a'.repeat(64)}.test`, {
    expected: 'no',
    error: /was not resolved: a label of it is empty or longer than 63 characters/,
  }),
  named('an empty label', 'cloudwatch..test', { expected: 'no', error: /a label of it is empty/ }),

  named('a search domain', 'cloudwatch', { resolvConf: `search test\n${SERVER}` }),
  named('a domain', 'cloudwatch', { resolvConf: `domain test\n${SERVER}` }),
  named('the last of search and domain', 'cloudwatch', {
    resolvConf: `search elsewhere\ndomain test\n${SERVER}`,
  }),
  named('the second search domain', 'cloudwatch', {
    resolvConf: `search elsewhere test\n${SERVER}`,
  }),
  named('a search domain after SERVFAIL for another', 'cloudwatch', {
    resolvConf: `search elsewhere test\n${SERVER}`,
    servers: {
      '127.0.0.2': {
        reaction: (asked) =>
          asked.query.questions[0].name.endsWith('elsewhere')
            ? failing('SERVFAIL')(asked)
            : GOOD.reaction(asked),
      },
    },
  }),
  named('seven search domains', 'cloudwatch', {
    resolvConf: `search a b c d e f test\n${SERVER}`,
  }),
  named('fewer dots than ndots: the search domain first', 'cloud.watch', {
    resolvConf: `search test\noptions ndots:5\n${SERVER}`,
    servers: answering({ 'cloud.watch.test': HERE, 'cloud.watch': { A: ['127.0.0.8'] } }),
  }),
  named('as many dots as ndots: the name first', 'cloud.watch', {
    resolvConf: `search test\n${SERVER}`,
    servers: answering({ 'cloud.watch': HERE, 'cloud.watch.test': { A: ['127.0.0.8'] } }),
  }),
  named('a name with dots in a search domain', 'cloud.watch', {
    resolvConf: `search test\n${SERVER}`,
    servers: answering({ 'cloud.watch.test': HERE }),
  }),
  named('a name that ends in a dot is not searched for', 'cloudwatch.', {
    resolvConf: `search test\n${SERVER}`,
    expected: 'no',
  }),
  named('ndots of a Kubernetes pod', 'cloudwatch.test', {
    resolvConf: `${OF_POD}${SERVER}`,
  }),

  named('an address', '127.0.0.1', { resolvConf: undefined }),
  named('an IPv6 address', '[::1]', { resolvConf: undefined, listen: ['::1'] }),
  named('an address in two parts', '127.1', { resolvConf: undefined }),
  named('an address in one number', '2130706433', { resolvConf: undefined }),
  named('a hexadecimal address', '0x7f000001', { resolvConf: undefined }),
]
