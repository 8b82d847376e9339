/** Who signed a request: what Signature Version 4 tells in the headers. */

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=[0-9a-f]{64}$/

export function signer(headers) {
  const match = AUTHORIZATION.exec(headers.authorization ?? '')
  if (match === null) return undefined
  const [, accessKeyId, region, service, signedHeaders] = match
  const sessionToken = headers['x-amz-security-token']
  // A token that is not part of what was signed is refused by every service.
  if (sessionToken && !signedHeaders.split(';').includes('x-amz-security-token')) return undefined
  return { accessKeyId, region, service, sessionToken }
}
