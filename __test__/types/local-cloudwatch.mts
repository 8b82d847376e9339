// Compiled, never run: the local CloudWatch as a test of an application uses it.

import {
  type AppliedDatum,
  type LocalCloudWatch,
  startLocalCloudWatch,
} from '@sim/local-cloudwatch'
import {
  startContainerCredentials,
  startInstanceMetadata,
  startSso,
  startSts,
} from '@sim/local-cloudwatch/credentials'
import {
  delay,
  type Fault,
  first,
  hang,
  inOrder,
  onOperation,
  outOf,
  poison,
  reset,
  ServiceError,
  slowDrip,
  status,
  throttle,
  tooManyDatums,
} from '@sim/local-cloudwatch/faults'
import { decode, identify, inflate, success } from '@sim/local-cloudwatch/protocol'
import { startLocalProxy } from '@sim/local-cloudwatch/proxy'
import { signer } from '@sim/local-cloudwatch/signature'

const cloudwatch: LocalCloudWatch = await startLocalCloudWatch()
await startLocalCloudWatch({ port: 0, host: '::1', now: () => 0, tls: { key: '', cert: '' } })

const endpoint: string = cloudwatch.endpoint
await cloudwatch.until(() => cloudwatch.requests.some(({ applied }) => applied))
const [datum] = cloudwatch.applied()
const total = (one: AppliedDatum): number => one.values.reduce((sum, value) => sum + value, 0)
if (datum) total(datum)
const [request] = cloudwatch.requests
const given: number | undefined = request?.input?.MetricData.length
const answered: number | null | undefined = request?.status

// Each fault, alone and in a plan.
for (const fault of [hang(), throttle({ when: 'after' }), slowDrip({ delayMs: 5 }), delay(10)]) {
  cloudwatch.setFault(fault)
}
cloudwatch.setFault(tooManyDatums(40))
cloudwatch.setFault(poison(({ MetricName }) => MetricName === 'Bad'))
cloudwatch.setFault(status(200, { body: '<html>', contentType: 'text/html' }))
cloudwatch.setFault(onOperation('ListMetrics', throttle()))
cloudwatch.setFault(first(2, reset()))
cloudwatch.setFault(
  outOf(
    3,
    4,
    poison(() => true)
  )
)
cloudwatch.setFault(inOrder(reset({ when: 'after' }), undefined, status(503)))
cloudwatch.setFault((index, { applied, input }) =>
  index > 2 || applied || !input ? hang() : undefined
)
cloudwatch.setFault()
const own: Fault = {
  operation: '*',
  meet: ({ request, refuse, closing }, proceed) =>
    request.path === '/' && !closing.aborted
      ? refuse(new ServiceError(418, 'Teapot', 'short and stout'))
      : { ...proceed(), dripMs: 1 },
}
cloudwatch.setFault(own)

const container = await startContainerCredentials({ authorization: 'token' })
container.setAuthorization()
container.setFault(first(1, throttle()))
const sts = await startSts({ token: 'web identity' })
sts.addRole('arn:aws:iam::123456789012:role/metrics', 'external id')
const sso = await startSso({ roleName: 'Developer' })
sso.logOut()
export const accessToken: string = sso.token().accessToken
sts.setFault((_index, { query, body }) => (query.size > 0 || body === '' ? own : undefined))
const metadata = await startInstanceMetadata({ role: 'role' })
metadata.setLifetime(-1)
const keys: string[] = [container, sts, metadata].flatMap(({ issued }) =>
  issued.map(({ accessKeyId }) => accessKeyId)
)
const environment: Record<string, string> = {
  AWS_CONTAINER_CREDENTIALS_FULL_URI: container.uri,
  AWS_ENDPOINT_URL_STS: sts.url,
}

const proxy = await startLocalProxy({ target: endpoint, credentials: 'user:word' })
proxy.setBehaviour(407)
const authorities: string[] = proxy.tunnels.map(({ authority }) => authority)

if (request) {
  const who = signer(request.headers)
  const region: string | undefined = who?.region
  void region
}

/** A server that accepts everything. */
export function accept(incoming: Parameters<typeof identify>[0], bytes: Buffer): Buffer {
  const { protocol, operation } = identify(incoming)
  const { 'content-type': type, 'content-encoding': encoding } = incoming.headers
  decode(protocol, operation, type, inflate(bytes, encoding))
  return success(protocol, undefined).body
}

// @ts-expect-error: a behaviour that there is not
proxy.setBehaviour('refuse')
// @ts-expect-error: it listens on loopback alone
await startLocalCloudWatch({ host: '0.0.0.0' })
// @ts-expect-error: a fault of CloudWatch's datums says nothing to STS
sts.setFault(tooManyDatums(1))

void [given, answered, keys, environment, authorities]
await Promise.all([cloudwatch, container, sts, metadata, proxy].map((one) => one.close()))
