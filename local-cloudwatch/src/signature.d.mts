import type { IncomingHttpHeaders } from 'node:http'

/** Who signed a request, by the headers of Signature Version 4. The signature itself is not checked. */
export interface Signer {
  accessKeyId: string
  region: string
  service: string
  sessionToken: string | undefined
}

/** `undefined` for a request that is not signed, is signed in another way, or leaves its session token unsigned. */
export function signer(headers: IncomingHttpHeaders): Signer | undefined
