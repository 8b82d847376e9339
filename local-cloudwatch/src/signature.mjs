/** Who signed a request, by the headers of Signature Version 4. */

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=[0-9a-f]{64}$/

export function signer(headers) {
  const match = AUTHORIZATION.exec(headers.authorization ?? '')
  if (match === null) return undefined
  const [, accessKeyId, region, service, signedHeaders] = match
  const sessionToken = headers['x-amz-security-token']
  // Every service refuses a session token that is not signed.
  if (sessionToken && !signedHeaders.split(';').includes('x-amz-security-token')) return undefined
  return { accessKeyId, region, service, sessionToken }
}
