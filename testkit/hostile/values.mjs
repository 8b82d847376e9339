// Values that no variable is meant to have, and the variables that the package or the AWS SDK reads, each in a set-up in
// which it matters.

import { CREDENTIALS } from '../harness.mjs'

const MEGABYTE = 2 ** 20

/** By name: a value, or what makes one of the paths that a test has prepared. */
export const VALUES = {
  'an empty text': '',
  blanks: ' \t\n ',
  'control characters': 'a\u0001\u001b[31m\r\nb\u007f',
  'a header': 'a\r\nx-added: 1',
  'a megabyte': 'x'.repeat(MEGABYTE),
  'a path upwards': '../../../../../../etc/passwd',
  'a folder': '/',
  'an endless file': '/dev/zero',
  'a pipe without a writer': ({ pipe }) => pipe,
  'half an address': 'http://[::1',
  'an address with a password': 'http://user:pass@127.0.0.1:1/?a=b#c',
  'a port that does not exist': 'http://127.0.0.1:99999',
  percent: '%00%zz',
  emoji: '🙃',
  'a lone surrogate': '\ud800',
  'a negative number': '-1',
  'a number that is too large': '1e999',
  'a number above limits': '99999999999',
  words: 'may be',
}

/** Set-ups: variables that deliver, made from services and paths. */
export const SETUPS = {
  keys: () => CREDENTIALS,
  'web identity': ({ sts, token }) => ({
    AWS_ENDPOINT_URL_STS: sts.url,
    AWS_ROLE_ARN: sts.roleArn,
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
  }),
  container: ({ container, token }) => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri,
    AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: token,
  }),
  profile: ({ home }) => ({ HKM_ENABLED: 'true', HOME: home }),
  instance: ({ metadata, empty }) => ({
    HKM_ENABLED: 'true',
    HOME: empty,
    AWS_EC2_METADATA_DISABLED: undefined,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
  }),
  tls: ({ encrypted, authorities }) => ({
    ...CREDENTIALS,
    AWS_ENDPOINT_URL: encrypted.endpoint,
    AWS_CA_BUNDLE: authorities,
  }),
}

/** Visible characters that headers may hold. */
const OF_HEADERS = [
  'percent',
  'a negative number',
  'a number that is too large',
  'a number above limits',
]

/**
 * Variables of which a warning tells, by the set-up in which they matter: a default is used, or the variable is ignored. Each
 * has the values that it accepts.
 */
export const CHECKED = {
  keys: {
    AWS_USE_FIPS_ENDPOINT: [],
    AWS_USE_DUALSTACK_ENDPOINT: [],
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: [],
    AWS_DISABLE_REQUEST_COMPRESSION: [],
    AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES: [],
    AWS_SDK_UA_APP_ID: OF_HEADERS,
    AWS_EXECUTION_ENV: [
      ...OF_HEADERS,
      ...['a path upwards', 'a folder', 'an endless file', 'a pipe without a writer'],
      ...['half an address', 'an address with a password', 'a port that does not exist'],
    ],
    HKM_SIGNALS: [],
    HKM_ROLLUPS: [],
    HKM_FLUSH_INTERVAL_MS: [],
    HKM_MAX_BUFFERED_DATUMS: [],
    HKM_MAX_BUFFERED_BYTES: [],
    HKM_MAX_SERIES: [],
    HKM_SPOOL_MAX_BYTES: [],
    HKM_STORAGE_RESOLUTION: [],
    HKM_UNKNOWN: [],
  },
  'web identity': {
    AWS_ROLE_SESSION_NAME: [
      'a negative number',
      'a number that is too large',
      'a number above limits',
    ],
  },
  instance: { AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE: [] },
}

/** Variables that the SDK may read, and that change nothing in a process with keys: no warning tells of them. */
const WITHOUT_EFFECT = [
  // The package sets these values itself.
  ...['AWS_MAX_ATTEMPTS', 'AWS_RETRY_MODE', 'AWS_NEW_RETRIES_2026', 'AWS_DEFAULTS_MODE'],
  'AWS_DISABLE_CLOCK_SKEW_CORRECTION',
  // Features of other services.
  ...['AWS_ACCOUNT_ID', 'AWS_ACCOUNT_ID_ENDPOINT_MODE', 'AWS_AUTH_SCHEME_PREFERENCE'],
  ...['AWS_REQUEST_CHECKSUM_CALCULATION', 'AWS_RESPONSE_CHECKSUM_VALIDATION'],
  ...['AWS_SIGV4A_SIGNING_REGION_SET', 'AWS_STS_REGIONAL_ENDPOINTS'],
  ...['AWS_LAMBDA_FUNCTION_NAME', '_X_AMZN_TRACE_ID'],
  // Other sources of credentials. Keys come first.
  ...['AWS_PROFILE', 'AWS_DEFAULT_PROFILE', 'AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE'],
  ...['HOME', 'AWS_LOGIN_CACHE_DIRECTORY', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  ...['AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE', 'AWS_ROLE_SESSION_NAME'],
  ...['AWS_EC2_INSTANCE_PROFILE_NAME', 'AWS_METADATA_SERVICE_TIMEOUT'],
  'AWS_METADATA_SERVICE_NUM_ATTEMPTS',
]

/** Variables of the way to CloudWatch that are not needed on this one, or are ignored if they are bad. */
const OF_THE_WAY = [
  'AWS_CA_BUNDLE',
  'SSL_CERT_FILE',
  'HTTPS_PROXY',
  'ALL_PROXY',
  'NO_PROXY',
  'HKM_REGION',
]

/** Variables that name the deployment. Any name is acceptable. */
const DEPLOYMENTS = [
  ...['OTEL_DEPLOYMENT_ENVIRONMENT', 'DEPLOYMENT_ENVIRONMENT', 'GRAFANA_DEPLOYMENT_ENVIRONMENT'],
  'NODE_ENV',
]

/** What is set to each value, by the set-up in which it matters: one variable, or several together. */
export const SUBJECTS = {
  keys: [
    ...['AWS_REGION', 'AWS_DEFAULT_REGION', 'AWS_ENDPOINT_URL', 'AWS_ENDPOINT_URL_CLOUDWATCH'],
    ...['HKM_ENDPOINT', 'HKM_ENABLED', 'HKM_SHUTDOWN_TIMEOUT_MS'],
  ],
  'web identity': ['AWS_ENDPOINT_URL_STS'],
  profile: ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE', 'HOME'],
  instance: ['AWS_EC2_METADATA_DISABLED', 'AWS_EC2_METADATA_SERVICE_ENDPOINT'],
  tls: ['AWS_CA_BUNDLE', 'SSL_CERT_FILE', 'HTTPS_PROXY', 'all_proxy', 'NO_PROXY'],
}

/** The same, of credentials: there is no default for them. */
export const OF_CREDENTIALS = {
  keys: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'],
  'web identity': ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'],
  container: [
    ...['AWS_CONTAINER_CREDENTIALS_FULL_URI', 'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI'],
    ...['AWS_CONTAINER_AUTHORIZATION_TOKEN', 'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE'],
  ],
  profile: ['AWS_PROFILE'],
}

/** The same, of what changes nothing: the records are delivered. */
export const HARMLESS = {
  keys: ['HKM_ENVIRONMENT', 'HKM_SPOOL_DIRECTORY', DEPLOYMENTS, OF_THE_WAY],
  tls: [['SSL_CERT_DIR', 'NODE_EXTRA_CA_CERTS', 'NODE_TLS_REJECT_UNAUTHORIZED']],
}

/** The same, of what no warning tells of either. */
export const UNSEEN = { keys: [WITHOUT_EFFECT] }
