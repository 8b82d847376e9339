/**
 * Packages of Debian, unpacked in a folder. apt gets its own lists for that, so that nothing of the system changes, it needs
 * no rights, and the packages may be of another release and another processor than the machine.
 */

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runSteps } from '../../scripts/steps.mjs'
import { filledOnce } from './once.mjs'

/** Debian 13. The musl of Debian 12 crashes with binaries that pack their relocations (DT_RELR). */
const RELEASE = 'trixie'

const KEYS = '/usr/share/keyrings/debian-archive-keyring.gpg'

/** Where apt has its settings, its lists and its state. */
const APT = fileURLToPath(new URL('../../target/platforms/apt/', import.meta.url))

const env = { APT_CONFIG: join(APT, 'apt.conf') }
let areListsNew = false

/**
 * @param {string[]} packages each with its architecture, such as `musl:arm64`
 * @returns {string} the folder
 */
export function unpacked(packages) {
  const name = packages.join('+').replaceAll(':', '-')
  return filledOnce(`debian/${name}`, { RELEASE, packages }, (folder) => {
    if (!areListsNew) fetchLists()
    areListsNew = true
    const cwd = `target/platforms/debian/${name}`
    runSteps([{ name, command: ['apt-get', '--quiet', 'download', ...packages], cwd, env }])
    for (const file of readdirSync(folder)) {
      execFileSync('dpkg-deb', ['--extract', join(folder, file), folder])
    }
  })
}

function fetchLists() {
  for (const name of ['lists/partial', 'archives/partial']) {
    mkdirSync(join(APT, name), { recursive: true })
  }
  const options = {
    'Dir::Etc::SourceList': join(APT, 'sources.list'),
    'Dir::Etc::SourceParts': '/dev/null',
    'Dir::State': APT,
    'Dir::State::status': join(APT, 'status'),
    'Dir::Cache': APT,
    'APT::Architectures': 'amd64,arm64',
    'Acquire::Languages': 'none',
    'Acquire::IndexTargets::deb::DEP-11::DefaultEnabled': 'false',
    // apt as root would download as another user, who may not write here.
    'APT::Sandbox::User': 'root',
  }
  const lines = Object.entries(options).map(([name, value]) => `${name} "${value}";\n`)
  const trust = `[arch=amd64,arm64 signed-by=${KEYS}]`
  writeFileSync(join(APT, 'sources.list'), `deb ${trust} ${mirror()} ${RELEASE} main\n`)
  writeFileSync(join(APT, 'status'), '')
  writeFileSync(env.APT_CONFIG, lines.join(''))
  const command = ['apt-get', '--quiet', 'update']
  runSteps([{ name: `what Debian ${RELEASE} has`, command, env }])
}

/** Where the machine gets its own packages of Debian from. */
function mirror() {
  if (!/^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'))) {
    throw new Error('packages of Debian are fetched as this machine does, but it is no Debian')
  }
  const uris = execFileSync('apt-get', ['update', '--print-uris'], { encoding: 'utf8' })
  const [, found] = uris.match(/^'(\S+)\/dists\/[a-z]+\/InRelease'/m)
  return found
}
