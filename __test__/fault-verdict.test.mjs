// The judge of the fault matrix and of the soak: what it has to find in a run that went wrong.

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FAULTS } from '../matrix/fault-list.mjs'
import { runMatrix } from '../matrix/fault-matrix.mjs'
import { judge } from '../matrix/verdict.mjs'

const KNOWN = { name: 'refused', isKnown: true, isApplied: false, code: 'Refused' }
const UNANSWERED = { name: 'unanswered', isKnown: false, isApplied: false, code: 'Refused' }
const APPLIED = { name: 'applied', isKnown: false, isApplied: true, code: 'Refused' }
const EITHER = { name: 'either', isKnown: false, code: 'Refused' }
const POISON = { ...KNOWN, culprit: 'B' }
const FOREVER = { ...KNOWN, isForever: true }
const POISON_VALUE = { ...POISON, culpritValue: 7 }
const SEARCHED = { ...KNOWN, mostRefused: 2, warnings: 1 }
const UNMARKED = { ...APPLIED, code: undefined, mostCopies: 5, isForever: true }
const FAIR = { ...KNOWN, isFair: true }
const FROZEN = { name: 'frozen', isKnown: true, isApplied: true, isQuiet: true }

/** Of series A the values 1 (ten times) and 2 (five times), of series B the value 7 (four times). */
const tally = (changes = {}) => {
  const counts = { 'A 1': 10, 'A 2': 5, 'B 7': 4, ...changes }
  const all = new Map()
  for (const [name, count] of Object.entries(counts)) {
    const [series, value] = name.split(' ')
    if (!all.has(series)) all.set(series, new Map())
    if (count > 0) all.get(series).set(Number(value), count)
  }
  return all
}
const NOTHING = new Map()
const NO_DROPS = {
  invalidValue: 0,
  invalidLabel: 0,
  bufferFull: 0,
  tooOld: 0,
  rejected: 0,
  unresolved: 0,
  unobserved: 0,
}

/** A run in which all went well, but for what is given. */
function result({ stats, dropped, snapshots, end, ...others } = {}) {
  return {
    recorded: tally(),
    arrived: tally(),
    arrivedUntold: NOTHING,
    received: 3,
    refused: 2,
    met: 2,
    misstamped: 0,
    starved: 0,
    stats: {
      recorded: 19,
      applied: 19,
      buffered: 0,
      inFlight: 0,
      possiblyDuplicated: 0,
      requests: 3,
      retries: 2,
      lastError: { code: 'Refused' },
      ...stats,
      dropped: { ...NO_DROPS, ...dropped },
    },
    snapshots: { taken: 200, unbalanced: 0, ...snapshots },
    end: { code: 0, signal: null, stderr: '', ...end },
    ...others,
  }
}

const problems = (fault, change) => judge(fault, result(change)).problems.join('; ')

/** Of series B the value 7 twice, and the value 8 three times. */
const wide = (changes) => tally({ 'B 7': 2, 'B 8': 3, ...changes })
const WIDE = wide()
const LESS = { recorded: 20, applied: 18 }

const DOUBT = { stats: { possiblyDuplicated: 10 } }
const THRICE = { arrivedUntold: new Map([['A', new Map([[1, 10]])]]) }

