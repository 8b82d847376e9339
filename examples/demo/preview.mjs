/** The demo on the page of the local CloudWatch: with the dashboard and the alarms that the commands make. */

import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { PutDashboardCommand, PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import { ENVIRONMENT } from './tally.mjs'

const COMMAND = fileURLToPath(new URL('../../cli/main.js', import.meta.url))
const DASHBOARD = 'demo'

/** What a person calls: `npx hkm-native dashboard hosted-key --rollups`. */
const made = (command) =>
  execFileSync(process.execPath, [
    ...[COMMAND, command, 'hosted-key', '--rollups', '--environment', ENVIRONMENT],
    ...['--region', 'us-east-1', '--period', '60'],
  ]).toString()

/**
 * Puts the dashboard and the alarms of the catalogue.
 *
 * @param {import('@aws-sdk/client-cloudwatch').CloudWatchClient} client
 */
export async function deploy(client) {
  const DashboardBody = made('dashboard')
  await client.send(new PutDashboardCommand({ DashboardName: DASHBOARD, DashboardBody }))
  for (const alarm of JSON.parse(made('alarms'))) {
    await client.send(new PutMetricAlarmCommand(alarm))
  }
}

/**
 * Deploys both, prints where they are to be seen, and waits until it is interrupted.
 *
 * @param {import('@sim/local-cloudwatch').LocalCloudWatch} cloudwatch
 * @param {import('@aws-sdk/client-cloudwatch').CloudWatchClient} client
 * @param {AbortSignal} signal
 */
export async function show({ endpoint }, client, signal) {
  await deploy(client)
  process.stdout.write(`\nTo be seen on ${endpoint}/#dashboards, until Control-C.\n`)
  if (!signal.aborted) await once(signal, 'abort')
}
