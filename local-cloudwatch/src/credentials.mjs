/**
 * The services that hand out credentials: the container endpoint of ECS and EKS, STS, the instance metadata service of
 * EC2, and IAM Identity Center. Each answer carries a new access key id, which tells a test with which answer a request
 * was signed.
 *
 * Sources: "Amazon ECS task IAM role", "EKS Pod Identity", STS API Reference 2011-06-15, "Use IMDSv2".
 */

import { randomUUID } from 'node:crypto'
import { issuer, json, plain, startCredentialsService, timestamp } from './credentials-service.mjs'
import { ServiceError } from './errors.mjs'
import { signer } from './signature.mjs'

export { startSso } from './sso.mjs'

/** Seconds that a token of the instance metadata service may be valid. */
const MAX_TOKEN_TTL_SECONDS = 21_600

/** The names of a session that STS accepts. */
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/

/** The endpoint that ECS and EKS give to a container. */
export async function startContainerCredentials(options = {}) {
  const { host, port, path = '/v2/credentials/task' } = options
  let { authorization } = options
  const expected = [authorization]
  const { issue, ...issuing } = issuer('CONTAINER')

  const service = await startCredentialsService({
    host,
    port,
    identify: () => 'GetCredentials',
    answer({ method, path: asked, headers }) {
      if (method !== 'GET') throw new ServiceError(405, 'MethodNotAllowed', `${method} is not GET`)
      if (asked !== path) throw new ServiceError(404, 'NotFound', `There is nothing at ${asked}`)
      if (headers.authorization !== authorization) {
        throw new ServiceError(401, 'AccessDeniedException', 'The authorization token is not valid')
      }
      const { accessKeyId, secretAccessKey, sessionToken, expiration } = issue()
      return json(200, {
        RoleArn: 'arn:aws:iam::123456789012:role/task',
        AccessKeyId: accessKeyId,
        SecretAccessKey: secretAccessKey,
        Token: sessionToken,
        Expiration: timestamp(expiration),
      })
    },
    refuse: ({ status, code, message }) => json(status, { code, message }),
  })
  return {
    ...service,
    ...issuing,
    path,
    uri: service.url + path,
    setAuthorization(token) {
      authorization = token
      expected.push(token)
    },
    secrets: () => [...issuing.secrets(), ...expected.filter((token) => token !== undefined)],
  }
}

/** STS with AssumeRoleWithWebIdentity, which must not be signed, and AssumeRole and GetCallerIdentity, which must. */
export async function startSts({ roleArn = 'arn:aws:iam::123456789012:role/pod', token } = {}) {
  const trusted = [token]
  /** The external id that each role asks for, if it does. */
  const roles = new Map([[roleArn, undefined]])
  const { issue, ...issuing } = issuer('STS')

  const operations = {
    AssumeRoleWithWebIdentity(form, headers) {
      if (headers.authorization !== undefined) {
        throw new ServiceError(403, 'IncompleteSignature', 'A web identity is not signed')
      }
      if (!trusted.at(-1) || form.get('WebIdentityToken') !== trusted.at(-1)) {
        throw new ServiceError(400, 'InvalidIdentityToken', 'The web identity is not trusted')
      }
    },
    AssumeRole(form, headers) {
      if (signer(headers)?.service !== 'sts') {
        throw new ServiceError(403, 'MissingAuthenticationToken', 'The request is not signed')
      }
      const expected = roles.get(form.get('RoleArn'))
      if (expected !== undefined && form.get('ExternalId') !== expected) {
        throw new ServiceError(403, 'AccessDenied', 'Not authorized to perform: sts:AssumeRole')
      }
    },
  }

  function assume({ method, path, headers, body }) {
    const type = headers['content-type']?.split(';')[0]
    if (method !== 'POST' || path !== '/' || type !== 'application/x-www-form-urlencoded') {
      throw new ServiceError(400, 'InvalidAction', 'Not a query request')
    }
    const form = new URLSearchParams(body)
    const action = form.get('Action')
    if (action === 'GetCallerIdentity') return identity(headers)
    if (!Object.hasOwn(operations, action) || form.get('Version') !== '2011-06-15') {
      throw new ServiceError(400, 'InvalidAction', `Could not find operation ${action}`)
    }
    if (!SESSION_NAME.test(form.get('RoleSessionName'))) {
      throw new ServiceError(400, 'ValidationError', 'The RoleSessionName is not valid')
    }
    operations[action](form, headers)
    if (!roles.has(form.get('RoleArn'))) {
      throw new ServiceError(403, 'AccessDenied', `Not authorized to perform: sts:${action}`)
    }
    return xml(200, `<${action}Response>`, assumed(action, issue(), form))
  }

  /** Everybody who signs is a user of the account. */
  function identity(headers) {
    const signed = signer(headers)
    if (signed?.service !== 'sts') {
      throw new ServiceError(403, 'MissingAuthenticationToken', 'The request is not signed')
    }
    const account = roleArn.split(':')[4]
    return xml(
      200,
      '<GetCallerIdentityResponse>',
      `<GetCallerIdentityResult>
        <Arn>arn:aws:iam::${account}:user/local</Arn>
        <UserId>AIDALOCAL</UserId>
        <Account>${account}</Account>
      </GetCallerIdentityResult>`
    )
  }

  function assumed(action, credentials, form) {
    const [roleArn, session] = [form.get('RoleArn'), form.get('RoleSessionName')]
    return `<${action}Result>
      <AssumedRoleUser>
        <Arn>${roleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${session}</Arn>
        <AssumedRoleId>AROAEXAMPLE:${session}</AssumedRoleId>
      </AssumedRoleUser>
      <Credentials>
        <AccessKeyId>${credentials.accessKeyId}</AccessKeyId>
        <SecretAccessKey>${credentials.secretAccessKey}</SecretAccessKey>
        <SessionToken>${credentials.sessionToken}</SessionToken>
        <Expiration>${timestamp(credentials.expiration)}</Expiration>
      </Credentials>
    </${action}Result>`
  }

  const service = await startCredentialsService({
    identify: ({ body }) => new URLSearchParams(body).get('Action') ?? '',
    answer: assume,
    refuse: ({ status, code, message, blame }) =>
      xml(
        status,
        '<ErrorResponse>',
        `<Error><Type>${blame}</Type><Code>${code}</Code><Message>${message}</Message></Error>`
      ),
  })
  return {
    ...service,
    ...issuing,
    roleArn,
    addRole: (arn, externalId) => roles.set(arn, externalId),
    setToken: (next) => trusted.push(next),
    secrets: () => [...issuing.secrets(), ...trusted.filter((one) => one !== undefined)],
  }
}

