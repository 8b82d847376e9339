// Roles, logins of IAM Identity Center and commands in the course of time, beside what all sources have in common.

import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { describe, test } from 'node:test'
import { signer } from '@sim/local-cloudwatch/signature'
import { ROLE, withProcess } from '../testkit/credentials/given.mjs'
import { startRecorder, startServices } from '../testkit/credentials/run.mjs'
import { clockAt, keys, playWith } from '../testkit/credentials/sources.mjs'

const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'

describe('credentials', { concurrency: 4 }, () => {
  test('of a role are replaced with the help of new ones of its base', async () => {
    await playWith('roleOfContainer', {}, async (recorder, sts, { cloudwatch, container }) => {
      sts.setLifetime(3_000)
      await recorder.tell('record', 1)
      await recorder.tell('flush')
      sts.setLifetime(3_600_000)
      await clockAt(sts.issued[0].expiration)
      await recorder.tell('record', 1)
      assert.equal((await recorder.tell('flush')).applied, 2)
      assert.deepEqual(keys(cloudwatch), ['ASIASTS1', 'ASIASTS2'])
      const assumers = sts.requests.map(({ headers }) => signer(headers).accessKeyId)
      assert.deepEqual(assumers, ['ASIACONTAINER1', 'ASIACONTAINER2'])
      assert.equal(container.requests.length, 2)
    })
  })

  test('of a login are given for a token that is renewed in time, and kept for others', async () => {
    await playWith('endingLogin', {}, async (recorder, sso, { cloudwatch, tokenFile }) => {
      sso.setLifetime(3_000)
      const first = sso.token()
      await recorder.tell('record', 1)
      await recorder.tell('flush')
      const kept = JSON.parse(readFileSync(tokenFile, 'utf8'))
      const { accessToken, refreshToken } = sso.token()
      assert.notEqual(accessToken, first.accessToken)
      assert.deepEqual([kept.accessToken, kept.refreshToken], [accessToken, refreshToken])
      assert.equal(kept.startUrl, 'https://example.awsapps.com/start')
      assert.ok(new Date(kept.expiresAt) > Date.now() + 3_600_000)
      assert.equal(statSync(tokenFile).mode & 0o777, 0o600)
      await clockAt(sso.issued[0].expiration)
      await recorder.tell('record', 1)
      assert.equal((await recorder.tell('flush')).applied, 2)
      assert.deepEqual(keys(cloudwatch), ['ASIASSO1', 'ASIASSO2'])
      const operations = sso.requests.map(({ operation }) => operation)
      assert.deepEqual(operations, ['CreateToken', 'GetRoleCredentials', 'GetRoleCredentials'])
    })
  })

  test('of a login are given although its renewed token cannot be written to its file', async () => {
    await playWith('endingLogin', {}, async (recorder, sso, { tokenFile }) => {
      // Where the new file would be written before it replaces the old one. No right stops root.
      mkdirSync(tokenFile.replace('.json', `.${recorder.child.pid}.tmp`))
      const before = readFileSync(tokenFile, 'utf8')
      sso.setLifetime(3_000)
      await recorder.tell('record', 1)
      await recorder.tell('flush')
      await clockAt(sso.issued[0].expiration)
      await recorder.tell('record', 1)
      assert.equal((await recorder.tell('flush')).applied, 2)
      assert.equal(readFileSync(tokenFile, 'utf8'), before)
      const operations = sso.requests.map(({ operation }) => operation)
      assert.deepEqual(operations, ['CreateToken', 'GetRoleCredentials', 'GetRoleCredentials'])
      assert.equal(recorder.output.stderr, '')
    })
  })

  test('of a command are not asked for if Node may run no child processes', async () => {
    const services = await startServices()
    try {
      const runtimeArgs = [PERMISSION, '--allow-fs-read=*', '--allow-addons']
      const recorder = startRecorder(services, { variables: withProcess(services), runtimeArgs })
      await recorder.tell('record', 1)
      const { lastError } = await recorder.tell('failToFlush')
      assert.match(lastError.message, /profile dev: it is not run, because .*permission model/)
      recorder.child.kill('SIGKILL')
      await recorder.ended
      assert.equal(services.container.requests.length, 0)
    } finally {
      await services.close()
    }
  })

  for (const [name, variables, expected] of [
    ['none is given', {}, 'hkm-native'],
    ['one is given', { HKM_ROLE_SESSION_NAME: 'billing@host-1' }, 'billing@host-1'],
  ]) {
    test(`of a role are of the session ${expected} if ${name}`, async () => {
      await playWith('role', variables, async (recorder, sts) => {
        await recorder.tell('record', 1)
        await recorder.tell('flush')
        const form = new URLSearchParams(sts.requests[0].body)
        assert.equal(form.get('RoleSessionName'), expected)
        assert.equal(form.has('ExternalId'), false)
      })
    })
  }
})

describe('nothing is sent, and a warning says why, if', () => {
  for (const [name, variables, told] of [
    ['a role is none', { HKM_ROLE_ARN: 'metrics' }, /HKM_ROLE_ARN must be the ARN of an IAM role/],
    [
      'its external id is none',
      { HKM_ROLE_ARN: ROLE, HKM_ROLE_EXTERNAL_ID: '?' },
      /HKM_ROLE_EXTERNAL_ID must be/,
    ],
    ['there is an external id and no role', { HKM_ROLE_EXTERNAL_ID: 'id' }, /nor HKM_ROLE_ARN/],
  ]) {
    test(name, async () => {
      await playWith('role', { HKM_ROLE_ARN: undefined, ...variables }, async (recorder, sts) => {
        const { state } = await recorder.tell('record', 1)
        assert.equal(state, 'off')
        const { stderr } = await recorder.end()
        assert.match(stderr, told)
        assert.match(stderr, /^\[hkm-native\] [^\n]*; metrics are off\n$/)
        assert.equal(sts.requests.length, 0)
      })
    })
  }
})
