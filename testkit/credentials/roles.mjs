// A role that is assumed with credentials of each kind.

import {
  configured,
  containerUri,
  EC2,
  KEY,
  METADATA_REQUESTS,
  metadataService,
  ROLE,
  role,
  SESSION_TOKEN,
  staticKeys,
  webIdentity,
} from './given.mjs'

const EXTERNAL_ID = 'external-id:of/a=tenant'
const another = 'arn:aws-us-gov:iam::210987654321:role/another'

/** @type {import('./setups.mjs').Setup[]} */
export const ROLES = [
  {
    name: 'a role, with static keys',
    variables: (services) => ({
      ...staticKeys,
      AWS_SESSION_TOKEN: SESSION_TOKEN,
      ...role(services),
    }),
    source: 'static',
    role: ROLE,
    assumedBy: [KEY],
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'a role, with the credentials of a container',
    variables: (services) => ({ ...containerUri(services), ...role(services) }),
    source: 'container',
    role: ROLE,
    assumedBy: ['ASIACONTAINER1'],
    signer: 'ASIASTS1',
    asked: { container: 1, sts: 1 },
  },
  {
    name: 'a role, with a web identity',
    variables: (services) => ({ ...webIdentity(services), ...role(services) }),
    source: 'web-identity',
    role: ROLE,
    assumedBy: ['ASIASTS1'],
    signer: 'ASIASTS2',
    asked: { sts: 2 },
  },
  {
    name: 'a role, with the role of an instance',
    variables: (services) => ({ ...metadataService(services), ...role(services) }),
    vendor: EC2,
    source: 'instance',
    role: ROLE,
    assumedBy: ['ASIAINSTANCE1'],
    signer: 'ASIASTS1',
    asked: { metadata: METADATA_REQUESTS, sts: 1 },
  },
  {
    name: 'a role, with a profile that assumes another one, on request',
    variables: (services) => ({
      ...configured(services, [
        '[profile dev]',
        `role_arn = ${services.sts.roleArn}`,
        'source_profile = base',
      ]),
      ...role(services),
    }),
    source: 'default-chain',
    role: ROLE,
    assumedBy: ['AKIDBASE', 'ASIASTS1'],
    signer: 'ASIASTS2',
    asked: { sts: 2 },
  },
  {
    name: 'a role that asks for an external id',
    variables: (services) => ({
      ...staticKeys,
      ...role(services, EXTERNAL_ID),
      HKM_ROLE_EXTERNAL_ID: EXTERNAL_ID,
    }),
    source: 'static',
    role: ROLE,
    assumedBy: [KEY],
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'a role, written by JavaScript',
    variables: (services) => ({ ...staticKeys, ...role(services) }),
    isLate: true,
    source: 'static',
    role: ROLE,
    assumedBy: [KEY],
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'a role that STS does not give',
    variables: (services) => ({
      ...staticKeys,
      ...role(services),
      HKM_ROLE_ARN: another,
    }),
    source: 'static',
    role: another,
    asked: { sts: 1 },
    problem: [/cannot assume the role arn:aws-us-gov:.*\/another: .*AccessDenied/, /trust policy/],
  },
  {
    name: 'a role that asks for an external id that it is not given',
    variables: (services) => ({ ...staticKeys, ...role(services, EXTERNAL_ID) }),
    source: 'static',
    role: ROLE,
    asked: { sts: 1 },
    problem: [/cannot assume the role .*AccessDenied/, /external id/],
  },
]
