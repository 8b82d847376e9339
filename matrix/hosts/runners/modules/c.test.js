import * as hkm from '@sim/hkm-native'
import { test } from 'vitest'
import suite from '../suite.cjs'

suite('c', test, () => hkm)