describe('a run in which all went well has no problems', () => {
  for (const [name, fault, change] of [
    ['a fault that tells that nothing was applied', KNOWN],
    ['no answer, and nothing applied', UNANSWERED, DOUBT],
    ['no answer, and all applied', APPLIED, { ...DOUBT, ...THRICE }],
    [
      'a CloudWatch that goes away with some of it',
      EITHER,
      { ...DOUBT, arrived: tally({ 'A 1': 13 }) },
    ],
    [
      'a poisoned series',
      POISON,
      { arrived: tally({ 'B 7': 1 }), stats: { applied: 16 }, dropped: { rejected: 3 } },
    ],
    [
      'a poisoned record, in whose place another came twice as CloudWatch went away',
      { ...EITHER, culprit: 'B' },
      { stats: { applied: 18, possiblyDuplicated: 10 }, dropped: { rejected: 1 } },
    ],
    [
      'a poisoned value',
      POISON_VALUE,
      { recorded: WIDE, arrived: wide({ 'B 7': 0 }), stats: LESS, dropped: { rejected: 2 } },
    ],
    ['a refusal of everything, told once', SEARCHED, { end: { stderr: 'refused\n' } }],
    ['answers without marks', { ...APPLIED, mostCopies: 5 }, { ...DOUBT, ...THRICE }],
    [
      'answers without marks for ever',
      UNMARKED,
      {
        arrived: NOTHING,
        arrivedUntold: tally({ 'A 1': 50, 'A 2': 10, 'B 7': 4 }),
        stats: { applied: 0, buffered: 19, possiblyDuplicated: 45 },
      },
    ],
    [
      'answers without marks for ever, to a pass of which nothing is sent again',
      UNMARKED,
      { arrived: NOTHING, arrivedUntold: tally(), stats: { applied: 0, buffered: 19 } },
    ],
    ['a rate limit', FAIR, { starved: 0 }],
    ['a stop in mid-request', FROZEN, { stats: { retries: 0, lastError: undefined } }],
    [
      'nothing that can be delivered',
      FOREVER,
      { arrived: NOTHING, received: 0, stats: { applied: 0, buffered: 12, inFlight: 7 } },
    ],
  ]) {
    test(name, () => assert.equal(problems(fault, change), ''))
  }
})

describe('what is lost is found', () => {
  for (const [name, fault, change] of [
    ['a single record', KNOWN, { arrived: tally({ 'A 2': 4 }) }],
    [
      'a record in whose place another came twice',
      EITHER,
      { ...DOUBT, arrived: tally({ 'A 1': 11, 'A 2': 4 }) },
    ],
    [
      'a record in whose place one of another series came twice',
      EITHER,
      { ...DOUBT, arrived: tally({ 'B 7': 5, 'A 1': 9 }) },
    ],
    [
      'a record beside those that came in a request whose answer was spoiled',
      APPLIED,
      { ...DOUBT, ...THRICE, arrived: tally({ 'A 1': 9 }) },
    ],
    [
      'a record of another series than the poisoned one',
      POISON,
      { arrived: tally({ 'A 1': 9, 'B 7': 1 }), dropped: { rejected: 3 } },
    ],
    [
      'a record beside those that wait',
      FOREVER,
      { arrived: NOTHING, stats: { applied: 1, buffered: 18 } },
    ],
  ]) {
    test(name, () => assert.match(problems(fault, change), /\b1 LOST/))
  }

  test('another value of the poisoned series than the poisoned one', () => {
    const found = problems(POISON_VALUE, {
      recorded: WIDE,
      arrived: wide({ 'B 7': 0, 'B 8': 2 }),
      stats: { recorded: 20, applied: 17 },
      dropped: { rejected: 3 },
    })
    assert.match(found, /3 rejected, 2 poisoned/)
  })

  test('all of a series', () => {
    assert.match(problems(KNOWN, { arrived: tally({ 'B 7': 0 }) }), /\b4 LOST/)
  })

  test('more of the poisoned series than is counted', () => {
    const found = problems(POISON, { arrived: tally({ 'B 7': 0 }), dropped: { rejected: 3 } })
    assert.match(found, /4 of the culprit lack, 3 counted as rejected/)
  })
})

describe('what is wrong with roll-ups is found', () => {
  const run = (arrived, changes) =>
    problems(KNOWN, {
      recorded: tally({ 'R 1': 19 }),
      arrived: tally({ 'R 1': arrived }),
      rollups: new Set(['R']),
      stats: {
        rollups: { stored: 19, applied: 19, buffered: 0, inFlight: 0, dropped: 0, ...changes },
      },
    })
  for (const [name, found, pattern] of [
    ['nothing', run(19), /^$/],
    ['a record that is lost', run(18), /^1 of roll-ups LOST$/],
    ['a record that came twice', run(20), /^1 of roll-ups DOUBLED$/],
    [
      'one too many that is counted',
      run(19, { stored: 20, applied: 20 }),
      /^20 counted as stored in roll-ups$/,
    ],
    [
      'counters that do not add up',
      run(19, { inFlight: 1 }),
      /^roll-ups wait or were dropped; the counters do not add up$/,
    ],
  ]) {
    test(name, () => assert.match(found, pattern))
  }
})

