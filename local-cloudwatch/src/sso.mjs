/**
 * IAM Identity Center: the portal, which gives the credentials of a role for an access token, and OIDC, which renews access
 * tokens. A renewed token replaces its refresh token too, and the old ones are not accepted any more.
 *
 * Sources: "IAM Identity Center Portal API Reference" 2019-06-10, GetRoleCredentials; "IAM Identity Center OIDC API
 * Reference" 2019-06-10, CreateToken.
 */

import { randomUUID } from 'node:crypto'
import { issuer, json, startCredentialsService } from './credentials-service.mjs'
import { ServiceError } from './errors.mjs'

/** How long an access token is valid, in seconds. */
const TOKEN_LIFETIME = 8 * 3_600

export async function startSso(options = {}) {
  const { accountId = '123456789012', roleName = 'Developer' } = options
  const { issue, ...issuing } = issuer('SSO')
  const client = { clientId: 'client-of-a-login', clientSecret: `client-${randomUUID()}` }
  /** The tokens of all logins and renewals. The last one is valid. */
  const tokens = []
  const newToken = () => {
    tokens.push({ accessToken: `access-${randomUUID()}`, refreshToken: `refresh-${randomUUID()}` })
    return tokens.at(-1)
  }
  newToken()

  function giveCredentials({ method, query, headers }) {
    if (method !== 'GET') throw new ServiceError(405, 'InvalidRequestException', `not ${method}`)
    if (headers.authorization !== undefined) {
      throw new ServiceError(400, 'InvalidRequestException', 'The request must not be signed')
    }
    if (headers['x-amz-sso_bearer_token'] !== tokens.at(-1).accessToken) {
      throw new ServiceError(401, 'UnauthorizedException', 'Session token not found or invalid')
    }
    if (query.get('account_id') !== accountId || query.get('role_name') !== roleName) {
      throw new ServiceError(403, 'ForbiddenException', 'No access')
    }
    const { accessKeyId, secretAccessKey, sessionToken, expiration } = issue()
    const keys = { accessKeyId, secretAccessKey, sessionToken, expiration: expiration.getTime() }
    return json(200, { roleCredentials: keys })
  }

  function createToken({ method, body }) {
    if (method !== 'POST') throw new ServiceError(405, 'InvalidRequestException', `not ${method}`)
    const { clientId, clientSecret, grantType, refreshToken } = JSON.parse(body)
    if (clientId !== client.clientId || clientSecret !== client.clientSecret) {
      throw new ServiceError(401, 'InvalidClientException', 'Invalid client')
    }
    if (grantType !== 'refresh_token' || refreshToken !== tokens.at(-1).refreshToken) {
      throw new ServiceError(400, 'InvalidGrantException', 'Invalid refresh token')
    }
    return json(200, { ...newToken(), tokenType: 'Bearer', expiresIn: TOKEN_LIFETIME })
  }

  const service = await startCredentialsService({
    identify: ({ path }) =>
      ({ '/federation/credentials': 'GetRoleCredentials', '/token': 'CreateToken' })[path] ?? '',
    answer(request) {
      if (request.operation === 'GetRoleCredentials') return giveCredentials(request)
      if (request.operation === 'CreateToken') return createToken(request)
      throw new ServiceError(404, 'ResourceNotFoundException', 'Not Found')
    },
    refuse({ status, code, message }) {
      const answer = json(status, { message, error: code, error_description: message })
      answer.headers['x-amzn-errortype'] = code
      return answer
    },
  })
  return {
    ...service,
    ...issuing,
    accountId,
    roleName,
    /** Ends the login: no token is accepted any more. */
    logOut: () => void newToken(),
    token: () => ({ ...client, ...tokens.at(-1) }),
    secrets: () => [
      ...issuing.secrets(),
      client.clientSecret,
      ...tokens.flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken]),
    ],
  }
}
