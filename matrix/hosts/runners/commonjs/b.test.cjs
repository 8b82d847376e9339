const suite = require('../suite.cjs')

const test = typeof it === 'undefined' ? require('node:test').it : it
suite('b', test, () => require('@sim/hkm-native'))
