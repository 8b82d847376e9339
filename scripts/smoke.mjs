// Installs tarballs with npm into an empty project and uses them on the Node that runs this: records, flushes and
// reads back. For systems on which nothing is built.
//
//   node scripts/smoke.mjs target/pack

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { inProject } from '../testkit/installation/project.mjs'

const [folder] = process.argv.slice(2)
const tarballs = readdirSync(folder).filter((file) => file.endsWith('.tgz'))

await inProject(
  tarballs.map((file) => join(folder, file)),
  ['npm', 'install'],
  async ({ fetched, use }) => {
    const { code, stdout, stderr } = await use('installed.mjs', process.execPath)
    console.log(`fetched ${fetched.join(', ')}\n${stdout}${stderr}`.trim())
    const isRead = code === 0 && stderr === '' && JSON.parse(stdout).sum === 0.75
    process.exitCode = isRead ? 0 : 1
  }
)
