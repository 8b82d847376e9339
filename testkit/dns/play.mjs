// Plays a row in a network and mount namespace of its own: see `programs/dns.mjs`. Each column has another one, so that no
// server remembers what another column asked.

import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CREDENTIALS } from '../harness.mjs'
import { runAlone } from '../namespaces/alone.mjs'

/** Who resolves the name: the package, the C library by `getent ahosts`, and Node's fetch. */
export const COLUMNS = ['package', 'libc', 'node']

/** Longer than the program waits for the C library. Most rows are done in a tenth of it on a quiet machine. */
const LONGEST_MS = 80_000

/** What the C library needs from `/etc` apart from what a row writes. */
const KEPT = ['ld.so.cache', 'gai.conf', 'protocols', 'services']

/**
 * How often a row is played before it is wrong. A package has two seconds of the wall clock to connect, which a busy machine
 * can use up.
 */
export const PLAYS = 3

/** Root reads every file, unless it lacks these. */
const UNPRIVILEGED = ['setpriv', '--bounding-set=-dac_override,-dac_read_search', '--']

/**
 * @param {import('./rows.mjs').Row} row
 * @param {string} column of `COLUMNS`
 * @returns {Promise<{ results: string[], error?: string, stderr: string }>} whether CloudWatch was reached: `yes`, `later`
 *   after another attempt, `no`; one result for each phase
 */
export async function playDns(row, column) {
  const folder = mkdtempSync(join(tmpdir(), 'hkm-dns-'))
  try {
    const etc = join(folder, 'etc')
    mkdirSync(etc)
    for (const name of KEPT) {
      if (existsSync(`/etc/${name}`)) cpSync(`/etc/${name}`, join(etc, name))
    }
    writeFileSync(join(etc, 'nsswitch.conf'), row.nsswitch ?? 'hosts: files dns\n')
    writeFileSync(join(etc, 'host.conf'), 'multi on\n')
    return await runAlone('dns.mjs', {
      args: [row.name, column],
      env: {
        ...CREDENTIALS,
        AWS_EC2_METADATA_DISABLED: 'true',
        AWS_REGION: 'us-east-1',
        AWS_ENDPOINT_URL: row.endpoint ?? 'http://cloudwatch.test:8080',
        NODE_ENV: 'test',
        ...row.env,
      },
      longestMs: LONGEST_MS,
      folders: { '/etc': etc },
      wrapper: row.isUnprivileged ? UNPRIVILEGED : [],
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}
