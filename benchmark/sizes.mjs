// What an installation brings along: packages and bytes, with all dependencies.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pack } from '../scripts/pack.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const OWN = fileURLToPath(new URL('.', import.meta.url))

/** Other clients, and the folder that they are installed in. */
const CLIENTS = {
  '@aws-sdk/client-cloudwatch': ROOT,
  'prom-client': OWN,
  '@opentelemetry/sdk-metrics': OWN,
  'hot-shots': OWN,
}

/** @returns {Promise<{ name: string, packages: number, packed?: number, unpacked: number }[]>} */
export async function sizes() {
  const clients = Object.entries(CLIENTS).map(([name, folder]) => {
    const locations = [...closure(name, folder)]
    const bytes = locations.map((location) => bytesIn(join(folder, location)))
    const unpacked = bytes.reduce((sum, size) => sum + size, 0)
    return { name, packages: locations.length, unpacked }
  })
  return [...ours(), ...clients]
}

/** The facade and the binary of this platform, as they would be published. */
function ours() {
  const destination = mkdtempSync(join(tmpdir(), 'benchmark-'))
  try {
    const tarballs = pack({ destination })
    const packed = tarballs.reduce((sum, { bytes }) => sum + bytes, 0)
    const binary = readdirSync(ROOT).find((file) => file.endsWith('.node'))
    const { size } = statSync(join(ROOT, binary))
    const args = ['pack', '--dry-run', '--json', '--ignore-scripts']
    const options = { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    const [{ unpackedSize }] = Object.values(JSON.parse(execFileSync('npm', args, options)))
    return [
      {
        name: 'this package and its binary',
        packages: tarballs.length,
        packed,
        unpacked: unpackedSize + size,
      },
      { name: 'of it the binary', packages: 1, packed: tarballs[0].bytes, unpacked: size },
    ]
  } finally {
    rmSync(destination, { recursive: true, force: true })
  }
}

/** Where a package and all that it depends on are, by the lock file of what is installed. */
function closure(name, folder) {
  const { packages } = JSON.parse(readFileSync(join(folder, 'node_modules/.package-lock.json')))
  const found = new Set()
  const visit = (name, from) => {
    const location = resolve(packages, name, from)
    // An optional one that was left out.
    if (location === undefined || found.has(location)) return
    found.add(location)
    const { dependencies, optionalDependencies, peerDependencies } = packages[location]
    const all = { ...dependencies, ...optionalDependencies, ...peerDependencies }
    for (const dependency of Object.keys(all)) visit(dependency, location)
  }
  visit(name, '')
  return found
}

/** The nearest one, from the folder of who asks outwards. */
function resolve(packages, name, from) {
  for (let folder = from; ; folder = folder.slice(0, folder.lastIndexOf('/node_modules/'))) {
    const location = `${folder && `${folder}/`}node_modules/${name}`
    if (packages[location]) return location
    if (!folder.includes('/node_modules/')) break
  }
  const top = `node_modules/${name}`
  return packages[top] ? top : undefined
}

function bytesIn(folder) {
  if (!existsSync(folder)) return 0
  return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
    const path = join(folder, entry.name)
    // Packages within this one are counted where they are needed.
    if (entry.isDirectory()) return entry.name === 'node_modules' ? sum : sum + bytesIn(path)
    return entry.isFile() ? sum + statSync(path).size : sum
  }, 0)
}
