// What a file of certificates may hold. Each is named by NODE_EXTRA_CA_CERTS.

import { readCertificate } from '../../certificates/certificates.mjs'

const CA = readCertificate('ca.pem')
const OTHER = readCertificate('other-ca.pem')
const BROKEN = readCertificate('broken.pem')
const DER = Buffer.from(CA.replaceAll(/-----.*-----|\n/g, ''), 'base64')
const UNENDED = CA.split('\n').slice(0, 3).join('\n')
const NONE = /NODE_EXTRA_CA_CERTS is not used: .*there is no certificate in it/

const row = (name, contents, expected) => ({
  name,
  env: { NODE_EXTRA_CA_CERTS: './bundle' },
  files: contents === undefined ? {} : { bundle: contents },
  ...expected,
})
const used = (name, contents, beside) => row(name, contents, { arrives: true, beside })
const partly = (name, contents, warning, beside) =>
  row(name, contents, { arrives: true, warning, beside })
const useless = (name, contents, warning, beside) =>
  row(name, contents, { arrives: false, message: /UnknownIssuer/, warning, beside })
const better = (why, node = false) => ({ verdict: 'better', node, why })

const MEMBERS = 'Node gives up at the first bad member'

export default [
  used('several authorities', OTHER + CA),
  used('text between the certificates', `# one\n${OTHER}\nIssuer: two\n${CA}\n# end`),
  used('CRLF', CA.replaceAll('\n', '\r\n')),
  used('a byte order mark', `\ufeff${CA}`),
  used('an indented certificate', CA.replaceAll(/^/gm, '  '), better('as in YAML')),
  used('no line break at the end', CA.trimEnd()),
  used('X509 CERTIFICATE', CA.replaceAll(' CERT', ' X509 CERT')),
  used('DER', DER, better('OpenSSL writes both forms to files of the same names')),
  used('a hundred times the same', CA.repeat(100)),
  used('10 MB', OTHER.repeat(Math.ceil(10e6 / OTHER.length)) + CA),
  used('an authority of version 1 beside it', readCertificate('version-1-ca.pem') + CA),
  used('an expired authority beside it', readCertificate('expired-ca.pem') + CA),
  used('a private key beside it', readCertificate('server.key') + CA),
  partly(
    'a broken certificate behind it',
    CA + BROKEN,
    /Part of NODE_EXTRA_CA_CERTS is not used: .*bundle: 1 of 2 certificates cannot be used: certificate 2 in line \d+ is not an X.509 certificate/
  ),
  partly(
    'a broken certificate before it',
    OTHER + BROKEN + CA,
    /1 of 3 certificates cannot be used: certificate 2 in line \d+ is not an X.509 certificate/,
    better(MEMBERS)
  ),
  partly(
    'a certificate that is not base64 before it',
    `-----BEGIN CERTIFICATE-----\n!?\n-----END CERTIFICATE-----\n${CA}`,
    /1 of 2 certificates cannot be used: certificate 1 in line 1 is not base64/,
    better(MEMBERS)
  ),
  partly(
    'a certificate without an end before it',
    `${UNENDED}\n${CA}`,
    /1 of 2 certificates cannot be used: certificate 1 in line 1 has no end/,
    better(MEMBERS)
  ),
  partly(
    'ten broken certificates before it',
    BROKEN.repeat(10) + CA,
    /10 of 11 .*certificate 3 in line 7 .* and 7 more/,
    better(MEMBERS)
  ),
  partly(
    'a TRUSTED CERTIFICATE beside it',
    readCertificate('trusted.pem') + CA,
    /certificate 1 in line 1 is a TRUSTED CERTIFICATE/
  ),
  useless(
    'a TRUSTED CERTIFICATE',
    readCertificate('trusted.pem'),
    /is not used: .* 1 of 1 certificates .* TRUSTED/
  ),
  useless('PKCS #7', readCertificate('pkcs7.pem'), /no certificate in it: it holds PKCS7/),
  useless(
    'a private key',
    readCertificate('server.key'),
    /no certificate in it: it holds PRIVATE KEY$/
  ),
  useless('a broken certificate', BROKEN, /is not used: .*1 of 1 certificates cannot be used/),
  useless('nothing', '', NONE),
  useless('text', 'no certificate', NONE),
  useless(
    'UTF-16',
    Buffer.from(`\ufeff${CA}`, 'utf16le'),
    /no certificate in it: it is UTF-16 text/
  ),
  useless('no file', undefined, /NODE_EXTRA_CA_CERTS is not used: .*os error 2\)/),
]
