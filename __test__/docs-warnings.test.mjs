// The page about statistics and warnings names the texts of the warnings that the sources hold, and no others.

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { isText, warningTexts } from '../testkit/pages/warnings.mjs'

const page = readFileSync(new URL('../docs/stats-and-warnings.md', import.meta.url), 'utf8')

/** Each code of the page that is a text to read, and neither a command nor a formula. */
const shown = [...page.replace(/^```.*?^```/gms, '').matchAll(/`([^`\n]+)`/g)]
  .map(([, code]) => code)
  .filter((code) => isText(code) && !/^npx | = /.test(code))

/** Words in angle brackets, and values that the page shows in place of one. */
const VALUES =
  /<[^<>]*>|@sim\/hkm-native|Sim\/HostedKey|us-east-1|about|ahead of CloudWatch's|AWS_CA_BUNDLE/g

/** The fixed parts of a text. */
const partsOf = (text) =>
  text
    .split('…')
    .map((part) => part.trim())
    .filter((part) => /\p{L}{2}/u.test(part))

const texts = warningTexts()
// Shorter ones are parts of others, such as `1 record was`.
const sentences = texts.filter((text) => text.match(/\p{L}{2,}/gu)?.length >= 4)

test('each warning of the sources is on the page', () => {
  assert.ok(sentences.length > 80, `${sentences.length} texts`)
  const isShown = (text) => shown.some((code) => partsOf(text).every((part) => code.includes(part)))
  assert.deepEqual(
    sentences.filter((text) => !isShown(text)),
    []
  )
})

test('each warning of the page is one of the sources', () => {
  const parts = texts
    .flatMap(partsOf)
    .filter((part) => part.length > 3)
    .sort((a, b) => b.length - a.length)
  const restOf = (code) =>
    parts.reduce((rest, part) => rest.replaceAll(part, '\n'), code).replace(VALUES, '')
  assert.deepEqual(
    shown.filter((code) => /\p{L}{4}/u.test(restOf(code))).map((code) => [code, restOf(code)]),
    []
  )
})
