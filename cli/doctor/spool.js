'use strict'

// The directory of the spool: whether a process can keep a file there, and what others have left.

const { finding } = require('./finding.js')

/** A file that nobody has taken over by then waits for a process. One that lives looks once a minute. */
const OVERDUE_MS = 5 * 60_000

const NOT_KEPT = 'records are lost if a process is killed'

/** What mends that a file is not taken over, by why it is not. */
const ADVICE = {
  'it is of another user':
    'Run the doctor as the user of the application. If it is: let all processes of a directory have one user',
  'it cannot be opened': 'Let the user of the application read and write it, or remove it',
  'it is no file of this package': 'Use a directory for the spool alone',
  'it is of another version of this package':
    'Let a process with that version record something, or remove the file',
}

/**
 * @typedef {object} SpoolFile
 * @property {string} name
 * @property {number} bytes its length. It may take less room on the disk
 * @property {number} writtenAt in milliseconds since 1970-01-01 UTC
 * @property {'used' | 'left' | 'unreadable' | 'aside'} state
 * @property {number} [records] of one that is left, without roll-ups
 * @property {string} [why] it is unreadable
 *
 * @param {{ directory: string, problem?: string, files?: SpoolFile[] } | undefined} spool as the native side tells it
 * @param {number} now
 * @returns {import('./finding.js').Finding[]}
 */
function judgeSpool(spool, now) {
  if (spool === undefined) return []
  const { directory, problem, files = [] } = spool
  const left = files.filter(isLeft)
  const isOverdue = left.some(({ writtenAt }) => writtenAt + OVERDUE_MS < now)
  return [
    ...(problem !== undefined
      ? [
          finding(
            'spool',
            `no file can be kept in ${directory}: ${problem}`,
            NOT_KEPT,
            'Make the directory, on a local disk with room, and let this user write there'
          ),
        ]
      : []),
    ...(isOverdue
      ? [
          finding(
            'spool',
            `nobody takes over what killed processes have left in ${directory}: ${count(left)}`,
            'these records do not arrive until then, and CloudWatch takes none that are older than two weeks',
            'Let a process record something that has this spoolDirectory and the same user'
          ),
        ]
      : []),
    ...files
      .filter(({ state }) => state === 'unreadable')
      .map(({ name, why }) =>
        finding(
          'spool',
          `${name} in ${directory} is not taken over: ${why}`,
          'its records do not arrive',
          ADVICE[why] ?? 'The next process sets it aside. Look at it, or remove it'
        )
      ),
    ...files
      .filter(({ state }) => state === 'aside')
      .map(({ name }) =>
        finding(
          'spool',
          `${name} in ${directory} could not be read as a whole`,
          'some of its records did not arrive',
          'Look at what writes there besides this package, and remove the file'
        )
      ),
  ]
}

/** Describes the directory in a line. */
function describeSpool({ directory, files = [] }) {
  const used = files.filter(({ state }) => state === 'used').length
  const left = files.filter(isLeft)
  const told = [
    ...(used > 0 ? [`${used} ${used === 1 ? 'process' : 'processes'}`] : []),
    ...(left.length > 0 ? [count(left)] : []),
  ]
  return told.length === 0 ? directory : `${directory}: ${told.join(', ')}`
}

/** After a signal, a process leaves its file also if nothing is left in it. */
const isLeft = ({ state, records }) => state === 'left' && records > 0

function count(left) {
  const records = left.reduce((sum, { records }) => sum + records, 0)
  const since = new Date(Math.min(...left.map(({ writtenAt }) => writtenAt))).toISOString()
  return `${plural(records, 'record')} in ${plural(left.length, 'file')} since ${since}`
}

const plural = (number, what) => `${number} ${what}${number === 1 ? '' : 's'}`

module.exports = { describeSpool, judgeSpool }
