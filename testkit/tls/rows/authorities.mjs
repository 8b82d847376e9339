// Which certificates are trusted.

import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { certificateFile, readCertificate } from '../../certificates/certificates.mjs'

const CA = certificateFile('ca.pem')
const OTHER = certificateFile('other-ca.pem')
const UNKNOWN =
  /not trusted \(UnknownIssuer\): its issuer "Throw-away CA of the tests".*NODE_EXTRA_CA_CERTS.*AWS_CA_BUNDLE/
const STORE = 'system/certs/ca-certificates.crt'

/** Node knows this variable or this store only if it is told so. */
const onlyHere = (why) => ({ verdict: 'better', node: false, why })

export default [
  { name: 'NODE_EXTRA_CA_CERTS', env: { NODE_EXTRA_CA_CERTS: CA }, arrives: true },
  { name: 'no variable', env: {}, arrives: false, message: UNKNOWN },
  {
    name: 'AWS_CA_BUNDLE',
    env: { AWS_CA_BUNDLE: CA },
    arrives: true,
    beside: onlyHere('the AWS CLI and most AWS SDKs read it'),
  },
  {
    name: 'SSL_CERT_FILE',
    env: { SSL_CERT_FILE: CA },
    arrives: true,
    beside: onlyHere('OpenSSL and most programs read it'),
  },
  {
    name: 'SSL_CERT_FILE, node --use-openssl-ca',
    env: { SSL_CERT_FILE: CA },
    nodeArgs: ['--use-openssl-ca'],
    arrives: true,
  },
  {
    name: 'SSL_CERT_DIR, second of two, by any names',
    env: { SSL_CERT_DIR: './first:./second' },
    files: {
      'first/other.pem': readCertificate('other-ca.pem'),
      'second/company': readCertificate('ca.pem'),
    },
    isPosix: true,
    arrives: true,
    beside: onlyHere('OpenSSL and most programs read it'),
  },
  {
    name: 'SSL_CERT_DIR with all that can be in a folder',
    env: { SSL_CERT_DIR: './certs' },
    files: {
      'ca.pem': readCertificate('ca.pem'),
      'certs/README': 'no certificate',
      'certs/key.pem': readCertificate('server.key'),
      'certs/folder/x': '',
    },
    prepare(folder) {
      symlinkSync('../ca.pem', join(folder, 'certs', '1a2b3c4d.0'))
      symlinkSync('nowhere.pem', join(folder, 'certs', '1a2b3c4d.1'))
      symlinkSync('/dev/zero', join(folder, 'certs', 'endless.pem'))
      execFileSync('mkfifo', [join(folder, 'certs', 'pipe.pem')])
    },
    isPosix: true,
    arrives: true,
    beside: onlyHere('OpenSSL and most programs read it'),
  },
  {
    name: 'SSL_CERT_DIR with a broken certificate',
    env: { SSL_CERT_DIR: './certs' },
    files: {
      'certs/ca.pem': readCertificate('ca.pem'),
      'certs/broken.pem': readCertificate('broken.pem'),
    },
    isPosix: true,
    arrives: true,
    warning: /Part of SSL_CERT_DIR is not used: .*certs\/broken.pem: 1 of 1 certificates cannot/,
    beside: onlyHere('OpenSSL and most programs read it'),
  },
  {
    name: 'SSL_CERT_DIR that is not there, beside NODE_EXTRA_CA_CERTS',
    env: { SSL_CERT_DIR: './nowhere', NODE_EXTRA_CA_CERTS: CA },
    isPosix: true,
    arrives: true,
    warning: /SSL_CERT_DIR is not used: .*nowhere: No such file/,
  },
  {
    name: 'an AWS_CA_BUNDLE of another authority, beside NODE_EXTRA_CA_CERTS',
    env: { AWS_CA_BUNDLE: OTHER, NODE_EXTRA_CA_CERTS: CA },
    arrives: true,
  },
  {
    name: 'an AWS_CA_BUNDLE of another authority, beside SSL_CERT_FILE',
    env: { AWS_CA_BUNDLE: OTHER, SSL_CERT_FILE: CA },
    arrives: false,
    message: /Trusted certificates: 1 of AWS_CA_BUNDLE\./,
  },
  {
    name: "an AWS_CA_BUNDLE of another authority, and the system's",
    env: { AWS_CA_BUNDLE: OTHER },
    files: { [STORE]: readCertificate('ca.pem') },
    system: 'system',
    arrives: false,
    message: /Trusted certificates: 1 of AWS_CA_BUNDLE\./,
  },
  {
    name: "the system's",
    env: {},
    files: { [STORE]: readCertificate('ca.pem') },
    system: 'system',
    arrives: true,
    beside: onlyHere('other programs on this system trust it, and Node with --use-system-ca'),
  },
  {
    name: "the system's, beside NODE_EXTRA_CA_CERTS and SSL_CERT_FILE of another",
    env: { NODE_EXTRA_CA_CERTS: OTHER, SSL_CERT_FILE: certificateFile('intermediate.pem') },
    files: { [STORE]: readCertificate('ca.pem') },
    system: 'system',
    arrives: true,
    beside: onlyHere('other programs on this system trust it, and Node with --use-system-ca'),
  },
  {
    name: 'a system without any, NODE_EXTRA_CA_CERTS',
    prepare: (folder) => mkdirSync(join(folder, 'system')),
    system: 'system',
    arrives: true,
  },
  {
    name: 'a system without any',
    env: {},
    prepare: (folder) => mkdirSync(join(folder, 'system')),
    system: 'system',
    arrives: false,
    message: /Mozilla's list, because this system has none/,
  },
  {
    name: 'a system whose certificates are on a mount that does not answer',
    prepare(folder) {
      mkdirSync(join(folder, 'system/certs'), { recursive: true })
      execFileSync('mkfifo', [join(folder, STORE)])
    },
    system: 'system',
    arrives: true,
    warning: /The system's certificates are not read in time/,
  },
  {
    name: 'NODE_TLS_REJECT_UNAUTHORIZED=0',
    env: { NODE_TLS_REJECT_UNAUTHORIZED: '0' },
    arrives: false,
    message: UNKNOWN,
    warning: /NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect/,
    beside: { verdict: 'better', node: true, why: 'credentials are not sent to whoever answers' },
  },
]
