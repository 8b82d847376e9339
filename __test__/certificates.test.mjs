// Which certificates are trusted, and which servers are refused: the rows of `npm run matrix:tls`, without Node's own client.

import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { isPlayable, playPackage, problemsOf, stage } from '../testkit/tls/play.mjs'
import { ROWS } from '../testkit/tls/rows/index.mjs'

const folder = mkdtempSync(join(tmpdir(), 'hkm-certificates-'))
after(() => rmSync(folder, { recursive: true }))

for (const subject of new Set(ROWS.map((row) => row.subject))) {
  describe(subject, () => {
    for (const [index, row] of ROWS.entries()) {
      if (row.subject !== subject) continue
      const outcome = row.arrives ? 'records arrive' : 'the server is refused'
      test(`${row.name}: ${outcome}`, { skip: !isPlayable(row) }, async () => {
        const scene = await stage(row, join(folder, String(index)))
        try {
          assert.deepEqual(problemsOf(row, await playPackage(scene)), [])
        } finally {
          await scene.close()
        }
      })
    }
  })
}
