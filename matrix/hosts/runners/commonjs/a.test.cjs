const suite = require('../suite.cjs')

const test = typeof it === 'undefined' ? require('node:test').it : it
suite('a', test, () => require('@sim/hkm-native'))
