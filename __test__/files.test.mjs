// Files with tokens and keys that do not end, or end late: what is told, and what becomes of metrics until they do.

import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { expiredToken } from '@sim/local-cloudwatch/faults'
import { signer } from '@sim/local-cloudwatch/signature'
import { SECRET } from '../testkit/credentials/given.mjs'
import { signers, startRecorder, startServices } from '../testkit/credentials/run.mjs'
import { appliedRecords } from '../testkit/harness.mjs'
import { IS_WINDOWS } from '../testkit/platform.mjs'

// Windows has no pipes and no endless files with a path.
const skip = IS_WINDOWS
// The others do not have proc(5).
const IS_LINUX = process.platform === 'linux'

const TOKEN = 'token-in-a-file'
const keysOf = (key) => `[default]\naws_access_key_id = ${key}\naws_secret_access_key = ${SECRET}\n`
const profile = { HKM_ENABLED: 'true' }

/** The files: what they hold, who signs then, and the variables that lead to `path`. */
const FILES = {
  AWS_WEB_IDENTITY_TOKEN_FILE: {
    contents: () => TOKEN,
    signer: 'ASIASTS1',
    variables: (path, { sts }) => ({
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_ROLE_ARN: sts.roleArn,
      AWS_WEB_IDENTITY_TOKEN_FILE: path,
    }),
  },
  AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: {
    contents: () => TOKEN,
    signer: 'ASIACONTAINER1',
    variables: (path, { container }) => ({
      AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri,
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: path,
    }),
  },
  AWS_SHARED_CREDENTIALS_FILE: {
    contents: () => keysOf('AKIDFILE'),
    signer: 'AKIDFILE',
    variables: (path) => ({ ...profile, AWS_SHARED_CREDENTIALS_FILE: path }),
  },
  AWS_CONFIG_FILE: {
    contents: () => keysOf('AKIDFILE'),
    signer: 'AKIDFILE',
    variables: (path) => ({ ...profile, AWS_CONFIG_FILE: path }),
  },
  'web_identity_token_file of a profile': {
    contents: () => TOKEN,
    signer: 'ASIASTS1',
    variables: (path, { sts, file }) => ({
      ...profile,
      AWS_ENDPOINT_URL_STS: sts.url,
      AWS_CONFIG_FILE: file(
        'config',
        `[default]\nrole_arn = ${sts.roleArn}\nweb_identity_token_file = ${path}\n`
      ),
    }),
  },
}

/** Plays with a process that gets its credentials from a file, and with the services around it. */
async function playWith({ variables }, pathIn, play, extra = {}) {
  const services = await startServices()
  services.sts.setToken(TOKEN)
  services.container.setAuthorization(TOKEN)
  try {
    const path = pathIn(services)
    const given = { ...variables(path, services), ...extra }
    const recorder = startRecorder(services, { variables: given })
    try {
      await play(recorder, path, services)
      assert.deepEqual(recorder.leaks(), [])
    } finally {
      recorder.child.kill('SIGKILL')
      await recorder.ended
    }
  } finally {
    await services.close()
  }
}

/** A pipe with a name, which nobody writes to. */
function pipe({ home }) {
  const path = join(home, 'pipe')
  execFileSync('mkfifo', [path])
  return path
}

/** Flushes until everything is delivered. */
async function deliver(recorder) {
  let stats = await recorder.tell('flush')
  while (stats.applied < stats.recorded) stats = await recorder.tell('flush')
  return stats
}

/** The number of threads of a process that read files. */
function readers({ pid }) {
  if (!IS_LINUX) return 0
  const tasks = `/proc/${pid}/task`
  const names = readdirSync(tasks).map((task) => readFileSync(`${tasks}/${task}/comm`, 'utf8'))
  return names.filter((name) => name.trim() === 'hkm-files').length
}

/** The memory that a process had at most, in MiB. */
function peakMemory({ pid }) {
  if (!IS_LINUX) return 0
  const [, kib] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
  return Number(kib) / 1024
}

/** Ways in which a pipe gets contents. Each returns a function that ends what it began. */
const FEEDS = {
  'is written to': (path, contents) => {
    const source = `${path}.contents`
    writeFileSync(source, contents)
    let writer
    let isOver = false
    const write = () => {
      writer = spawn('cp', [source, path])
      // The reader may close the pipe in the middle.
      writer.on('exit', (code) => code !== 0 && !isOver && write())
    }
    write()
    return () => {
      isOver = true
      writer.kill()
    }
  },
  'is replaced by a file': (path, contents) => {
    writeFileSync(`${path}.new`, contents)
    renameSync(`${path}.new`, path)
    return () => {}
  },
}