describe('what is doubled without need is found', () => {
  const twice = { arrived: tally({ 'A 1': 12 }) }
  for (const [name, fault, change, problem] of [
    ['after an answer that told', KNOWN, twice, /2 DOUBLED without need/],
    [
      'after no answer, with nothing applied',
      UNANSWERED,
      { ...DOUBT, ...twice },
      /2 DOUBLED without need/,
    ],
    [
      'beside what was applied',
      APPLIED,
      { ...DOUBT, ...THRICE, ...twice },
      /2 DOUBLED without need/,
    ],
    [
      'more often than is counted',
      EITHER,
      { ...twice, stats: { possiblyDuplicated: 1 } },
      /2 DOUBLED, 1 counted/,
    ],
    [
      'though it still waits',
      FOREVER,
      { stats: { applied: 0, buffered: 19 } },
      /19 wait that have arrived/,
    ],
  ]) {
    test(name, () => assert.match(problems(fault, change), problem))
  }
})

describe('counters that tell something else than what happened are found', () => {
  for (const [name, fault, change, problem] of [
    ['possible doubles where all is known', KNOWN, DOUBT, /10 called possible doubles/],
    ['no possible doubles where nothing is known', UNANSWERED, {}, /no possible double counted/],
    [
      'more possible doubles than were applied',
      APPLIED,
      { stats: { possiblyDuplicated: 11 }, ...THRICE },
      /11 counted for 10/,
    ],
    ['too few records', KNOWN, { stats: { recorded: 18, applied: 18 } }, /18 counted as recorded/],
    ['records that are nowhere', KNOWN, { stats: { applied: 18 } }, /counters do not add up/],
    [
      'a snapshot that did not add up',
      KNOWN,
      { snapshots: { unbalanced: 1 } },
      /1 snapshots do not add up/,
    ],
    ['drops for another reason', KNOWN, { dropped: { bufferFull: 1 } }, /"bufferFull":1/],
    [
      'rejected records where none was',
      KNOWN,
      { dropped: { rejected: 1 } },
      /0 of the culprit lack, 1/,
    ],
    [
      'rejected records though nothing could stand in for them',
      { ...UNANSWERED, culprit: 'B' },
      { ...DOUBT, dropped: { rejected: 1 } },
      /0 of the culprit lack, 1/,
    ],
    ['fewer requests than came', KNOWN, { received: 4 }, /4 requests came, 3 counted/],
    ['another error', KNOWN, { stats: { lastError: { code: 'Other' } } }, /last error Other/],
    ['no error', KNOWN, { stats: { lastError: undefined } }, /last error undefined/],
  ]) {
    test(name, () => assert.match(problems(fault, change), problem))
  }
})

describe('what a package must not do to CloudWatch, or to some of its series, is found', () => {
  const told = { end: { stderr: 'refused\n' } }
  for (const [name, fault, change, problem] of [
    ['too many requests', SEARCHED, { ...told, refused: 3 }, /3 requests refused, 2 allowed/],
    ['no warning', SEARCHED, {}, /0 warnings/],
    ['two warnings', SEARCHED, { end: { stderr: 'a\nb\n' } }, /2 warnings/],
    [
      'six copies',
      { ...APPLIED, mostCopies: 5 },
      { arrivedUntold: new Map([['A', new Map([[2, 25]])]]), stats: { possiblyDuplicated: 25 } },
      /6 COPIES of a record, 5 allowed/,
    ],
    [
      'six copies, and none acknowledged',
      UNMARKED,
      {
        arrived: NOTHING,
        arrivedUntold: tally({ 'A 2': 26 }),
        stats: { applied: 0, buffered: 19, possiblyDuplicated: 21 },
      },
      /6 COPIES/,
    ],
    [
      'copies that are not counted',
      UNMARKED,
      {
        arrived: NOTHING,
        arrivedUntold: tally({ 'A 2': 10 }),
        stats: { applied: 0, buffered: 19, possiblyDuplicated: 4 },
      },
      /5 DOUBLED, 4 counted/,
    ],
    ['series that wait for others', FAIR, { starved: 7 }, /7 series STARVED/],
    ['times by a wrong clock', KNOWN, { misstamped: 3 }, /3 datums with a wrong time/],
    [
      'a request that is sent again after a stop',
      FROZEN,
      { arrived: tally({ 'A 1': 20 }) },
      /10 DOUBLED/,
    ],
    [
      'records that are called doubled after a stop',
      FROZEN,
      { ...DOUBT },
      /10 called possible doubles/,
    ],
  ]) {
    test(name, () => assert.match(problems(fault, change), problem))
  }
})

