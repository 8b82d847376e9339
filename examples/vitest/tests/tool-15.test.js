import { recording } from './suite.js'

recording('tool-15')
