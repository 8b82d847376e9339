// node:cluster: workers that are disconnected, killed or crash, and a primary that is terminated while one of them runs.

const PRIMARY = new URL('process-managers/cluster.mjs', import.meta.url)

/** @type {import('./managed.mjs').Scenario} */
export async function cluster({ start }) {
  const { child, ended, until } = start(PRIMARY)
  await until(({ stdout }) => stdout.includes('the last worker listens\n'))
  child.kill('SIGTERM')
  const { code, signal, stdout, stderr } = await ended
  return { code, signal, stdout, stderr: comparable(stderr) }
}

/** The frames that V8 writes about a crash differ from one run to the next. */
const comparable = (stderr) =>
  stderr.replace(/(?<=- Native stack trace -)[\s\S]*?(?=- JavaScript stack trace -)/, '')
