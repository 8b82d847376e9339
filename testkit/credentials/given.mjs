// What a process is given: the variables and files of each kind of credentials.

import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { IS_WINDOWS } from '../platform.mjs'

export const KEY = 'AKIDSTATIC'
/** Distinct, so that it is found in whatever a process prints. */
export const SECRET = 'secret-of-a-static-key'
export const SESSION_TOKEN = 'session-of-a-static-key'
export const WEB_TOKEN = 'web-identity-of-a-pod'
export const AUTHORIZATION = 'authorization-of-a-container'

/** The secrets in the variables and files of the set-ups. */
export const SECRETS = [SECRET, SESSION_TOKEN, WEB_TOKEN, AUTHORIZATION]

export const staticKeys = { AWS_ACCESS_KEY_ID: KEY, AWS_SECRET_ACCESS_KEY: SECRET }
export const containerUri = ({ container }) => ({
  AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri,
})
export const webIdentity = ({ sts, file }) => {
  sts.setToken(WEB_TOKEN)
  return {
    AWS_WEB_IDENTITY_TOKEN_FILE: file('web-identity', WEB_TOKEN),
    AWS_ROLE_ARN: sts.roleArn,
    AWS_ENDPOINT_URL_STS: sts.url,
  }
}
export const metadataService = ({ metadata }) => ({
  AWS_EC2_METADATA_DISABLED: 'false',
  AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
})
export const keysOf = (name, key) =>
  `[${name}]\naws_access_key_id = ${key}\naws_secret_access_key = ${SECRET}\n`
export const home = (services, profile, key) => {
  services.file('.aws/credentials', keysOf(profile, key))
  return { HOME: services.home }
}
/** A profile of a config file, turned on by `HKM_ENABLED`. The services that it names are on loopback. */
export const configured = (services, lines, profile = 'dev') => ({
  HKM_ENABLED: 'true',
  AWS_PROFILE: profile,
  AWS_CONFIG_FILE: services.file('config', lines.join('\n')),
  AWS_SHARED_CREDENTIALS_FILE: services.file('credentials', keysOf('base', 'AKIDBASE')),
  AWS_ENDPOINT_URL_STS: services.sts.url,
  AWS_ENDPOINT_URL_SSO: services.sso.url,
  AWS_ENDPOINT_URL_SSO_OIDC: services.sso.url,
})

/** The lines of a profile that uses a session of IAM Identity Center, and of the session. */
export const LOGIN = [
  'sso_session = work',
  'sso_account_id = 123456789012',
  'sso_role_name = Developer',
  '[sso-session work]',
  'sso_region = us-east-1',
  'sso_start_url = https://example.awsapps.com/start',
]
/** The same without a session, as profiles were before. */
export const OLD_LOGIN = [
  'sso_start_url = https://example.awsapps.com/start',
  'sso_region = us-east-1',
  'sso_account_id = 123456789012',
  'sso_role_name = Developer',
]
const HOUR = 3_600_000
/** What `aws sso login` writes, by the name of a session or by a start URL. Returns the file. */
export function logIn({ sso, file }, name, { lastsMs = HOUR, registrationMs = 24 * HOUR } = {}) {
  const after = (ms) => new Date(Date.now() + ms).toISOString().replace(/\.\d+/, '')
  const token = {
    startUrl: 'https://example.awsapps.com/start',
    region: 'us-east-1',
    expiresAt: after(lastsMs),
    registrationExpiresAt: after(registrationMs),
    ...sso.token(),
  }
  const digest = createHash('sha1').update(name).digest('hex')
  return file(`.aws/sso/cache/${digest}.json`, JSON.stringify(token))
}
/** A profile that uses IAM Identity Center, with a login. */
export const loggedIn = (services, lines = ['[profile dev]', ...LOGIN], options = undefined) => {
  logIn(services, 'work', options)
  return { ...configured(services, lines), HOME: services.home }
}

const PROGRAM = fileURLToPath(new URL('../programs/credential-process.mjs', import.meta.url))
/** As the shell of the platform reads it. */
export const quoted = (text) => (IS_WINDOWS ? `"${text}"` : `'${text}'`)
/** A `credential_process` that asks the container endpoint. Only its own variable says where that is. */
export const command = `${quoted(process.execPath)} ${quoted(PROGRAM)}`
/** A profile with a command that gives credentials. */
export const withProcess = (services, line = command, ...lines) => ({
  ...configured(services, ['[profile dev]', `credential_process = ${line}`, ...lines]),
  CREDENTIALS_URI: services.container.uri,
})

export const ROLE = 'arn:aws:iam::123456789012:role/team/metrics'
/** A role that is assumed with whatever credentials there are. */
export const role = ({ sts }, externalId) => {
  sts.addRole(ROLE, externalId)
  return { HKM_ROLE_ARN: ROLE, AWS_ENDPOINT_URL_STS: sts.url }
}

/** One for a token, one for the name of the role, one for its credentials. */
export const METADATA_REQUESTS = 3
/** One for a token, one for the region. */
export const REGION_REQUESTS = 2
export const EC2 = 'Amazon EC2'
export const WHAT_TO_DO = /AWS_ACCESS_KEY_ID|aws configure export-credentials/

export const KEYS_IN_CONFIG = ['aws_access_key_id = AKIDDEV', `aws_secret_access_key = ${SECRET}`]
