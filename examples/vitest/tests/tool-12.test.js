import { importing } from './suite.js'

importing('tool-12')
