// What the commands make, judged by what others wrote: cfn-lint, and the classes of CDK.

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { installJudges } from '../scripts/judges.mjs'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const COMMAND = join(ROOT, 'cli/main.js')

const TOPIC = 'arn:aws:sns:us-east-1:123456789012:team'
const MADE = {
  'a dashboard': ['dashboard', 'hosted-key', 'workflow', '--rollups'],
  'a dashboard without roll-ups': ['dashboard', 'hosted-key'],
  alarms: ['alarms', 'hosted-key', 'workflow', '--rollups', '--warning-action', TOPIC],
  'alarms of a provider': ['alarms', '--rollups', '--label', 'provider=openai', '--period', '60'],
  'a policy': ['policy', 'hosted-key', 'workflow'],
}

let folder
let judges
/** The file of each template. */
const files = {}

before(() => {
  judges = installJudges()
  folder = mkdtempSync(join(tmpdir(), 'judges-'))
  const { PATH } = process.env
  for (const [name, args] of Object.entries(MADE)) {
    files[name] = join(folder, `${name.replaceAll(' ', '-')}.json`)
    const command = [COMMAND, ...args, '--format', 'cloudformation']
    writeFileSync(
      files[name],
      execFileSync(process.execPath, command, { cwd: folder, env: { PATH } })
    )
  }
})

after(() => rmSync(folder, { recursive: true }))

describe('cfn-lint', () => {
  const lint = (file) =>
    spawnSync(
      judges.cfnLint,
      ['--non-zero-exit-code', 'informational', '--include-checks', 'I', '--', file],
      {
        encoding: 'utf8',
      }
    )

  for (const name of Object.keys(MADE)) {
    test(`finds nothing in ${name}`, () => {
      const { status, stdout, stderr } = lint(files[name])
      assert.deepEqual([stdout, stderr, status], ['', '', 0])
    })
  }

  test('finds a member that is none', () => {
    const file = join(folder, 'wrong.json')
    const Properties = { AlarmName: 'a', EvaluationPeriods: 1, ComparisonOperator: 'Above' }
    writeFileSync(
      file,
      JSON.stringify({ Resources: { A: { Type: 'AWS::CloudWatch::Alarm', Properties } } })
    )
    assert.notEqual(lint(file).status, 0)
  })
})

describe('the classes of CDK', () => {
  const load = createRequire(join(ROOT, 'testkit/judges/'))

  for (const name of Object.keys(MADE)) {
    test(`take ${name}, and write the same`, () => {
      const { App, Stack } = load('aws-cdk-lib')
      const { CfnInclude } = load('aws-cdk-lib/cloudformation-include')
      const app = new App({ outdir: mkdtempSync(join(folder, 'cdk-')), analyticsReporting: false })
      const stack = new Stack(app, 'Metrics')
      const included = new CfnInclude(stack, 'Template', { templateFile: files[name] })
      const wanted = JSON.parse(readFileSync(files[name], 'utf8')).Resources
      for (const id of Object.keys(wanted)) assert.ok(included.getResource(id), id)
      const { template } = app.synth().getStackByName('Metrics')
      assert.deepEqual(Object.keys(template.Resources), Object.keys(wanted))
      for (const [id, { Type, Properties }] of Object.entries(wanted)) {
        assert.deepEqual(
          [template.Resources[id].Type, template.Resources[id].Properties],
          [Type, Properties]
        )
      }
    })
  }
})
