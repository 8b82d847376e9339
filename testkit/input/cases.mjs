/** Calls of every recorder with every kind of value in every position, as the specs of `hostile-values.mjs`. */

import { CARRIERS, KINDS } from './hostile-values.mjs'
import { labelNames, RECORDERS, VALUED } from './model.mjs'

const GOOD = {
  provider: { text: 'good' },
  tool: { text: 'good' },
  key: { text: 'GOOD_KEY' },
  reason: { text: 'other' },
}

/** A call that the recorder accepts. */
export function goodCall(recorder) {
  const labels = { labels: GOOD }
  return { recorder, args: VALUED.includes(recorder) ? [{ number: '1' }, labels] : [labels] }
}

/** @returns {{ name: string, call: { recorder: string, args: object[] } }[]} */
export function casesOf(recorder) {
  const isValued = VALUED.includes(recorder)
  const withLabels = (labels, ...more) => ({
    recorder,
    args: [...(isValued ? [{ number: '2' }] : []), ...(labels ? [labels] : []), ...more],
  })
  const kinds = Object.keys(KINDS)
  const cases = [
    ['no argument', { recorder, args: [] }],
    ['no labels', withLabels(undefined)],
    ['arguments the wrong way round', { recorder, args: [{ labels: GOOD }, { number: '2' }] }],
    ['more arguments', withLabels({ labels: GOOD }, { kind: 'a symbol' }, { kind: 'an object' })],
    ['no label at all', withLabels({ labels: {} })],
  ]
  for (const kind of kinds) {
    cases.push([`labels: ${kind}`, withLabels({ kind })])
    for (const name of labelNames(recorder)) {
      cases.push([`${name}: ${kind}`, withLabels({ labels: { ...GOOD, [name]: { kind } } })])
    }
    cases.push([
      `every label: ${kind}`,
      withLabels({
        labels: Object.fromEntries(labelNames(recorder).map((name) => [name, { kind }])),
      }),
    ])
    if (!isValued) continue
    cases.push([`value: ${kind}`, { recorder, args: [{ kind }, { labels: GOOD }] }])
    for (const labels of ['null', 'an object', 'a proxy that throws', 'an umlaut']) {
      const spec =
        labels === 'an umlaut' ? { labels: { provider: { kind: 'umlauts' } } } : { kind: labels }
      cases.push([`value: ${kind}, labels: ${labels}`, { recorder, args: [{ kind }, spec] }])
    }
  }
  for (const carrier of Object.keys(CARRIERS)) {
    cases.push([`labels in ${carrier}`, withLabels({ labels: GOOD, carrier })])
    const odd = { ...GOOD, tool: { kind: 'a symbol' }, provider: { kind: 'umlauts' } }
    cases.push([`odd labels in ${carrier}`, withLabels({ labels: odd, carrier })])
  }
  return cases.map(([name, call]) => ({ name: `${recorder}, ${name}`, call }))
}

export const CASES = RECORDERS.flatMap(casesOf)
