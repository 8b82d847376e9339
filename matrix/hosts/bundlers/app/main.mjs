// The application, which imports the package.

import * as hkm from '@sim/hkm-native'
import { work } from './work.mjs'

work(hkm)
