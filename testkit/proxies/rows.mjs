// Variables for proxies, and whether a request to a URL goes through the proxy, directly or nowhere. Each row is played with
// the package, curl and Node's fetch.

/** The proxy of most rows. */
export const PROXY = 'http://127.0.0.1:3128'

/**
 * @typedef {object} Row
 * @property {Record<string, string>} env
 * @property {string} url
 * @property {string} expected of the package: `direct`, `none`, or `proxy:PORT`, with the user and password that it is told
 * @property {RegExp} [message] what the package tells if it sends nothing
 * @property {{ why: string, curl?: string, node?: string }} [differs] what curl and Node's fetch do where that is not the same
 */

const URL_OF = 'https://example.test'

/** A row about NO_PROXY. */
const rule = (NO_PROXY, url, expected, differs) => ({
  env: { HTTPS_PROXY: PROXY, NO_PROXY },
  url: url.startsWith('https:') ? url : `https://${url}`,
  expected: expected === 'proxy' ? 'proxy:3128' : expected,
  differs,
})

const curlDiffers = (why) => ({ why, curl: 'proxy:3128' })
const nodeDiffers = (why) => ({ why, node: 'proxy:3128' })
const bothDiffer = (why) => ({ why, curl: 'proxy:3128', node: 'proxy:3128' })

const PORTS = curlDiffers('curl reads no ports; Node and Go do')
const STAR = bothDiffer('curl and Node take * alone; Go takes it among others too')
const GLOB = curlDiffers('curl reads no *.; Node does')
const DOT = nodeDiffers('Node compares the dot at the end; for DNS it is the same name')
const BARE = nodeDiffers('Node needs the brackets')
const BRACKETS = curlDiffers('curl 7 reads no brackets')
const NETWORK = 'Node reads no networks; curl and Go do'
const RANGE = bothDiffer("curl and Node's fetch read no ranges; Node's https does")
const SPELLING = bothDiffer('an address is the same in any spelling')
const NO_URL = /HTTPS_PROXY is not an http or https URL/

