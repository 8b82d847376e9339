/**
 * An npm registry on loopback with this package and its platform packages. A platform that was not packed is there
 * without its binary, for installers that fetch the packages of other platforms too. `fetched` lists what was downloaded.
 */

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Yarn and pnpm do not install what was published a moment ago, or nobody knows when. */
const PUBLISHED = '2020-01-01T00:00:00.000Z'

const PLATFORMS = fileURLToPath(new URL('../../npm/', import.meta.url))

/**
 * @param {string[]} files tarballs
 * @returns {Promise<{ url: string, fetched: string[], close: () => Promise<void> }>} the names of the packages whose
 *   tarballs were asked for
 */
export async function startRegistry(files) {
  const others = readdirSync(PLATFORMS).map((platform) => archive(join(PLATFORMS, platform)))
  const packed = files.map((file) => readFileSync(file))
  // A package that was packed replaces the one without a binary.
  const packages = new Map([...others, ...packed].map(withManifest))

  const fetched = []
  const server = createServer((request, response) => {
    const [name, tarball] = decodeURIComponent(request.url.slice(1)).split('/-/')
    const entry = packages.get(name)
    if (entry === undefined) {
      response.writeHead(404, { 'content-type': 'application/json' })
      return response.end('{}')
    }
    if (tarball) {
      fetched.push(name)
      return response.end(entry.bytes)
    }
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(packument(entry, url)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${server.address().port}/`
  return {
    url,
    fetched,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

/** A tarball of a folder without its binary, as npm lays it out. */
function archive(folder) {
  const copy = mkdtempSync(join(tmpdir(), 'hkm-archive-'))
  try {
    const filter = (file) => !file.endsWith('.node')
    cpSync(folder, join(copy, 'package'), { recursive: true, filter })
    return execFileSync('tar', ['-czf', '-', '-C', copy, 'package'])
  } finally {
    rmSync(copy, { recursive: true })
  }
}

function withManifest(bytes) {
  const text = execFileSync('tar', ['-xzOf', '-', 'package/package.json'], { input: bytes })
  const manifest = JSON.parse(text)
  return [manifest.name, { manifest, bytes }]
}

/** The document of a registry about a package of one version. */
function packument({ manifest, bytes }, url) {
  const { name, version } = manifest
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  const dist = { tarball: `${url}${name}/-/${version}.tgz`, integrity }
  return {
    name,
    'dist-tags': { latest: version },
    time: { created: PUBLISHED, modified: PUBLISHED, [version]: PUBLISHED },
    versions: { [version]: { ...manifest, dist } },
  }
}
