const suite = require('../suite.cjs')

const test = typeof it === 'undefined' ? require('node:test').it : it
suite('c', test, () => require('@sim/hkm-native'))
