// The services that hand out credentials refuse what the real ones refuse, and a child that could ask the real ones
// does not start.

import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, test } from 'node:test'
import {
  startContainerCredentials,
  startInstanceMetadata,
  startSso,
  startSts,
} from '@sim/local-cloudwatch/credentials'
import { first, hang, status } from '@sim/local-cloudwatch/faults'
import { signer } from '@sim/local-cloudwatch/signature'
import { CREDENTIALS, environment, start } from '../testkit/harness.mjs'
import { ADDRESSES } from '../testkit/namespaces/isolation.mjs'

const open = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((service) => service.close()))
})

async function started(service) {
  open.push(await service)
  return open.at(-1)
}

/** The status and the body of an answer. */
async function ask(url, options) {
  const answer = await fetch(url, options)
  return { status: answer.status, body: await answer.text() }
}

describe('the container endpoint', () => {
  test('gives a new key each time, for as long as was asked', async () => {
    const container = await started(startContainerCredentials())
    container.setLifetime(60_000)
    const [one, two] = [await ask(container.uri), await ask(container.uri)].map(({ body }) =>
      JSON.parse(body)
    )
    assert.deepEqual([one.AccessKeyId, two.AccessKeyId], ['ASIACONTAINER1', 'ASIACONTAINER2'])
    assert.notEqual(one.SecretAccessKey, two.SecretAccessKey)
    assert.deepEqual(new Date(one.Expiration), container.issued[0].expiration)
    const secrets = [one, two].flatMap(({ SecretAccessKey, Token }) => [SecretAccessKey, Token])
    assert.deepEqual(container.secrets(), secrets)
  })

  test('refuses another path, another method, and any token but the one of the time', async () => {
    const container = await started(startContainerCredentials({ authorization: 'first' }))
    const statusWith = async (authorization, url = container.uri, method = 'GET') =>
      (await ask(url, { method, headers: authorization ? { authorization } : {} })).status
    assert.equal(await statusWith('first'), 200)
    assert.equal(await statusWith('second'), 401)
    assert.equal(await statusWith(undefined), 401)
    assert.equal(await statusWith('first', `${container.uri}/more`), 404)
    assert.equal(await statusWith('first', container.uri, 'POST'), 405)
    container.setAuthorization('second')
    assert.equal(await statusWith('first'), 401)
    assert.equal(await statusWith('second'), 200)
    container.setAuthorization()
    assert.equal(await statusWith('second'), 401)
    assert.deepEqual(
      container.requests.map(({ status }) => status),
      [200, 401, 401, 404, 405, 401, 200, 401]
    )
  })
})

describe('STS', () => {
  const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
  const roleArn = 'arn:aws:iam::123456789012:role/pod'
  const GOOD = {
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: roleArn,
    RoleSessionName: 'pod-1',
    WebIdentityToken: 'trusted',
  }
  const assume = ({ url }, form, headers = FORM) =>
    ask(`${url}/`, { method: 'POST', headers, body: new URLSearchParams(form).toString() })

  test('gives credentials for a role to a web identity that is trusted', async () => {
    const sts = await started(startSts({ token: 'trusted' }))
    const { status, body } = await assume(sts, GOOD)
    assert.equal(status, 200)
    assert.match(body, /<AccessKeyId>ASIASTS1<\/AccessKeyId>/)
    assert.match(body, /assumed-role\/pod\/pod-1</)
    assert.ok(sts.secrets().includes('trusted'))
  })

  for (const [what, change, code] of [
    ['another role', { RoleArn: `${roleArn}s` }, 'AccessDenied'],
    ['a session without a name', { RoleSessionName: '' }, 'ValidationError'],
    ['a session with a name that is none', { RoleSessionName: 'pod 1' }, 'ValidationError'],
    ['another token', { WebIdentityToken: 'other' }, 'InvalidIdentityToken'],
    ['no token', { WebIdentityToken: '' }, 'InvalidIdentityToken'],
    ['another version', { Version: '2012-01-01' }, 'InvalidAction'],
    ['another action', { Action: 'GetSessionToken' }, 'InvalidAction'],
    ['a role without a signature', { Action: 'AssumeRole' }, 'MissingAuthenticationToken'],
  ]) {
    test(`refuses ${what}`, async () => {
      const sts = await started(startSts({ token: 'trusted' }))
      const { status, body } = await assume(sts, { ...GOOD, ...change })
      assert.ok(status >= 400 && status < 500)
      assert.match(body, new RegExp(`<Code>${code}</Code>`))
      assert.equal(sts.issued.length, 0)
    })
  }

  test('gives a role that asks for an external id to nobody else', async () => {
    const sts = await started(startSts())
    sts.addRole(`${roleArn}/strict`, 'id')
    const scope = 'Credential=AKID/20260115/eu-west-1/sts/aws4_request'
    const signature = `Signature=${'0'.repeat(64)}`
    const authorization = `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=host, ${signature}`
    const statusWith = async (change) => {
      const form = { ...GOOD, Action: 'AssumeRole', RoleArn: `${roleArn}/strict`, ...change }
      return (await assume(sts, form, { ...FORM, authorization })).status
    }
    assert.equal(await statusWith({}), 403)
    assert.equal(await statusWith({ ExternalId: 'other' }), 403)
    assert.equal(await statusWith({ ExternalId: 'id' }), 200)
    assert.equal(await statusWith({ RoleArn: roleArn }), 200)
  })

  test('refuses what is no query request, or signed where nobody can sign', async () => {
    const sts = await started(startSts({ token: 'trusted' }))
    for (const headers of [{ 'content-type': 'text/plain' }, { ...FORM, authorization: 'AWS4' }]) {
      assert.ok((await assume(sts, GOOD, headers)).status >= 400)
    }
    assert.equal(sts.issued.length, 0)
  })
})

