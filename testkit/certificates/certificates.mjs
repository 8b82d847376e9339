// The certificates of this folder. README.md lists them.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const FOLDER = new URL('./', import.meta.url)

/** The path of a file, as for AWS_CA_BUNDLE. */
export const certificateFile = (name) => fileURLToPath(new URL(name, FOLDER))

export const readCertificate = (name) => readFileSync(certificateFile(name), 'utf8')

/** TLS options of a server that sends these certificates. The first one is its own. */
export const serverTls = (...names) => ({
  key: readCertificate('server.key'),
  cert: names.map(readCertificate).join(''),
})
