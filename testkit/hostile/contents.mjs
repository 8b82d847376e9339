// Contents that no file of credentials or certificates is meant to have, and the files that the package reads.

const KEYS = 'aws_access_key_id = AKIDFILE\naws_secret_access_key = secret\n'
const MEGABYTE = 2 ** 20
const role = (from) => `role_arn = arn:aws:iam::123456789012:role/r\nsource_profile = ${from}\n`

/** By name: contents, or a path in place of the file. */
export const CONTENTS = {
  nothing: '',
  blanks: ' \n\t\n ',
  'zero bytes': Buffer.alloc(1_000),
  'keys with a zero byte': `[default]\n${KEYS.replace('secret', 'sec\0ret')}`,
  'keys with control characters': `[default]\n${KEYS.replace('AKIDFILE', 'A\u001b[31m\u0007')}`,
  'keys with emoji': `[default]\n${KEYS.replaceAll('secret', '🙃').replace('AKIDFILE', '🙃')}`,
  'bytes that are no UTF-8': Buffer.from(
    Array.from({ length: 5_000 }, (_, at) => (at * 197) % 256)
  ),
  'a byte order mark': `\ufeff[default]\n${KEYS}`,
  'half of a heading': '[profile',
  'a heading of nothing': `[]\n${KEYS}[profile ]\n${KEYS}[profile default\n]\n`,
  'lines without a heading': KEYS,
  'names without values': '[default]\naws_access_key_id\n= x\n==\n  nested = 1\n  more\n',
  'a profile that is its own source': `[default]\n${role('default')}`,
  'profiles in a ring': `[default]\n${role('a')}[profile a]\n${role('b')}[profile b]\n${role('a')}[a]\n${role('b')}[b]\n${role('a')}`,
  'a source that does not exist': `[default]\n${role('nobody')}`,
  'a source that is empty':
    '[default]\nrole_arn =\nsource_profile =\ncredential_source = Nothing\n',
  'a token file that is its own': ({ path }) =>
    `[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = ${path}\n`,
  'an endless token file':
    '[default]\nrole_arn = arn:aws:iam::123456789012:role/r\nweb_identity_token_file = /dev/zero\n',
  'a login at IAM Identity Center': `[default]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\nsso_region = us-east-1\nsso_start_url = http://[::1\n`,
  'a command': '[default]\ncredential_process = sleep 100\n',
  'settings that are none': `[default]\n${KEYS}region = ../\0\nendpoint_url = http://[::1\nmax_attempts = -1\nretry_mode = legacy\nuse_fips_endpoint = 🙃\nservices = s\n[services s]\ncloudwatch =\n  endpoint_url = %00\n`,
  'a hundred thousand profiles': `[default]\n${KEYS}${Array.from({ length: 100_000 }, (_, at) => `[p${at}]\na=b\n`).join('')}`,
  'ten megabytes in a line': 'x'.repeat(10 * MEGABYTE),
  'three megabytes in a line': `[default]\naws_access_key_id = ${'x'.repeat(3 * MEGABYTE)}\naws_secret_access_key = s\n`,
  'half of a certificate': '-----BEGIN CERTIFICATE-----\nMIIB',
  'a certificate of nothing': '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
  'a key in place of a certificate':
    '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
  'a token with line breaks': 'token\r\nx-added: 1\r\n',
}

/** The files: the set-up that reads each, and the variable that leads to it. */
export const FILES = {
  'a file of keys': ['profile', 'AWS_SHARED_CREDENTIALS_FILE'],
  'a file of profiles': ['profile', 'AWS_CONFIG_FILE'],
  'a token of a web identity': ['web identity', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  'a token of a container': ['container', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  'a bundle of certificates': ['tls', 'AWS_CA_BUNDLE'],
  'a bundle of certificates beside it': ['tls', 'NODE_EXTRA_CA_CERTS'],
}
