// Profiles of IAM Identity Center (SSO), with a login and without one.

import { configured, LOGIN, loggedIn, logIn, OLD_LOGIN, ROLE, role } from './given.mjs'

const LOG_IN = /run `aws sso login --profile dev`/

/** @type {import('./setups.mjs').Setup[]} */
export const LOGINS = [
  {
    name: 'a login of a session, on request',
    variables: loggedIn,
    source: 'default-chain',
    signer: 'ASIASSO1',
    asked: { sso: 1 },
  },
  {
    name: 'a login of a start URL, on request',
    variables: (services) => {
      logIn(services, 'https://example.awsapps.com/start')
      return { ...configured(services, ['[profile dev]', ...OLD_LOGIN]), HOME: services.home }
    },
    source: 'default-chain',
    signer: 'ASIASSO1',
    asked: { sso: 1 },
  },
  {
    name: 'a login whose token has expired and is renewed, on request',
    variables: (services) => loggedIn(services, undefined, { lastsMs: -60_000 }),
    source: 'default-chain',
    signer: 'ASIASSO1',
    asked: { sso: 2 },
  },
  {
    name: 'a profile that assumes a role with a login, on request',
    variables: (services) =>
      loggedIn(services, [
        '[profile dev]',
        `role_arn = ${services.sts.roleArn}`,
        'source_profile = login',
        '[profile login]',
        ...LOGIN,
      ]),
    source: 'default-chain',
    assumedBy: ['ASIASSO1'],
    signer: 'ASIASTS1',
    asked: { sso: 1, sts: 1 },
  },
  {
    name: 'a role, with a login, on request',
    variables: (services) => ({ ...loggedIn(services), ...role(services) }),
    source: 'default-chain',
    role: ROLE,
    assumedBy: ['ASIASSO1'],
    signer: 'ASIASTS1',
    asked: { sso: 1, sts: 1 },
  },
  {
    name: 'a login, not on request',
    variables: (services) => ({ ...loggedIn(services), HKM_ENABLED: undefined }),
  },
  {
    name: 'a profile of IAM Identity Center without a login',
    variables: (services) => ({
      ...configured(services, ['[profile dev]', ...LOGIN]),
      HOME: services.home,
    }),
    source: 'default-chain',
    problem: [/cannot read .*\.aws\/sso\/cache/, LOG_IN],
  },
  {
    name: 'a login that has expired and cannot be renewed',
    variables: (services) =>
      loggedIn(services, undefined, { lastsMs: -60_000, registrationMs: -60_000 }),
    source: 'default-chain',
    problem: [/token has expired/, LOG_IN],
  },
  {
    name: 'a login that was ended',
    variables: (services) => {
      const variables = loggedIn(services)
      services.sso.logOut()
      return variables
    },
    source: 'default-chain',
    asked: { sso: 1 },
    problem: [/UnauthorizedException/, LOG_IN],
  },
  {
    name: 'a login for a role that it does not give',
    variables: (services) =>
      loggedIn(services, [
        '[profile dev]',
        ...LOGIN.map((line) => line.replace('Developer', 'Root')),
      ]),
    source: 'default-chain',
    asked: { sso: 1 },
    problem: [/No access/],
  },
  {
    name: 'a login session of `aws login`, on request',
    variables: (services) =>
      configured(services, ['[profile dev]', 'login_session = arn:aws:iam::123456789012:user/dev']),
    source: 'default-chain',
    problem: [/login session/, /aws configure export-credentials/],
  },
]