function xml(status, open, content) {
  const namespace = 'https://sts.amazonaws.com/doc/2011-06-15/'
  const close = open.replace('<', '</')
  const body = `${open.replace('>', ` xmlns="${namespace}">`)}${content}${close}`
  return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) }
}

/** The instance metadata service of EC2, version 2: a request needs a session token. */
export async function startInstanceMetadata(options = {}) {
  const { host, port, role = 'instance-role', region = 'us-east-1' } = options
  const tokens = new Map()
  const { issue, ...issuing } = issuer('INSTANCE')
  const roles = '/latest/meta-data/iam/security-credentials/'

  function giveToken({ method, headers }) {
    const ttl = headers['x-aws-ec2-metadata-token-ttl-seconds']
    const seconds = /^\d+$/.test(ttl) ? Number(ttl) : 0
    if (method !== 'PUT' || seconds < 1 || seconds > MAX_TOKEN_TTL_SECONDS) {
      throw new ServiceError(400, 'BadRequest', 'A token is asked for by PUT, with its lifetime')
    }
    const token = `metadata-${randomUUID()}`
    tokens.set(token, Date.now() + seconds * 1_000)
    return plain(200, token, { 'x-aws-ec2-metadata-token-ttl-seconds': ttl })
  }

  function giveCredentials() {
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = issue()
    return json(200, {
      Code: 'Success',
      LastUpdated: timestamp(new Date()),
      Type: 'AWS-HMAC',
      AccessKeyId: accessKeyId,
      SecretAccessKey: secretAccessKey,
      Token: sessionToken,
      Expiration: timestamp(expiration),
    })
  }

  const service = await startCredentialsService({
    host,
    port,
    identify: ({ path }) =>
      ({
        '/latest/api/token': 'GetToken',
        [roles]: 'GetRole',
        [roles + role]: 'GetCredentials',
        '/latest/meta-data/placement/region': 'GetRegion',
      })[path] ?? '',
    answer(request) {
      if (request.operation === 'GetToken') return giveToken(request)
      const validUntil = tokens.get(request.headers['x-aws-ec2-metadata-token'])
      if (request.method !== 'GET' || !(Date.now() < validUntil)) {
        throw new ServiceError(401, 'Unauthorized', 'Unauthorized')
      }
      if (request.operation === 'GetRole') return plain(200, role)
      if (request.operation === 'GetCredentials') return giveCredentials()
      if (request.operation === 'GetRegion' && region) return plain(200, region)
      throw new ServiceError(404, 'NotFound', 'Not Found')
    },
    refuse: ({ status, message }) => plain(status, message),
  })
  return {
    ...service,
    ...issuing,
    secrets: () => [...issuing.secrets(), ...tokens.keys()],
  }
}
