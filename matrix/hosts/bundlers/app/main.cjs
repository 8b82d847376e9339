// The application, which requires the package.

const hkm = require('@sim/hkm-native')
const { work } = require('./work.mjs')

work(hkm)
