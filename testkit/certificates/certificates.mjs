// The certificates of this folder; its README says what is in each.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = new URL('./', import.meta.url)

/** The path of a file, as for AWS_CA_BUNDLE. */
export const certificateFile = (name) => fileURLToPath(new URL(name, FOLDER))

export const readCertificate = (name) => readFileSync(certificateFile(name), 'utf8')

/** TLS options of a server that shows these certificates, its own first. */
export const serverTls = (...names) => ({
  key: readCertificate('server.key'),
  cert: names.map(readCertificate).join(''),
})
