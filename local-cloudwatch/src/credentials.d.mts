/**
 * The services that hand out credentials, strict, on loopback: the container endpoint of ECS and EKS, STS, the
 * instance metadata service of EC2, and IAM Identity Center. Each answer carries a new access key id, which tells a test with which answer a
 * request was signed.
 */

import type { LocalService, ServiceRequest } from './server.mjs'

export interface CredentialsRequest extends ServiceRequest {
  operation: string
  method: string
  /** Without the query. */
  path: string
  query: URLSearchParams
  body: string
}

export interface IssuedCredentials {
  /** Counts up: `ASIASTS1`, `ASIASTS2`, … */
  accessKeyId: string
  secretAccessKey: string
  sessionToken: string
  expiration: Date
}

export interface CredentialsService extends LocalService<CredentialsRequest> {
  /** Oldest first. */
  issued: IssuedCredentials[]
  /** How long the credentials to come are valid, in milliseconds. Default six hours; negative: expired. */
  setLifetime(ms: number): void
  /** Everything that was handed out or expected and that must appear nowhere else. */
  secrets(): string[]
}

export interface ContainerCredentials extends CredentialsService {
  /** For `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  uri: string
  /** For `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`. */
  path: string
  /** Replaces the token that a request has to carry; without an argument none may. */
  setAuthorization(token?: string): void
}

/** Starts the endpoint that ECS and EKS give to a container. */
export function startContainerCredentials(options?: {
  /** Default `127.0.0.1`. Another address has to be one of this machine. */
  host?: string | undefined
  /** Default 0: a free one. */
  port?: number | undefined
  /** The only path that is known. Default `/v2/credentials/task`. */
  path?: string | undefined
  /** The token that a request has to carry. Default: none may. */
  authorization?: string | undefined
}): Promise<ContainerCredentials>

export interface Sts extends CredentialsService {
  roleArn: string
  /** Adds a role that AssumeRole gives, and the external id that it asks for. Default: none is needed. */
  addRole(arn: string, externalId?: string): void
  /** Replaces the web identity that is trusted. */
  setToken(token: string): void
}

/** Starts an STS that knows AssumeRole and AssumeRoleWithWebIdentity. */
export function startSts(options?: {
  /** The role that may be assumed. Default `arn:aws:iam::123456789012:role/pod`. */
  roleArn?: string | undefined
  /** The web identity that is trusted. Default: none. */
  token?: string | undefined
}): Promise<Sts>

/** Starts an instance metadata service, version 2: a request needs a session token. */
export function startInstanceMetadata(options?: {
  /** Default `127.0.0.1`. Another address has to be one of this machine. */
  host?: string | undefined
  /** Default 0: a free one. */
  port?: number | undefined
  /** The role of the instance. Default `instance-role`. */
  role?: string | undefined
  /** The region of the instance. Default `us-east-1`. Empty: the service does not tell it. */
  region?: string | undefined
}): Promise<CredentialsService>

export interface Sso extends CredentialsService {
  accountId: string
  roleName: string
  /** Ends the login: no token that was given before is accepted any more. */
  logOut(): void
  /** What a login writes to `~/.aws/sso/cache/`, without times. */
  token(): { clientId: string; clientSecret: string; accessToken: string; refreshToken: string }
}

/** Starts IAM Identity Center: the portal with GetRoleCredentials, and OIDC with CreateToken for refresh tokens. */
export function startSso(options?: {
  /** Default `123456789012`. */
  accountId?: string | undefined
  /** The only role that is given. Default `Developer`. */
  roleName?: string | undefined
}): Promise<Sso>
