// A counter of one's own, over the series of `series.mjs`. `declared` gives the labels with each record, in an object of
// its own whose strings exist already; `bound` has looked each series up before; `wide` has 29 labels, so that
// with `Environment` there are as many dimensions as CloudWatch takes.

import { orderOf, subjectsOf } from './series.mjs'

/** Three labels tell series apart; the others are the same in all of them. */
function wideOf(label1, label2, label3) {
  return {
    label1,
    label2,
    label3,
    label4: 'value 4',
    label5: 'value 5',
    label6: 'value 6',
    label7: 'value 7',
    label8: 'value 8',
    label9: 'value 9',
    label10: 'value 10',
    label11: 'value 11',
    label12: 'value 12',
    label13: 'value 13',
    label14: 'value 14',
    label15: 'value 15',
    label16: 'value 16',
    label17: 'value 17',
    label18: 'value 18',
    label19: 'value 19',
    label20: 'value 20',
    label21: 'value 21',
    label22: 'value 22',
    label23: 'value 23',
    label24: 'value 24',
    label25: 'value 25',
    label26: 'value 26',
    label27: 'value 27',
    label28: 'value 28',
    label29: 'value 29',
  }
}

const THREE = ['provider', 'tool', 'key']

const KINDS = {
  declared: { keys: THREE, loop: declared },
  bound: { keys: THREE, loop: bound },
  wide: { keys: Object.keys(wideOf()), loop: wide },
}

/**
 * @param {import('../sides/declared.mjs').DeclaringSide} side
 * @param {'declared' | 'bound' | 'wide'} kind
 * @param {number} series
 * @returns {import('./index.mjs').Load}
 */
export function declaredLoad(side, kind, series) {
  const { keys, loop } = KINDS[kind]
  const name = `${kind}${series}`
  const counter = side.counter(name, keys)
  return {
    step: 1,
    run: loop(counter, subjectsOf(series), orderOf(series)),
    totals: (count) => ({ [name]: { points: count, sum: count } }),
  }
}

function declared(counter, subjects, order) {
  const mask = order.length - 1
  return (_, first, count) => {
    for (let call = first; call < first + count; call++) {
      const { provider, tool, key } = subjects[order[call & mask]]
      counter.add(1, { provider, tool, key })
    }
  }
}

function wide(counter, subjects, order) {
  const mask = order.length - 1
  return (_, first, count) => {
    for (let call = first; call < first + count; call++) {
      const { provider, tool, key } = subjects[order[call & mask]]
      counter.add(1, wideOf(provider, tool, key))
    }
  }
}

function bound(counter, subjects, order) {
  const mask = order.length - 1
  let all
  return (_, first, count) => {
    all ??= subjects.map((labels) => counter.with(labels))
    for (let call = first; call < first + count; call++) all[order[call & mask]].add(1)
  }
}