test('what nobody recorded is found in a request whose answer was spoiled', () => {
  const arrivedUntold = new Map([['C', new Map([[1, 10]])]])
  assert.match(problems(APPLIED, { ...DOUBT, arrivedUntold }), /nobody made/)
})

describe('a run that shows nothing is no good run', () => {
  for (const [name, change, problem] of [
    ['the fault was not met', { stats: { retries: 0 } }, /the fault was not met/],
    [
      'nobody looked at the counters all along',
      { snapshots: { taken: 199 } },
      /only 199 snapshots/,
    ],
    ['the child failed', { end: { code: 1 } }, /ended by 1/],
    ['the child was killed', { end: { code: null, signal: 'SIGKILL' } }, /ended by SIGKILL/],
    [
      'records still wait',
      { arrived: tally({ 'A 2': 4 }), stats: { applied: 18, buffered: 1 } },
      /1 still wait/,
    ],
    ['there came a value that nobody recorded', { arrived: tally({ 'A 3': 1 }) }, /nobody made/],
    ['there came a series that nobody recorded', { arrived: tally({ 'C 1': 1 }) }, /nobody made/],
  ]) {
    test(name, () => assert.match(problems(KNOWN, change), problem))
  }

  test('the child was not stopped', () => {
    assert.match(problems(FROZEN, { met: 0 }), /the fault was not met/)
  })
})

test('duplicates are what arrived, less what was recorded, and what was dropped', () => {
  const { figures } = judge(APPLIED, result({ ...DOUBT, ...THRICE }))
  const { recorded, arrived, dropped, duplicated, possiblyDuplicated } = figures
  assert.deepEqual([recorded, arrived, dropped, possiblyDuplicated], [19, 29, 0, 10])
  assert.equal(duplicated, arrived - recorded + dropped)
})

test('a matrix fails by a single row, in which it says why', async () => {
  const faults = [KNOWN, { ...KNOWN, name: 'leaky' }, { ...KNOWN, name: 'broken' }]
  const sound = await runMatrix({ faults, run: async () => result() })
  assert.equal(sound.exitCode, 0)
  assert.equal(sound.text.match(/each once/g).length, 3)
  for (const [name, run, problem] of [
    ['leaky', () => result({ arrived: tally({ 'A 1': 9 }) }), '1 LOST'],
    ['broken', () => Promise.reject(new Error('ended early')), 'ended early'],
  ]) {
    const { text, exitCode } = await runMatrix({
      faults,
      run: async (fault) => (fault.name === name ? run() : result()),
    })
    assert.equal(exitCode, 1)
    assert.match(text, new RegExp(`\\| ${name} .*WRONG: .*${problem}`))
    assert.equal(text.match(/each once/g).length, 2)
  }
})

test('a matrix runs the rows that are asked for, and those on demand only then', async () => {
  const faults = [KNOWN, { ...KNOWN, name: 'refused for hours', isOnDemand: true }]
  const ran = async (only) => {
    const names = []
    await runMatrix({ faults, only, run: async () => result(), onRow: (name) => names.push(name) })
    return names
  }
  assert.deepEqual(await ran(undefined), ['refused'])
  assert.deepEqual(await ran('refused'), ['refused', 'refused for hours'])
  assert.deepEqual(await ran('for hours'), ['refused for hours'])
  await assert.rejects(ran('nothing'), /no fault has nothing in its name/)
})

test('each row has a name of its own', () => {
  const names = FAULTS.map(({ name }) => name)
  assert.equal(new Set(names).size, names.length)
})

test('a row of the matrix is the run of a real process', async () => {
  const faults = FAULTS.filter(({ name }) => name === 'applied, then reset')
  const { text, exitCode } = await runMatrix({ faults })
  assert.match(text, /\| applied, then reset \| [\d,]+ .* none lost, doubles counted \|/)
  assert.equal(exitCode, 0)
})
