// The workflows, which cannot be tried out here: their syntax, expressions, scripts, permissions and pins. The linter
// covers actionlint's checks; actionlint itself has no package that holds the program.

import { pythonTools } from './python-tools.mjs'
import { runSteps } from './steps.mjs'

const programs = pythonTools('workflow-lint', ['jactionlint==2.3.0'])
runSteps([{ name: 'jactionlint', command: [`${programs}/jactionlint`] }])