describe('IAM Identity Center', () => {
  const credentials = (
    { url },
    accessToken,
    query = 'account_id=123456789012&role_name=Developer'
  ) =>
    ask(`${url}/federation/credentials?${query}`, {
      headers: { 'x-amz-sso_bearer_token': accessToken },
    })
  const renew = ({ url }, { clientId, clientSecret, refreshToken }, grantType = 'refresh_token') =>
    ask(`${url}/token`, {
      method: 'POST',
      body: JSON.stringify({ clientId, clientSecret, refreshToken, grantType }),
    })

  test('gives the credentials of its role for the token of a login', async () => {
    const sso = await started(startSso())
    const { accessToken } = sso.token()
    const { status, body } = await credentials(sso, accessToken)
    const { roleCredentials } = JSON.parse(body)
    assert.equal(status, 200)
    assert.equal(roleCredentials.accessKeyId, 'ASIASSO1')
    assert.equal(roleCredentials.expiration, sso.issued[0].expiration.getTime())
    assert.equal((await credentials(sso, 'other')).status, 401)
    assert.equal((await credentials(sso, accessToken, 'account_id=1&role_name=Root')).status, 403)
    assert.ok(sso.secrets().includes(accessToken))
  })

  test('renews a token once, and the old one is not accepted any more', async () => {
    const sso = await started(startSso())
    const old = sso.token()
    assert.equal((await renew(sso, { ...old, clientSecret: 'other' })).status, 401)
    assert.equal((await renew(sso, old, 'authorization_code')).status, 400)
    const { status, body } = await renew(sso, old)
    assert.equal(status, 200)
    assert.equal(JSON.parse(body).accessToken, sso.token().accessToken)
    assert.match((await renew(sso, old)).body, /InvalidGrantException/)
    assert.equal((await credentials(sso, old.accessToken)).status, 401)
    assert.equal((await credentials(sso, sso.token().accessToken)).status, 200)
  })

  test('accepts no token after the login was ended', async () => {
    const sso = await started(startSso())
    const before = sso.token()
    sso.logOut()
    assert.equal((await credentials(sso, before.accessToken)).status, 401)
    assert.equal((await renew(sso, before)).status, 400)
  })
})

describe('the instance metadata service', () => {
  const ROLES = '/latest/meta-data/iam/security-credentials/'
  const tokenFrom = ({ url }, seconds) =>
    ask(`${url}/latest/api/token`, {
      method: 'PUT',
      headers: seconds === undefined ? {} : { 'x-aws-ec2-metadata-token-ttl-seconds': seconds },
    })

  test('gives the role and its credentials to whoever has a token', async () => {
    const metadata = await started(startInstanceMetadata({ role: 'web' }))
    const token = (await tokenFrom(metadata, '60')).body
    const headers = { 'x-aws-ec2-metadata-token': token }
    assert.deepEqual(await ask(metadata.url + ROLES, { headers }), { status: 200, body: 'web' })
    const { body } = await ask(`${metadata.url}${ROLES}web`, { headers })
    assert.equal(JSON.parse(body).AccessKeyId, 'ASIAINSTANCE1')
    assert.equal((await ask(`${metadata.url}${ROLES}db`, { headers })).status, 404)
    assert.ok(metadata.secrets().includes(token))
  })

  test('refuses whoever has none, as version 1 had none, or one that is not its own', async () => {
    const metadata = await started(startInstanceMetadata())
    for (const headers of [{}, { 'x-aws-ec2-metadata-token': 'made-up' }]) {
      assert.equal((await ask(metadata.url + ROLES, { headers })).status, 401)
    }
  })

  test('gives a token only by PUT and with a lifetime of up to six hours', async () => {
    const metadata = await started(startInstanceMetadata())
    for (const seconds of [undefined, '0', '21601', 'an hour']) {
      assert.equal((await tokenFrom(metadata, seconds)).status, 400)
    }
    assert.equal((await ask(`${metadata.url}/latest/api/token`)).status, 400)
    assert.equal((await tokenFrom(metadata, '21600')).status, 200)
  })
})

