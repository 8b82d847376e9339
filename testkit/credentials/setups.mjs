// Every way in which a process can have credentials, or none, and what has to follow: whether metrics are on, the
// source of the credentials, who signs, and how often each service is asked. The suite plays them on the Node that runs
// it, the matrix on every runtime.

import { ADDRESSES } from '../namespaces/isolation.mjs'
import {
  AUTHORIZATION,
  configured,
  containerUri,
  EC2,
  home,
  KEY,
  KEYS_IN_CONFIG,
  keysOf,
  METADATA_REQUESTS,
  metadataService,
  REGION_REQUESTS,
  SECRET,
  SESSION_TOKEN,
  staticKeys,
  webIdentity,
} from './given.mjs'
import { LOGINS } from './logins.mjs'
import { PROCESSES } from './processes.mjs'
import { ROLES } from './roles.mjs'

/**
 * @typedef {object} Services
 * @property {import('@sim/local-cloudwatch').LocalCloudWatch} cloudwatch
 * @property {Awaited<ReturnType<typeof import('@sim/local-cloudwatch/credentials').startContainerCredentials>>} container
 * @property {Awaited<ReturnType<typeof import('@sim/local-cloudwatch/credentials').startSts>>} sts
 * @property {Awaited<ReturnType<typeof import('@sim/local-cloudwatch/credentials').startInstanceMetadata>>} metadata
 * @property {Awaited<ReturnType<typeof import('@sim/local-cloudwatch/credentials').startSso>>} sso
 * @property {(name: string, content: string) => string} file writes a file that ends with the test
 * @property {string} home an empty folder
 *
 * @typedef {object} Setup
 * @property {string} name
 * @property {(services: Services) => Record<string, string>} variables of the child
 * @property {boolean} [isLate] JavaScript writes them to `process.env` after the start
 * @property {boolean} [inWorker] and records in a worker thread
 * @property {boolean} [hasChildren] JavaScript runs children while credentials are asked for
 * @property {string} [container] address of the container endpoint; default loopback
 * @property {string} [path] of the container endpoint
 * @property {string} [authorization] that the container endpoint expects
 * @property {string} [instanceRegion] that the metadata service tells; default `us-east-1`
 * @property {string} [region] that requests are signed for; default `us-east-1`, which `AWS_REGION` holds
 * @property {string} [instance] address of the metadata service; default loopback
 * @property {string} [vendor] of the machine. Like a fixed address it takes a namespace
 * @property {boolean} [isIsolated] in a namespace too, because a mistake would ask somebody outside
 * @property {string} [source] that the stats tell; none where metrics are off
 * @property {RegExp} [warning] that is given although nothing fails: metrics are off
 * @property {string} [signer] access key id
 * @property {string} [role] that the stats tell
 * @property {string[]} [assumedBy] the access key ids that signed the requests of AssumeRole
 * @property {string} [sessionToken] beside a static key; roles have theirs from their service
 * @property {Partial<Record<'container' | 'sts' | 'metadata' | 'sso', number>>} [asked] requests; default: none
 * @property {RegExp[]} [problem] told, in a warning and in the stats, where there can be no credentials
 */

