/**
 * Installs those who judge what the commands make, written by others: `cfn-lint` for CloudFormation, and the classes of CDK. They
 * are no part of the packages of the repository, because nothing else needs them.
 */

import { fileURLToPath } from 'node:url'
import { isInstalled } from './installed.mjs'
import { pythonTools } from './python-tools.mjs'
import { runSteps } from './steps.mjs'

const DIRECTORY = new URL('../testkit/judges/', import.meta.url)

/** All that cfn-lint needs: `pythonTools` installs no dependencies by itself. */
const CFN_LINT = [
  'cfn-lint==1.58.0',
  'jsonpatch==1.48',
  'jsonpointer==3.12',
  'mpmath==1.3.0',
  'networkx==3.6.1',
  'PyYAML==6.0.4',
  'regex==2026.11.19',
  'sympy==1.14.0',
  'typing_extensions==4.16.0',
]

/** @returns {{ cfnLint: string, cdk: string }} the program, and the folder that has the modules of CDK */
export function installJudges() {
  if (!isInstalled(DIRECTORY)) {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund']
    runSteps([{ name: 'CDK', command: ['npm', 'ci', ...flags], cwd: 'testkit/judges' }])
  }
  return { cfnLint: `${pythonTools('cfn-lint', CFN_LINT)}/cfn-lint`, cdk: fileURLToPath(DIRECTORY) }
}