/** @type {Row[]} */
export const ROWS = [
  // The proxy.
  { env: {}, url: URL_OF, expected: 'direct' },
  ...['HTTPS_PROXY', 'https_proxy'].map((name) => ({
    env: { [name]: PROXY },
    url: URL_OF,
    expected: 'proxy:3128',
  })),
  ...['ALL_PROXY', 'all_proxy'].map((name) => ({
    env: { [name]: PROXY },
    url: URL_OF,
    expected: 'proxy:3128',
    differs: { why: 'Node does not read ALL_PROXY; curl does', node: 'direct' },
  })),
  {
    env: { https_proxy: PROXY, HTTPS_PROXY: 'http://127.0.0.1:3129' },
    url: URL_OF,
    expected: 'proxy:3128',
  },
  {
    env: { HTTPS_PROXY: PROXY, ALL_PROXY: 'http://127.0.0.1:3129' },
    url: URL_OF,
    expected: 'proxy:3128',
  },
  { env: { HTTPS_PROXY: '' }, url: URL_OF, expected: 'direct' },
  {
    env: { https_proxy: '', HTTPS_PROXY: PROXY },
    url: URL_OF,
    expected: 'proxy:3128',
    differs: { why: 'an empty variable is not set, as for curl', node: 'direct' },
  },
  {
    env: { HTTP_PROXY: PROXY },
    url: URL_OF,
    expected: 'direct',
    differs: { why: 'Node uses HTTP_PROXY for https too; curl and Go do not', node: 'proxy:3128' },
  },
  {
    env: { HTTP_PROXY: PROXY, http_proxy: PROXY },
    url: 'http://example.test:8443',
    expected: 'direct',
    differs: {
      why: 'unencrypted requests use no proxy: their endpoints are local, and some carry credentials',
      curl: 'proxy:3128',
      node: 'proxy:3128',
    },
  },
  {
    env: { HTTPS_PROXY: '127.0.0.1:3128' },
    url: URL_OF,
    expected: 'proxy:3128',
    differs: { why: 'without a scheme Node sends nothing; curl and Go take http', node: 'none' },
  },
  {
    env: { HTTPS_PROXY: `${PROXY}/path?query` },
    url: URL_OF,
    expected: 'proxy:3128',
    differs: { why: 'with a path Node sends nothing; curl ignores it', node: 'none' },
  },
  {
    env: { HTTPS_PROXY: 'http://127.0.0.1' },
    url: URL_OF,
    expected: 'proxy:80',
    differs: {
      why: 'the port of the scheme, as for Node and Go; curl takes 1080',
      curl: 'proxy:1080',
    },
  },
  { env: { HTTPS_PROXY: 'http://[::1]:3128' }, url: URL_OF, expected: 'proxy:3128' },
  { env: { HTTPS_PROXY: 'http://localhost:3128' }, url: URL_OF, expected: 'proxy:3128' },
  {
    env: { HTTPS_PROXY: 'http://user:p%40ss@127.0.0.1:3128' },
    url: URL_OF,
    expected: 'proxy:3128 user:p@ss',
  },
  {
    env: { HTTPS_PROXY: 'http://user@127.0.0.1:3128' },
    url: URL_OF,
    expected: 'proxy:3128 user:',
    differs: {
      why: 'without a password Node does not tell the user; curl does',
      node: 'proxy:3128',
    },
  },
  {
    env: { HTTPS_PROXY: 'socks5://127.0.0.1:3128' },
    url: URL_OF,
    expected: 'none',
    message: /HTTPS_PROXY names a SOCKS proxy/,
    differs: {
      why: 'a SOCKS proxy is not supported, and nothing goes past it',
      curl: 'proxy:3128',
      node: 'proxy:3128',
    },
  },
  { env: { HTTPS_PROXY: 'ftp://127.0.0.1:3128' }, url: URL_OF, expected: 'none', message: NO_URL },
  { env: { HTTPS_PROXY: 'http://127.0.0.1:port' }, url: URL_OF, expected: 'none', message: NO_URL },

  // NO_PROXY: names.
  rule('example.test', 'example.test', 'direct'),
  rule('example.test', 'a.example.test', 'direct'),
  rule('.example.test', 'a.example.test', 'direct'),
  rule('.example.test', 'example.test', 'direct'),
  rule('*.example.test', 'a.example.test', 'direct', GLOB),
  rule('*.example.test', 'example.test', 'direct', GLOB),
  rule('example.test', 'notexample.test', 'proxy'),
  rule('ple.test', 'example.test', 'proxy'),
  rule('EXAMPLE.Test', 'example.TEST', 'direct'),
  rule('example.test.', 'example.test', 'direct', DOT),
  rule('example.test', 'example.test.', 'direct', {
    why: `${DOT.why}, which curl does not find in /etc/hosts`,
    curl: 'none',
    node: 'proxy:3128',
  }),
  rule('localhost', 'localhost', 'direct'),
  rule('localhost', '127.0.0.1', 'proxy'),
  rule('bücher.example', 'bücher.example', 'direct', bothDiffer('Punycode is the same name')),
  rule('xn--bcher-kva.example', 'bücher.example', 'direct'),
  rule('<local>', 'intranet', 'direct', bothDiffer('Windows writes it into its settings')),

  // All.
  rule('*', 'example.test', 'direct'),
  rule('*', '127.0.0.1', 'direct'),
  rule('*', '[::1]', 'direct'),
  rule('other.test,*', 'example.test', 'direct', STAR),

  // Ports.
  rule('example.test:443', 'example.test', 'direct', PORTS),
  rule('example.test:8443', 'example.test:8443', 'direct', PORTS),
  rule('example.test:8443', 'example.test', 'proxy'),
  rule('.example.test:8443', 'a.example.test:8443', 'direct', PORTS),
  rule('127.0.0.1:8443', '127.0.0.1:8443', 'direct', PORTS),
  rule('[::1]:8443', '[::1]:8443', 'direct', PORTS),
  rule('[::1]:8443', '[::1]', 'proxy'),

  // Addresses and networks.
  rule('127.0.0.1', '127.0.0.1', 'direct'),
  rule('127.0.0.1', '127.0.0.10', 'proxy'),
  rule('::1', '[::1]', 'direct', BARE),
  rule('[::1]', '[::1]', 'direct', BRACKETS),
  rule('0:0:0:0:0:0:0:1', '[::1]', 'direct', SPELLING),
  rule('127.0.0.1', '[::ffff:127.0.0.1]', 'direct', SPELLING),
  rule('127.0.0.1', '127.1', 'direct'),
  rule('127.0.0.0/8', '127.0.0.10', 'direct', nodeDiffers(NETWORK)),
  rule('127.1.2.3/8', '127.0.0.1', 'direct', nodeDiffers(NETWORK)),
  rule('10.0.0.0/8', '127.0.0.1', 'proxy'),
  rule(
    'fd00::/8',
    '[fd00::1]',
    'direct',
    bothDiffer('curl 7 and Node read no such networks; Go does')
  ),
  rule('fd00::/8', '[::1]', 'proxy'),
  rule('127.0.0.0/33', '127.0.0.1', 'proxy'),
  rule('127.0.0.1-127.0.0.9', '127.0.0.5', 'direct', RANGE),
  rule('127.0.0.1-127.0.0.9', '127.0.0.10', 'proxy'),
  rule('.127.0.0.1', '127.0.0.1', 'direct', curlDiffers('curl reads no dot; Node does')),
  rule('*.127.0.0.1', '127.0.0.1', 'direct', GLOB),

  // Lists.
  rule('other.test,example.test', 'example.test', 'direct'),
  rule('other.test, example.test', 'example.test', 'direct'),
  rule('other.test example.test', 'example.test', 'direct'),
  rule(',, example.test,', 'example.test', 'direct'),
  rule('other.test', 'example.test', 'proxy'),
  rule('https://example.test', 'example.test', 'proxy'),
  rule('', 'example.test', 'proxy'),
  {
    env: { HTTPS_PROXY: PROXY, no_proxy: 'example.test', NO_PROXY: 'other.test' },
    url: URL_OF,
    expected: 'direct',
  },
]