/** @type {Setup[]} */
const ENVIRONMENT = [
  {
    name: 'static keys',
    variables: () => staticKeys,
    source: 'static',
    signer: KEY,
  },
  {
    name: 'static keys and a session token',
    variables: () => ({ ...staticKeys, AWS_SESSION_TOKEN: SESSION_TOKEN }),
    source: 'static',
    signer: KEY,
    sessionToken: SESSION_TOKEN,
  },
  {
    name: 'static keys with a line break at their end',
    variables: () => ({
      AWS_ACCESS_KEY_ID: `${KEY}\n`,
      AWS_SECRET_ACCESS_KEY: `${SECRET}\n`,
      AWS_SESSION_TOKEN: `${SESSION_TOKEN}\n`,
    }),
    source: 'static',
    signer: KEY,
    sessionToken: SESSION_TOKEN,
  },
  {
    name: 'an access key id that cannot be sent',
    variables: () => ({ ...staticKeys, AWS_ACCESS_KEY_ID: 'AKID\nSTATIC' }),
    source: 'static',
    problem: [/AWS_ACCESS_KEY_ID|access key/i],
  },
  {
    name: 'an access key id alone',
    variables: () => ({ AWS_ACCESS_KEY_ID: KEY }),
    warning: /AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not\n$/,
  },
  {
    name: 'a secret key alone',
    variables: () => ({ AWS_SECRET_ACCESS_KEY: SECRET }),
    warning: /AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not\n$/,
  },
  { name: 'nothing', variables: () => ({}) },
  {
    name: 'everything, switched off',
    variables: (services) => ({
      ...metadataService(services),
      ...containerUri(services),
      ...webIdentity(services),
      ...staticKeys,
      HKM_ENABLED: 'false',
    }),
  },
  {
    name: 'a container endpoint',
    variables: containerUri,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'a container endpoint on localhost',
    variables: ({ container }) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri.replace('127.0.0.1', 'localhost'),
    }),
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'a container endpoint with a token',
    variables: (services) => ({
      ...containerUri(services),
      AWS_CONTAINER_AUTHORIZATION_TOKEN: AUTHORIZATION,
    }),
    authorization: AUTHORIZATION,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'a container endpoint with a token in a file',
    variables: (services) => ({
      ...containerUri(services),
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: services.file('token', AUTHORIZATION),
      AWS_CONTAINER_AUTHORIZATION_TOKEN: 'the file is meant',
    }),
    authorization: AUTHORIZATION,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'an ECS task role',
    variables: ({ container }) => ({ AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: container.path }),
    container: ADDRESSES.ecs,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'an EKS pod identity',
    variables: (services) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${ADDRESSES.eks}/v1/credentials`,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: services.file('token', AUTHORIZATION),
    }),
    container: ADDRESSES.eks,
    path: '/v1/credentials',
    authorization: AUTHORIZATION,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'a web identity',
    variables: webIdentity,
    source: 'web-identity',
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'a web identity, with one endpoint for all services but CloudWatch',
    variables: (services) => ({
      ...webIdentity(services),
      AWS_ENDPOINT_URL: services.sts.url,
      AWS_ENDPOINT_URL_STS: undefined,
      AWS_ENDPOINT_URL_CLOUDWATCH: services.cloudwatch.endpoint,
    }),
    isIsolated: true,
    source: 'web-identity',
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'half of a web identity',
    variables: (services) => ({ ...webIdentity(services), AWS_ROLE_ARN: '' }),
    warning: /AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not\n$/,
  },
  {
    name: 'EC2 by its vendor',
    variables: () => ({ AWS_EC2_METADATA_DISABLED: undefined }),
    vendor: EC2,
    instance: ADDRESSES.instance,
    source: 'instance',
    signer: 'ASIAINSTANCE1',
    asked: { metadata: METADATA_REQUESTS },
  },
  {
    name: 'EC2 by its vendor, at an address of its own',
    variables: metadataService,
    vendor: EC2,
    source: 'instance',
    signer: 'ASIAINSTANCE1',
    asked: { metadata: METADATA_REQUESTS },
  },
  {
    name: 'EC2 in the region that its metadata service tells',
    variables: () => ({ AWS_EC2_METADATA_DISABLED: undefined, AWS_REGION: undefined }),
    vendor: EC2,
    instance: ADDRESSES.instance,
    instanceRegion: 'ap-south-1',
    source: 'instance',
    region: 'ap-south-1',
    signer: 'ASIAINSTANCE1',
    asked: { metadata: METADATA_REQUESTS + REGION_REQUESTS },
  },
  {
    name: 'EC2 on request, in the region that its metadata service tells',
    variables: (services) => ({
      ...metadataService(services),
      AWS_REGION: undefined,
      HKM_ENABLED: 'true',
    }),
    instanceRegion: 'ap-south-1',
    source: 'default-chain',
    region: 'ap-south-1',
    signer: 'ASIAINSTANCE1',
    asked: { metadata: METADATA_REQUESTS + REGION_REQUESTS },
  },
  {
    name: 'EC2 whose metadata service is switched off',
    variables: () => ({ AWS_EC2_METADATA_DISABLED: 'true' }),
    vendor: EC2,
    instance: ADDRESSES.instance,
  },
  {
    name: 'a machine of another vendor',
    variables: () => ({ AWS_EC2_METADATA_DISABLED: undefined }),
    vendor: 'QEMU',
    instance: ADDRESSES.instance,
  },
  {
    name: 'EC2 on request',
    variables: (services) => ({ ...metadataService(services), HKM_ENABLED: 'true' }),
    source: 'default-chain',
    signer: 'ASIAINSTANCE1',
    asked: { metadata: METADATA_REQUESTS },
  },
  {
    name: 'static keys beside everything else',
    variables: (services) => ({
      ...metadataService(services),
      ...containerUri(services),
      ...webIdentity(services),
      ...home(services, 'default', 'AKIDHOME'),
      ...staticKeys,
      HKM_ENABLED: 'true',
    }),
    source: 'static',
    signer: KEY,
  },
  {
    name: 'a web identity beside everything else but static keys',
    variables: (services) => ({
      ...metadataService(services),
      ...containerUri(services),
      ...webIdentity(services),
      ...home(services, 'default', 'AKIDHOME'),
      HKM_ENABLED: 'true',
    }),
    source: 'web-identity',
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'a container endpoint on EC2, beside a profile',
    variables: (services) => ({
      ...metadataService(services),
      ...containerUri(services),
      ...home(services, 'default', 'AKIDHOME'),
    }),
    vendor: EC2,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'a profile in the home directory',
    variables: (services) => home(services, 'default', 'AKIDHOME'),
  },
  {
    name: 'a profile in the home directory of an EC2 instance',
    variables: (services) => ({
      ...metadataService(services),
      ...home(services, 'default', 'AKIDHOME'),
    }),
    vendor: EC2,
    source: 'instance',
    signer: 'ASIAINSTANCE1',
    asked: { metadata: METADATA_REQUESTS },
  },
  {
    name: 'a profile with a region',
    variables: (services) => ({
      ...configured(services, ['[profile dev]', 'region = eu-west-3', ...KEYS_IN_CONFIG]),
      AWS_REGION: undefined,
    }),
    source: 'default-chain',
    region: 'eu-west-3',
    signer: 'AKIDDEV',
  },
  {
    name: 'a profile with a region, beside AWS_REGION',
    variables: (services) =>
      configured(services, ['[profile dev]', 'region = eu-west-3', ...KEYS_IN_CONFIG]),
    source: 'default-chain',
    signer: 'AKIDDEV',
  },
  {
    name: 'a profile in the home directory, on request',
    variables: (services) => ({ ...home(services, 'default', 'AKIDHOME'), HKM_ENABLED: 'true' }),
    source: 'default-chain',
    signer: 'AKIDHOME',
  },
  {
    name: 'a named profile, on request',
    variables: (services) => ({
      ...home(services, 'dev', 'AKIDDEV'),
      AWS_PROFILE: 'dev',
      HKM_ENABLED: 'true',
    }),
    source: 'default-chain',
    signer: 'AKIDDEV',
  },
  {
    name: 'a profile in another file, on request',
    variables: (services) => ({
      AWS_SHARED_CREDENTIALS_FILE: services.file('credentials', keysOf('default', 'AKIDFILE')),
      HKM_ENABLED: 'true',
    }),
    source: 'default-chain',
    signer: 'AKIDFILE',
  },
  {
    name: 'a profile that assumes a role, on request',
    variables: (services) =>
      configured(services, [
        '[profile dev]',
        `role_arn = ${services.sts.roleArn}`,
        'source_profile = base',
      ]),
    source: 'default-chain',
    signer: 'ASIASTS1',
    assumedBy: ['AKIDBASE'],
    asked: { sts: 1 },
  },
  {
    name: 'a profile that is not there, on request',
    variables: (services) => ({
      ...home(services, 'default', 'AKIDHOME'),
      AWS_PROFILE: 'nobody',
      HKM_ENABLED: 'true',
    }),
    source: 'default-chain',
    problem: [/nobody/],
  },
  {
    name: 'a web identity whose token is not there',
    variables: (services) => ({
      ...webIdentity(services),
      AWS_WEB_IDENTITY_TOKEN_FILE: `${services.home}/nowhere`,
    }),
    source: 'web-identity',
    problem: [/nowhere|AWS_WEB_IDENTITY_TOKEN_FILE/],
  },
  {
    name: 'static keys, written by JavaScript',
    variables: () => staticKeys,
    isLate: true,
    source: 'static',
    signer: KEY,
  },
  {
    name: 'a container endpoint, written by JavaScript',
    variables: (services) => ({
      ...containerUri(services),
      AWS_CONTAINER_AUTHORIZATION_TOKEN: AUTHORIZATION,
    }),
    isLate: true,
    authorization: AUTHORIZATION,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
  {
    name: 'a web identity, written by JavaScript',
    variables: webIdentity,
    isLate: true,
    source: 'web-identity',
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'static keys, written by JavaScript in a worker thread',
    variables: () => ({ ...staticKeys, AWS_SESSION_TOKEN: SESSION_TOKEN }),
    isLate: true,
    inWorker: true,
    source: 'static',
    signer: KEY,
    sessionToken: SESSION_TOKEN,
  },
  {
    name: 'a container endpoint, written by JavaScript in a worker thread',
    variables: containerUri,
    isLate: true,
    inWorker: true,
    source: 'container',
    signer: 'ASIACONTAINER1',
    asked: { container: 1 },
  },
]

/** Whether a set-up needs an address or a machine that only a namespace has. */
export const needsNamespace = ({ container, instance, vendor, isIsolated = false }) =>
  isIsolated || [container, instance, vendor].some((value) => value !== undefined)

/**
 * Those that this platform can play.
 *
 * @type {Setup[]}
 */
export const SETUPS = [...ENVIRONMENT, ...ROLES, ...LOGINS, ...PROCESSES].filter(
  (setup) => process.platform === 'linux' || !needsNamespace(setup)
)
