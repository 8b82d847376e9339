// Whatever a variable or a file holds, a process records, ends in time with code 0, and tells why records did not arrive.

import assert from 'node:assert/strict'
import { before, describe, test } from 'node:test'
import { problemsOf } from '../testkit/hostile/play.mjs'
import { PLAYS } from '../testkit/hostile/plays.mjs'
import { NEEDS_NAMESPACES } from '../testkit/platform.mjs'

for (const [list, plays] of Object.entries(PLAYS)) {
  describe(`whatever is in one of the ${list}, a process goes on`, NEEDS_NAMESPACES, () => {
    let problems
    before(async () => {
      problems = await problemsOf(list)
    })

    for (const subject of new Set(plays.map(({ subject }) => subject))) {
      test(subject, () => {
        const wrong = plays.flatMap((play, index) =>
          play.subject === subject && problems[index].length > 0
            ? [[play.value ?? play.contents, ...problems[index]]]
            : []
        )
        assert.deepEqual(wrong, [])
      })
    }
  })
}