// Most of the time of a test is spent waiting.
describe('a pipe that nobody writes to', { skip, concurrency: 10 }, () => {
  for (const [name, file] of Object.entries(FILES)) {
    for (const [how, feed] of Object.entries(FEEDS)) {
      test(`is told as ${name}, and metrics are delivered once it ${how}`, async () => {
        await playWith(file, pipe, async (recorder, path, { cloudwatch }) => {
          await recorder.tell('record', 5)
          const { lastError } = await recorder.tell('failToFlush')
          assert.equal(lastError.code, 'CredentialsError')
          const problem = `cannot read ${path}: no end of file within 2s`
          assert.ok(lastError.message.includes(problem), lastError.message)
          assert.ok(recorder.output.stderr.includes(problem), recorder.output.stderr)

          // Records are taken, and a flush returns. It asks for credentials again.
          await recorder.tell('record', 1)
          const { buffered, inFlight, possiblyDuplicated } = await recorder.tell('flush')
          assert.deepEqual([buffered + inFlight, possiblyDuplicated], [6, 0])
          assert.ok(readers(recorder.child) <= 1)
          assert.equal(cloudwatch.requests.length, 0)

          const end = feed(path, file.contents())
          try {
            const { applied, possiblyDuplicated } = await deliver(recorder)
            assert.deepEqual([applied, possiblyDuplicated], [6, 0])
          } finally {
            end()
          }
          assert.equal(appliedRecords(cloudwatch).length, 6)
          assert.deepEqual(
            signers(cloudwatch).map(({ accessKeyId }) => accessKeyId),
            [file.signer]
          )
          assert.equal(readers(recorder.child), 0)
        })
      })
    }
  }

  test('holds up process.exit no longer than the timeout', async () => {
    const brief = { HKM_SHUTDOWN_TIMEOUT_MS: '300' }
    const play = async (recorder) => {
      await recorder.tell('record', 5)
      await recorder.tell('tellAtExit')
      recorder.child.send({ command: 'exit', argument: 3 })
      const { code, stdout } = await recorder.ended
      // It ended while the file was still being read.
      const { buffered, inFlight, lastError } = JSON.parse(stdout)
      assert.deepEqual([code, buffered + inFlight, lastError], [3, 5, undefined])
    }
    await playWith(FILES.AWS_WEB_IDENTITY_TOKEN_FILE, pipe, play, brief)
  })
})

describe('a file that never ends', { skip, concurrency: 4 }, () => {
  for (const [name, file] of Object.entries(FILES)) {
    test(`is told as ${name}, and does not fill the memory`, async () => {
      const endless = () => '/dev/zero'
      await playWith(file, endless, async (recorder, path, { cloudwatch }) => {
        await recorder.tell('record', 5)
        const { lastError } = await recorder.tell('failToFlush')
        assert.equal(lastError.code, 'CredentialsError')
        const problem = `cannot read ${path}: larger than ${/token/i.test(name) ? '64 KiB' : '1 MiB'}`
        assert.ok(lastError.message.includes(problem), lastError.message)
        await recorder.tell('failures', 2)
        assert.ok(peakMemory(recorder.child) < 256, `${peakMemory(recorder.child)} MiB`)
        assert.equal(cloudwatch.requests.length, 0)
      })
    })
  }
})

test('keys of a profile are read again when CloudWatch refuses them', async () => {
  const old = ({ file }) => file('credentials', keysOf('AKIDOLD'))
  const play = async (recorder, path, { cloudwatch }) => {
    await recorder.tell('record', 3)
    await recorder.tell('flush')
    const isOld = ({ headers }) => signer(headers).accessKeyId === 'AKIDOLD'
    cloudwatch.setFault((_, request) => (isOld(request) ? expiredToken() : undefined))
    writeFileSync(path, keysOf('AKIDNEW'))
    await recorder.tell('record', 3)
    const { applied, possiblyDuplicated } = await deliver(recorder)
    assert.deepEqual([applied, possiblyDuplicated], [6, 0])
    assert.deepEqual(
      signers(cloudwatch).map(({ accessKeyId }) => accessKeyId),
      ['AKIDOLD', 'AKIDNEW']
    )
  }
  await playWith(FILES.AWS_SHARED_CREDENTIALS_FILE, old, play)
})
