// The certificate of the server, and its handshake.

import { readCertificate } from '../../certificates/certificates.mjs'

const trusting = (...names) => ({
  env: { NODE_EXTRA_CA_CERTS: './bundle' },
  files: { bundle: names.map(readCertificate).join('') },
})
const withKey = (name) => ({ shown: [`${name}.pem`], key: { key: readCertificate(`${name}.key`) } })
const better = (why, node) => ({ verdict: 'better', node, why })
const differs = (why, node) => ({ verdict: 'differs', node, why })

const REFUSED_KEY = /a signature or a key that is not supported. Supported are RSA/
const onData = (act) => (socket) => socket.once('data', () => act(socket))

export default [
  { name: 'a name', host: 'localhost', arrives: true },
  {
    name: 'another name',
    shown: ['elsewhere.pem'],
    arrives: false,
    message: /not valid for the name 127.0.0.1: it is for elsewhere.test. Check the endpoint/,
  },
  { name: 'a wildcard', shown: ['wildcard.pem'], host: 'a.cloudwatch.localhost', arrives: true },
  {
    name: 'a wildcard, two labels below',
    shown: ['wildcard.pem'],
    host: 'a.b.cloudwatch.localhost',
    arrives: false,
    message: /not valid for the name a.b.cloudwatch.localhost: it is for \*.cloudwatch.localhost/,
  },
  {
    name: 'a name only as the common name',
    shown: ['common-name-only.pem'],
    host: 'localhost',
    arrives: false,
    message: /no subject alternative name, and a common name does not count/,
    beside: differs('RFC 9525: browsers, Go and Python refuse it too', true),
  },
  {
    name: 'expired',
    shown: ['expired.pem'],
    arrives: false,
    message: /expired at 2000-02-01T00:00:00Z.*clock/,
  },
  {
    name: 'not valid yet',
    shown: ['not-yet-valid.pem'],
    arrives: false,
    message: /not valid before 2098-01-01T00:00:00Z.*clock/,
  },
  {
    name: 'of a client',
    shown: ['for-clients.pem'],
    arrives: false,
    message: /extended key usage/,
  },
  { name: 'an intermediate, shown', shown: ['leaf.pem', 'intermediate.pem'], arrives: true },
  {
    name: 'an intermediate, not shown',
    shown: ['leaf.pem'],
    arrives: false,
    message: /issuer "Throw-away intermediate CA of the tests"/,
  },
  {
    name: 'an intermediate, not shown, in the bundle with its authority',
    shown: ['leaf.pem'],
    ...trusting('ca.pem', 'intermediate.pem'),
    arrives: true,
  },
  {
    name: 'an intermediate in the bundle without its authority',
    shown: ['leaf.pem'],
    ...trusting('intermediate.pem'),
    arrives: true,
    beside: better('it is trusted by name; Python and Go accept it too', false),
  },
  {
    name: 'fifty others shown',
    shown: ['server.pem', ...Array(50).fill('other-ca.pem')],
    arrives: true,
  },
  {
    name: 'an authority of version 1',
    shown: ['under-version-1-ca.pem'],
    ...trusting('version-1-ca.pem'),
    arrives: true,
  },
  {
    name: 'an authority that has expired',
    shown: ['under-expired-ca.pem'],
    ...trusting('expired-ca.pem'),
    arrives: true,
    beside: differs(
      'RFC 5280 gives a trusted authority no validity; it was named on purpose',
      false
    ),
  },

  {
    name: 'self-signed',
    shown: ['self-signed.pem'],
    arrives: false,
    message: /UnknownIssuer\): it is self-signed/,
  },
  {
    name: 'self-signed, in the bundle',
    shown: ['self-signed.pem'],
    ...trusting('self-signed.pem'),
    arrives: true,
  },
  {
    name: 'self-signed as an authority, in the bundle',
    shown: ['self-signed-authority.pem'],
    ...trusting('self-signed-authority.pem'),
    arrives: true,
  },
  {
    name: 'self-signed as an authority, not in the bundle',
    shown: ['self-signed-authority.pem'],
    arrives: false,
    message: /UnknownIssuer\): it is self-signed/,
  },
  {
    name: 'self-signed as an authority, in the bundle, by TLS 1.2',
    shown: ['self-signed-authority.pem'],
    options: { maxVersion: 'TLSv1.2' },
    ...trusting('self-signed-authority.pem'),
    arrives: true,
  },
  {
    name: "self-signed as an authority, in the system's",
    shown: ['self-signed-authority.pem'],
    env: {},
    files: { 'system/certs/ca-certificates.crt': readCertificate('self-signed-authority.pem') },
    system: 'system',
    arrives: false,
    message: /UnknownIssuer\): it is self-signed/,
  },
  {
    name: 'self-signed, in the bundle, expired',
    shown: ['self-signed-expired.pem'],
    ...trusting('self-signed-expired.pem'),
    arrives: false,
    message: /expired at 2000-02-01/,
  },
  {
    name: 'self-signed, in the bundle, another name',
    shown: ['self-signed-authority.pem'],
    host: 'cloudwatch.localhost',
    ...trusting('self-signed-authority.pem'),
    arrives: false,
    message: /not valid for the name cloudwatch.localhost: it is for localhost, 127.0.0.1/,
  },
  {
    name: 'signed by a self-signed server certificate in the bundle',
    shown: ['under-self-signed.pem'],
    ...trusting('self-signed.pem'),
    arrives: false,
    message: /UnknownIssuer/,
  },
  {
    name: 'not self-signed, in the bundle without its authority',
    ...trusting('server.pem'),
    arrives: true,
    beside: better('it is trusted by name', false),
  },

  { name: 'RSA, 4,096 bits', ...withKey('rsa-4096'), arrives: true },
  {
    name: 'RSA, 1,024 bits',
    ...withKey('rsa-1024'),
    options: { ciphers: 'DEFAULT@SECLEVEL=0' },
    arrives: false,
    message: REFUSED_KEY,
    beside: better('it can be broken; Node 24 refuses it too', {
      'Node 20': true,

      'Node 24': false,
    }),
  },
  {
    name: 'P-521',
    ...withKey('p-521'),
    arrives: false,
    message: /no cipher suite or signature in common/,
    beside: differs('ring does not implement it; no public authority issues it', true),
  },
  {
    name: 'an RSA-PSS signature with the longest salt',
    shown: ['rsa-pss.pem'],
    ...trusting('rsa-ca.pem'),
    arrives: false,
    message: REFUSED_KEY,
    beside: differs('ring wants a salt as long as the hash, as public authorities use', true),
  },
  {
    name: 'an RSA-PSS signature with a salt as long as the hash',
    shown: ['rsa-pss-short-salt.pem'],
    ...trusting('rsa-ca.pem'),
    arrives: true,
  },
  {
    name: 'a signature of P-256 with SHA-512',
    shown: ['p-256-sha512.pem'],
    ...trusting('p-256-ca.pem'),
    arrives: false,
    message: REFUSED_KEY,
    beside: differs('ring does not implement it; no public authority uses it', true),
  },
  {
    name: 'a signature of P-521',
    shown: ['under-p-521-ca.pem'],
    ...trusting('p-521-ca.pem'),
    arrives: false,
    message: REFUSED_KEY,
    beside: differs('ring does not implement it; no public authority uses it', true),
  },
  {
    name: 'a SHA-1 signature',
    shown: ['sha1.pem'],
    options: { ciphers: 'DEFAULT@SECLEVEL=0' },
    arrives: false,
    message: REFUSED_KEY,
  },

  { name: 'TLS 1.2', options: { maxVersion: 'TLSv1.2' }, arrives: true },
  {
    name: 'TLS 1.1',
    options: { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
    arrives: false,
    message: /neither TLS 1.2 nor TLS 1.3/,
  },
  {
    name: 'a client certificate is asked for, and not needed',
    options: { requestCert: true, rejectUnauthorized: false },
    arrives: true,
  },
  {
    name: 'a client certificate is needed, TLS 1.2',
    options: { requestCert: true, maxVersion: 'TLSv1.2' },
    arrives: false,
    message: /HandshakeFailure.*certificate of the client/,
  },
  {
    name: 'a client certificate is needed, TLS 1.3',
    options: { requestCert: true },
    arrives: false,
    message: /certificate of the client/,
  },
  {
    name: 'the server name is needed',
    host: 'localhost',
    options: {
      SNICallback(name, answer) {
        answer(name === 'localhost' ? null : new Error(`not ${name}`))
      },
    },
    arrives: true,
  },
  { name: 'ALPN http/1.1', options: { ALPNProtocols: ['http/1.1'] }, arrives: true },
  {
    name: 'ALPN h2 alone, which is not asked for',
    options: { ALPNProtocols: ['h2'] },
    arrives: true,
  },
  {
    name: 'ALPN of something else, which is not asked for',
    options: { ALPNProtocols: ['something'] },
    arrives: true,
  },
  { name: 'says nothing', meet: () => {}, arrives: false, message: /timeout/ },
  {
    name: 'ends the connection',
    meet: onData((socket) => socket.end()),
    arrives: false,
    message: /eof/,
  },
  {
    name: 'resets the connection',
    meet: onData((socket) => socket.resetAndDestroy()),
    arrives: false,
    message: /reset/,
  },
  {
    name: 'ends the connection in the handshake',
    // The header of a record of 64 bytes, and the first of them.
    meet: onData((socket) => socket.end(Buffer.from([0x16, 3, 3, 0, 64, 2]))),
    arrives: false,
    message: /eof/,
  },
  {
    name: 'speaks HTTP without TLS',
    meet: onData((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
    arrives: false,
    message: /does not speak TLS.*http URL/,
  },
  {
    name: 'sends something else',
    meet: onData((socket) => socket.end(Buffer.alloc(1024, 0xff))),
    arrives: false,
    message: /does not speak TLS/,
  },
]
