// Processes that ask one service for credentials, and what plays with them in the course of time.

import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { APART_MS } from '../workload/seconds.mjs'
import { containerUri, loggedIn, logIn, role, SECRET, staticKeys, withProcess } from './given.mjs'
import { signers, startRecorder, startServices } from './run.mjs'

/** The services, each with a process that has to ask it, and that process's own token where it has one. */
export const SOURCES = {
  container: {
    variables({ container, file }) {
      container.setAuthorization('authorization-1')
      return {
        AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri,
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file('token', 'authorization-1'),
        // Overruled by the file; there to be let out.
        AWS_CONTAINER_AUTHORIZATION_TOKEN: SECRET,
      }
    },
    renewToken({ container, file }) {
      container.setAuthorization('authorization-2')
      file('token', 'authorization-2')
    },
    key: 'ASIACONTAINER',
    requestsPerAnswer: 1,
  },
  sts: {
    variables({ sts, file }) {
      sts.setToken('web-identity-1')
      return {
        AWS_ENDPOINT_URL_STS: sts.url,
        AWS_ROLE_ARN: sts.roleArn,
        AWS_ROLE_SESSION_NAME: 'metrics@pod',
        AWS_WEB_IDENTITY_TOKEN_FILE: file('token', 'web-identity-1'),
      }
    },
    renewToken({ sts, file }) {
      sts.setToken('web-identity-2')
      file('token', 'web-identity-2')
    },
    key: 'ASIASTS',
    requestsPerAnswer: 1,
  },
  role: {
    service: 'sts',
    variables: (services) => ({ ...staticKeys, ...role(services) }),
    renewToken() {},
    key: 'ASIASTS',
    requestsPerAnswer: 1,
  },
  sso: {
    variables: loggedIn,
    // As `aws sso login` does.
    renewToken(services) {
      services.sso.logOut()
      logIn(services, 'work')
    },
    key: 'ASIASSO',
    requestsPerAnswer: 1,
  },
  process: {
    service: 'container',
    variables: (services) => withProcess(services),
    renewToken() {},
    key: 'ASIACONTAINER',
    requestsPerAnswer: 1,
  },
  metadata: {
    variables: ({ metadata }) => ({
      AWS_EC2_METADATA_DISABLED: 'false',
      AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.url,
      HKM_ENABLED: 'true',
    }),
    renewToken() {},
    key: 'ASIAINSTANCE',
    // The token of the service itself is kept.
    requestsPerAnswer: 2,
  },
}

/** Sources of single tests. */
const OTHER_SOURCES = {
  endingLogin: {
    service: 'sso',
    variables(services) {
      const variables = loggedIn(services)
      services.tokenFile = logIn(services, 'work', { lastsMs: 60_000 })
      return variables
    },
  },
  roleOfContainer: {
    service: 'sts',
    variables: (services) => ({ ...containerUri(services), ...role(services) }),
  },
}

/** Waits until the clocks of this process and of the package say so. */
export async function clockAt(date) {
  while (Date.now() < date.getTime() + APART_MS) await sleep(20)
}

/**
 * Plays with a process that records, the services around it, and the one that it asks for credentials; then looks for
 * secrets in all that it let out.
 */
export async function playWith(source, variables, play) {
  const services = await startServices()
  try {
    const { service = source, variables: given } = { ...SOURCES, ...OTHER_SOURCES }[source]
    const recorder = startRecorder(services, { variables: { ...given(services), ...variables } })
    try {
      await play(recorder, services[service], services)
      assert.deepEqual(recorder.leaks(), [])
    } finally {
      recorder.child.kill('SIGKILL')
      await recorder.ended
    }
  } finally {
    await services.close()
  }
}

/** Flushes until everything is delivered. */
export async function deliver(recorder) {
  let stats = await recorder.tell('flush')
  while (stats.applied < stats.recorded) stats = await recorder.tell('flush')
  return stats
}

export const keys = (cloudwatch) => signers(cloudwatch).map(({ accessKeyId }) => accessKeyId)

/** Warnings on stderr. */
export const warnings = ({ output }) => output.stderr.split('\n').filter((line) => line !== '')
