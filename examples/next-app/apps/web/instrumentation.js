// Next.js calls this once, before the first request. The package may be loaded and configured before the secrets are
// there: it reads the environment at the first record.

export async function register() {
  if (process.env.NEXT_RUNTIME !== 'nodejs') return
  const { configureHostedKeyMetrics } = await import('@sim/hkm-native')
  configureHostedKeyMetrics({ shutdownTimeoutMs: 1_000 })
  await import('./secrets.js')
}
