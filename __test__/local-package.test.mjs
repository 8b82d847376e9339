// The local CloudWatch as a package: what its entry points export, and what their types say.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const FOLDER = new URL('../local-cloudwatch/', import.meta.url)
const { name, exports } = JSON.parse(readFileSync(new URL('package.json', FOLDER), 'utf8'))

/** The names of values that a file of types exports. */
function declared(file) {
  const text = readFileSync(new URL(file, FOLDER), 'utf8')
  const names = text.matchAll(/^export (?:function|const|class) (\w+)/gm)
  return [...names].map(([, exported]) => exported)
}

const modules = Object.entries(exports).filter(([, target]) => target.types !== undefined)

test('every entry point but the manifest has types', () => {
  const others = Object.keys(exports).filter((entry) => !modules.some(([path]) => path === entry))
  assert.deepEqual(others, ['./package.json'])
})

for (const [entry, { types }] of modules) {
  test(`${entry} exports what its types declare`, async () => {
    const module = await import(name + entry.slice(1))
    assert.deepEqual(Object.keys(module).sort(), declared(types).sort())
  })
}