test('a service fails as it is told, in its own words, and can be waited for', async () => {
  const [sts, metadata] = [await started(startSts()), await started(startInstanceMetadata())]
  sts.setFault(first(1, status(400, { errorCode: 'ExpiredTokenException', message: 'too old' })))
  const { body } = await ask(sts.url, { method: 'POST' })
  assert.match(body, /<Type>Sender<\/Type><Code>ExpiredTokenException<\/Code>.*too old/)
  assert.match((await ask(sts.url, { method: 'POST' })).body, /InvalidAction/)

  metadata.setFault({ ...hang(), operation: 'GetRole' })
  assert.equal((await ask(`${metadata.url}/latest/meta-data/`)).status, 401)
  const ended = new AbortController()
  const asked = ask(`${metadata.url}/latest/meta-data/iam/security-credentials/`, {
    signal: ended.signal,
  })
  await metadata.until(() => metadata.requests.length === 2)
  assert.equal(metadata.requests[1].status, null)
  ended.abort()
  await assert.rejects(asked)
})

test('a signer is read off a signed request, and off no other', () => {
  const scope = 'Credential=AKID/20260115/eu-west-1/monitoring/aws4_request'
  const authorization = (signed) =>
    `AWS4-HMAC-SHA256 ${scope}, SignedHeaders=${signed}, Signature=${'0'.repeat(64)}`
  const found = { accessKeyId: 'AKID', region: 'eu-west-1', service: 'monitoring' }
  const token = { 'x-amz-security-token': 'session' }
  assert.deepEqual(signer({ authorization: authorization('host') }), {
    ...found,
    sessionToken: undefined,
  })
  assert.deepEqual(
    signer({ authorization: authorization('host;x-amz-security-token'), ...token }),
    {
      ...found,
      sessionToken: 'session',
    }
  )
  assert.equal(signer({ authorization: authorization('host'), ...token }), undefined)
  assert.equal(signer({ authorization: 'Bearer token' }), undefined)
  assert.equal(signer({}), undefined)
})

describe('a child does not start when it could ask somebody who is not on loopback:', () => {
  const elsewhere = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://${ADDRESSES.eks}/v1/credentials`,
    AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '/v2/credentials',
    AWS_ENDPOINT_URL_STS: 'https://sts.us-east-1.amazonaws.com',
    AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/token',
    AWS_ENDPOINT_URL_SSO: 'https://portal.sso.us-east-1.amazonaws.com',
    AWS_ENDPOINT_URL_SSO_OIDC: 'https://oidc.us-east-1.amazonaws.com',
    HKM_ROLE_ARN: 'arn:aws:iam::123456789012:role/metrics',
    AWS_EC2_METADATA_SERVICE_ENDPOINT: `http://${ADDRESSES.instance}`,
  }
  for (const [name, value] of Object.entries(elsewhere)) {
    for (const when of ['env', 'later']) {
      test(`${name} in ${when}`, () => {
        const given = { env: environment('http://127.0.0.1:9', CREDENTIALS), later: {} }
        given[when][name] = value
        assert.throws(() => start('empty.cjs', given), new RegExp(`${name}|AWS_ENDPOINT_URL_STS`))
      })
    }
  }

  for (const [lines, needed] of [
    ['role_arn = arn:aws:iam::123456789012:role/a', 'AWS_ENDPOINT_URL_STS'],
    ['sso_session = work', 'AWS_ENDPOINT_URL_SSO'],
    ['sso_start_url = https://example.awsapps.com/start', 'AWS_ENDPOINT_URL_SSO'],
  ]) {
    test(`a profile with ${lines} without ${needed}`, () => {
      const home = mkdtempSync(join(tmpdir(), 'hkm-profile-'))
      try {
        mkdirSync(join(home, '.aws'))
        writeFileSync(join(home, '.aws/config'), `[default]\n${lines}\n`)
        const env = environment('http://127.0.0.1:9', { HOME: home })
        assert.throws(() => start('empty.cjs', { env }), new RegExp(needed))
      } finally {
        rmSync(home, { recursive: true })
      }
    })
  }

  test('AWS_EC2_METADATA_DISABLED taken back later', () => {
    const env = environment('http://127.0.0.1:9', CREDENTIALS)
    const later = { AWS_EC2_METADATA_DISABLED: 'false' }
    assert.throws(() => start('empty.cjs', { env, later }), /metadata service on loopback/)
  })
})
