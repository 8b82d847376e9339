'use strict'

// What the command prints. The modules that it loads are programs of somebody: what they print goes to stderr, what they
// record is not sent, and the command ends when its own output is written, whatever they have begun.

const { status } = require('../lib/first-use.js')

const write = process.stdout.write.bind(process.stdout)
process.stdout.write = process.stderr.write.bind(process.stderr)
// Whoever read it has enough, as `head` does.
process.stdout.on('error', () => process.exit())

Object.assign(status, { isOff: true, state: 'off', reason: 'hkm-native reads the definitions' })

let isOver = false
process.on('exit', () => {
  if (isOver) return
  process.stderr.write('hkm-native: a module has ended the process\n')
  process.exitCode = 2
})

/** @param {string} text */
const print = (text) => {
  write(text)
}

const end = () => {
  isOver = true
  write('', () => process.exit())
}

module.exports = { end, print }
