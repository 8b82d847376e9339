// Profiles with a command that gives credentials (`credential_process`).

import { IS_WINDOWS } from '../platform.mjs'
import { command, configured, KEY, ROLE, role, SECRET, withProcess } from './given.mjs'

const given = {
  source: 'default-chain',
  signer: 'ASIACONTAINER1',
  asked: { container: 1 },
}
const keys = [`aws_access_key_id = ${KEY}`, `aws_secret_access_key = ${SECRET}`]
const failed = (text) => new RegExp(`credential_process of the profile dev: .*${text}`)

/** Commands, as the shell of the platform reads them. */
const COMMANDS = IS_WINDOWS
  ? {
      quotation: `${command} | more`,
      failing: `echo '${SECRET}'& echo The token has expired.>&2& exit 3`,
    }
  : {
      quotation: `"$(echo '${process.execPath}')" ${command.split("' ")[1]} | cat`,
      failing: `echo '${SECRET}'; echo 'The token has expired.' >&2; exit 3`,
    }

/** @type {import('./setups.mjs').Setup[]} */
export const PROCESSES = [
  {
    name: 'a credential process, on request',
    variables: (services) => withProcess(services),
    ...given,
  },
  {
    name: 'a credential process in the file of credentials, on request',
    variables: (services) => {
      services.file('.aws/credentials', `[default]\ncredential_process = ${command}\n`)
      return {
        HOME: services.home,
        HKM_ENABLED: 'true',
        CREDENTIALS_URI: services.container.uri,
      }
    },
    ...given,
  },
  {
    name: 'a credential process beside keys, on request',
    variables: (services) => withProcess(services, command, ...keys),
    ...given,
  },
  {
    name: 'a credential process with quotation marks and a pipe, on request',
    variables: (services) => withProcess(services, COMMANDS.quotation),
    ...given,
  },
  {
    name: 'a credential process beside other children, on request',
    variables: (services) => withProcess(services),
    hasChildren: true,
    ...given,
  },
  {
    name: 'a credential process, written by JavaScript, on request',
    variables: (services) => withProcess(services),
    isLate: true,
    ...given,
  },
  {
    name: 'a credential process, written by JavaScript in a worker thread, on request',
    variables: (services) => withProcess(services),
    isLate: true,
    inWorker: true,
    ...given,
  },
  {
    name: 'a profile that assumes a role with a credential process, on request',
    variables: (services) => ({
      ...configured(services, [
        '[profile dev]',
        `role_arn = ${services.sts.roleArn}`,
        'source_profile = process',
        '[profile process]',
        `credential_process = ${command}`,
      ]),
      CREDENTIALS_URI: services.container.uri,
    }),
    source: 'default-chain',
    assumedBy: ['ASIACONTAINER1'],
    signer: 'ASIASTS1',
    asked: { container: 1, sts: 1 },
  },
  {
    name: 'a profile that assumes a role with keys beside a credential process, on request',
    variables: (services) =>
      configured(services, [
        '[profile dev]',
        `role_arn = ${services.sts.roleArn}`,
        'source_profile = process',
        '[profile process]',
        `credential_process = ${command}`,
        ...keys,
      ]),
    source: 'default-chain',
    assumedBy: [KEY],
    signer: 'ASIASTS1',
    asked: { sts: 1 },
  },
  {
    name: 'a role, with a credential process, on request',
    variables: (services) => ({ ...withProcess(services), ...role(services) }),
    source: 'default-chain',
    role: ROLE,
    assumedBy: ['ASIACONTAINER1'],
    signer: 'ASIASTS1',
    asked: { container: 1, sts: 1 },
  },
  {
    name: 'a credential process, not on request',
    variables: (services) => ({ ...withProcess(services), HKM_ENABLED: undefined }),
  },
  {
    name: 'static keys beside a credential process, on request',
    variables: (services) => ({
      ...withProcess(services),
      AWS_ACCESS_KEY_ID: KEY,
      AWS_SECRET_ACCESS_KEY: SECRET,
    }),
    source: 'static',
    signer: KEY,
  },
  {
    name: 'a credential process that fails',
    variables: (services) => withProcess(services, COMMANDS.failing),
    source: 'default-chain',
    problem: [failed('exit (status|code): 3: The token has expired\\.')],
  },
  {
    name: 'a credential process that is not there',
    variables: (services) => withProcess(services, 'no-such-helper'),
    source: 'default-chain',
    problem: [
      failed(
        IS_WINDOWS ? 'exit code: .*no-such-helper' : 'exit status: 127: .*no-such-helper.*not found'
      ),
    ],
  },
  {
    name: 'a credential process that answers something else',
    variables: (services) => withProcess(services, `echo 'key: ${SECRET}'`),
    source: 'default-chain',
    problem: [failed('its answer is not a JSON object')],
  },
]
