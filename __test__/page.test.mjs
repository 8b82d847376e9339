// The page of the local CloudWatch in a real browser: what it shows is what was recorded, and what the API answers.

import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, describe, test } from 'node:test'
import { startLocalCloudWatch } from '@sim/local-cloudwatch'
import { ensureCommand } from '../scripts/debian.mjs'
import { BROWSER, open, startBrowser } from '../testkit/browser/browser.mjs'
import { sdk } from '../testkit/peers/local-client.mjs'

const MINUTE = 60_000
const NAMESPACE = 'Shop/Orders'

let browser
let cloudwatch
let client
let view
/** The time of the service. Each test begins with a minute, so that none meets the end of one. */
let now

before(async () => {
  ensureCommand(BROWSER)
  browser = await startBrowser()
})

after(() => browser.close())

beforeEach(async () => {
  const ahead = Date.now() % MINUTE
  now = () => Date.now() - ahead
  cloudwatch = await startLocalCloudWatch({ page: true, now })
  client = sdk(cloudwatch.endpoint, now())
})

afterEach(async () => {
  const { problems = [], asked = [] } = view ?? {}
  await view?.close()
  view = undefined
  client.destroy()
  await cloudwatch.close()
  assert.deepEqual(problems, [])
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(cloudwatch.endpoint)),
    []
  )
})

async function show(hash, options) {
  view = await open(browser, `${cloudwatch.endpoint}/#${hash}`, options)
  return view.page
}

const datum = (MetricName, Value, labels = {}, members = {}) => ({
  MetricName,
  Dimensions: Object.entries(labels).map(([Name, text]) => ({ Name, Value: text })),
  ...(Array.isArray(Value) ? { Values: Value } : { Value }),
  ...members,
})

/** Sends datums, a thousand a request. */
async function send(...MetricData) {
  for (let start = 0; start < MetricData.length; start += 1_000) {
    await client.putMetricData({
      Namespace: NAMESPACE,
      MetricData: MetricData.slice(start, start + 1_000),
    })
  }
}

/** The figures of a row, by statistic, with all digits. */
async function figures(page, row) {
  const cells = page.getByRole('row').filter({ hasText: row }).locator('td[data-stat]')
  const found = await cells.evaluateAll((list) =>
    list.map((cell) => [cell.dataset.stat, cell.title])
  )
  return Object.fromEntries(found.map(([name, text]) => [name, Number(text)]))
}

async function until(isMet, what) {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (await isMet()) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  assert.fail(`${what} did not come true`)
}

test('shows what is recorded, live, in the figures of the API', async () => {
  const page = await show('metrics')
  await page.getByText('No metric has arrived yet').waitFor()
  const values = [12.5, 3, 99, 40, 7]
  const at = new Date(now())
  await send(datum('Duration', values, { Provider: 'openai' }, { Timestamp: at }))
  await page.getByRole('rowheader', { name: 'Duration' }).waitFor()
  const StartTime = new Date(Math.floor(at / MINUTE) * MINUTE)
  const shown = await figures(page, 'openai')
  assert.equal(shown.SampleCount, 5)
  assert.equal(shown.Sum, 161.5)
  assert.deepEqual(shown, await answered(StartTime, Object.keys(shown)))
  // The same minute goes on.
  await send(datum('Duration', 1_000, { Provider: 'openai' }, { Timestamp: at }))
  await until(async () => (await figures(page, 'openai')).SampleCount === 6, 'another sample')
  assert.deepEqual(await figures(page, 'openai'), await answered(StartTime, Object.keys(shown)))
  await page.getByText('4 requests, 0 refused').waitFor()
})

async function answered(StartTime, statistics) {
  const Metric = {
    Namespace: NAMESPACE,
    MetricName: 'Duration',
    Dimensions: [{ Name: 'Provider', Value: 'openai' }],
  }
  const { MetricDataResults } = await client.getMetricData({
    MetricDataQueries: statistics.map((Stat, index) => ({
      Id: `q${index}`,
      MetricStat: { Metric, Period: 60, Stat },
    })),
    StartTime,
    EndTime: new Date(StartTime.getTime() + MINUTE),
  })
  return Object.fromEntries(
    MetricDataResults.map(({ Values }, index) => [statistics[index], Values[0]])
  )
}

test('filters by namespace, metric and labels, and the address keeps it', async () => {
  await send(
    datum('Used', 1, { Provider: 'openai' }),
    datum('Used', 2, { Provider: 'google' }),
    datum('Failed', 3)
  )
  await client.putMetricData({ Namespace: 'Other', MetricData: [datum('Ticks', 4)] })
  const page = await show('metrics')
  const rows = page.locator('tbody tr')
  await page.getByText('4 series', { exact: true }).waitFor()
  await page.getByLabel('Namespace').selectOption(NAMESPACE)
  await page.getByText('3 series of 4').waitFor()
  await page.getByLabel('Metric', { exact: true }).selectOption('Used')
  await page.getByText('2 series of 4').waitFor()
  await page.getByLabel('Labels').fill('provider=goo')
  await page.getByText('1 series of 4').waitFor()
  assert.match(await rows.textContent(), /google/)
  await page.reload()
  await page.getByText('1 series of 4').waitFor()
  assert.equal(await page.getByLabel('Labels').inputValue(), 'provider=goo')
  await page.getByLabel('Labels').fill('nothing')
  await page.getByText('0 series of 4').waitFor()
})

test('labels are texts, whatever they hold', async () => {
  const hostile = '<img src=x onerror=alert(1)>'
  await send(datum('<script>alert(2)</script>', 5, { [`"><b>${hostile}`]: hostile }))
  await client.putDashboard({
    DashboardName: 'hostile',
    DashboardBody: JSON.stringify({
      widgets: [
        {
          type: 'text',
          properties: { markdown: `# ${hostile}\n\n[a](javascript:alert(3)) ${hostile}` },
        },
        {
          type: 'metric',
          properties: {
            region: 'us-east-1',
            title: hostile,
            metrics: [
              [
                NAMESPACE,
                '<script>alert(2)</script>',
                `"><b>${hostile}`,
                hostile,
                { label: hostile },
              ],
            ],
          },
        },
      ],
    }),
  })
  const page = await show('metrics')
  await page.getByRole('cell', { name: hostile, exact: true }).waitFor()
  for (const hash of ['dashboards', 'requests', 'cost']) {
    await page.goto(`${cloudwatch.endpoint}/#${hash}`)
    await page.locator(`main[data-view="${hash}"] :is(.widget, table)`).first().waitFor()
  }
  assert.equal(await page.locator('img, main b img, main script').count(), 0)
})

test('draws a dashboard from its body, with its variables, beside the alarms', async () => {
  const at = new Date(Math.floor(now() / MINUTE) * MINUTE)
  for (const [Environment, used] of Object.entries({ production: 80, staging: 5 })) {
    await send(
      datum('Used', used, { Environment }, { Timestamp: at }),
      datum('Failed', 20, { Environment }, { Timestamp: at })
    )
  }
  const of = ['Environment', 'production']
  const widgets = [
    { type: 'text', width: 24, height: 2, properties: { markdown: '# The shop' } },
    {
      type: 'metric',
      width: 12,
      properties: {
        region: 'us-east-1',
        title: 'Failures',
        period: 60,
        stat: 'Sum',
        view: 'singleValue',
        metrics: [
          [NAMESPACE, 'Used', ...of, { id: 'used', visible: false }],
          ['.', 'Failed', '.', '.', { id: 'failed', visible: false }],
          [{ expression: '100 * failed / SUM([used, failed])', id: 'rate', label: 'Rate' }],
        ],
      },
    },
    {
      type: 'metric',
      width: 12,
      properties: {
        region: 'us-east-1',
        title: 'By search',
        period: 60,
        metrics: [
          [
            {
              expression: `SEARCH('{${NAMESPACE},Environment} Environment="production"', 'Sum', 60)`,
              id: 'e',
            },
          ],
        ],
      },
    },
  ]
  const variables = [
    {
      type: 'property',
      property: 'Environment',
      inputType: 'select',
      id: 'environment',
      label: 'Environment',
      defaultValue: 'production',
      search: `{${NAMESPACE},Environment}`,
      populateFrom: 'Environment',
    },
  ]
  await client.putDashboard({
    DashboardName: 'shop',
    DashboardBody: JSON.stringify({ widgets, variables }),
  })
  await client.putMetricAlarm({
    AlarmName: 'failures',
    Namespace: NAMESPACE,
    MetricName: 'Failed',
    Statistic: 'Sum',
    Period: 60,
    EvaluationPeriods: 1,
    Threshold: 5,
    ComparisonOperator: 'GreaterThanThreshold',
  })
  const page = await show('dashboards')
  await page.getByRole('heading', { name: 'The shop' }).waitFor()
  const value = page.locator('.values dd')
  await value.getByText('20', { exact: true }).waitFor()
  await page.locator('.legend').getByText('Used production').waitFor()
  await page.getByText('Too little data').waitFor()
  await page.getByLabel('Environment').selectOption('staging')
  await value.getByText('80', { exact: true }).waitFor()
  await page.locator('.legend').getByText('Used staging').waitFor()
  // The chart is drawn.
  await page.locator('.widget canvas').first().waitFor()
})

test('switches a fault on and off, and shows what was refused and why', async () => {
  const page = await show('requests')
  await page.getByLabel('Throttle').check()
  await until(
    () =>
      send(datum('Used', 1)).then(
        () => false,
        (error) => error.name === 'Throttling'
      ),
    'the fault'
  )
  await page.getByText('400 Throttling').first().waitFor()
  await page.getByText('Rate exceeded').first().waitFor()
  await page.getByLabel('None').check()
  await until(
    () =>
      send(datum('Used', 1)).then(
        () => true,
        () => false
      ),
    'the end of the fault'
  )
  await page.getByLabel('Show').selectOption('refused')
  await page
    .getByText(/\d+ requests? refused/)
    .first()
    .waitFor()
})

test('tells what it costs, and which label costs most', async () => {
  await send(
    ...Array.from({ length: 200 }, (_, user) =>
      datum('Calls', 1, { Tool: `t${user % 2}`, User: `u${user}` })
    )
  )
  const page = await show('cost')
  await page.getByText('200 series').first().waitFor()
  await page.getByText('$60.00 a month').waitFor()
  assert.match(
    await page.locator('.advice').textContent(),
    /User of Calls: without it there would be 198 series fewer/
  )
})

test('ten thousand series: all can be found, and some are shown', async () => {
  await send(
    ...Array.from({ length: 10_000 }, (_, index) =>
      datum('Calls', index, { User: `user-${index}` })
    )
  )
  const page = await show('metrics')
  await page.getByText('10,000 series').waitFor()
  assert.equal(await page.locator('tbody tr').count(), 50)
  await page.getByRole('button', { name: 'Show 50 more' }).click()
  await until(async () => (await page.locator('tbody tr').count()) === 100, 'more rows')
  await page.getByLabel('Labels').fill('user-7777')
  await page.getByText('1 series of').waitFor()
  assert.equal((await figures(page, 'user-7777')).Sum, 7_777)
})

test('a day of minutes: any of them can be chosen', async () => {
  const last = Math.floor(now() / MINUTE) * MINUTE
  await send(
    ...Array.from({ length: 1_440 }, (_, age) =>
      datum('Ticks', age, {}, { Timestamp: new Date(last - age * MINUTE) })
    )
  )
  const page = await show('metrics?range=86400&stat=Maximum')
  await page.locator('canvas').waitFor()
  await page.getByText('the whole time').waitFor()
  assert.equal((await figures(page, 'Ticks')).SampleCount, 1_440)
  const over = page.locator('.u-over')
  const { width, height } = await over.boundingBox()
  await over.click({ position: { x: width / 2, y: height / 2 } })
  await page.getByRole('button', { name: 'Whole time' }).waitFor()
  const chosen = new Date(await page.locator('.moment time').getAttribute('datetime'))
  assert.equal((await figures(page, 'Ticks')).Sum, (last - chosen) / MINUTE)
  assert.ok(Math.abs((last - chosen) / MINUTE - 720) < 10)
})

test('works by keyboard', async () => {
  await send(datum('Used', 1))
  const page = await show('metrics')
  await page.getByRole('rowheader', { name: 'Used' }).waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Requests')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Requests' }).waitFor()
  assert.equal(
    await page.getByRole('link', { name: 'Requests' }).getAttribute('aria-current'),
    'page'
  )
})

test('a filter keeps the focus, and the caret, while metrics arrive', async () => {
  await send(datum('Used', 1))
  const page = await show('metrics')
  const labels = page.getByLabel('Labels')
  await labels.click()
  await page.keyboard.type('ed')
  await page.keyboard.press('Home')
  await send(datum('Used', 2), datum('Reused', 1))
  await option(page, 'Reused').waitFor({ state: 'attached' })
  await page.keyboard.type('us')
  assert.equal(await labels.inputValue(), 'used')
  const metric = page.getByLabel('Metric', { exact: true })
  await metric.focus()
  await send(datum('Misused', 1))
  await option(page, 'Misused').waitFor({ state: 'attached' })
  assert.ok(await metric.evaluate((element) => element === document.activeElement))
})

const option = (page, text) => page.locator('option').filter({ hasText: text })

test('rows stay while figures change: the focus, a click that goes on, and what is selected', async () => {
  await send(datum('Used', 1))
  const page = await show('metrics')
  const mark = page.getByLabel('Draw Used')
  await mark.focus()
  await page.getByRole('rowheader', { name: 'Used' }).evaluate((head) => {
    getSelection().selectAllChildren(head)
  })
  await mark.hover()
  await page.mouse.down()
  // A figure, a row and a column.
  await send(datum('Used', 2), datum('Waxed', 3, { Tool: 'saw' }))
  await until(async () => (await figures(page, 'Used')).SampleCount === 2, 'another sample')
  await page.getByRole('columnheader', { name: 'Tool' }).waitFor()
  await page.mouse.up()
  await page.waitForURL(/marked=/)
  assert.ok(!(await mark.isChecked()))
  assert.ok(await mark.evaluate((element) => element === document.activeElement))
  await page.getByRole('rowheader', { name: 'Used' }).evaluate((head) => {
    getSelection().selectAllChildren(head)
  })
  await send(datum('Used', 3))
  await until(async () => (await figures(page, 'Used')).SampleCount === 3, 'another sample')
  assert.equal(await page.evaluate(() => String(getSelection())), 'Used')
})

test('two series are marked one right after the other', async () => {
  await send(datum('First', 1), datum('Second', 1), datum('Third', 1))
  const page = await show('metrics')
  await page.getByLabel('Draw Second').waitFor()
  await page.evaluate(() => {
    for (const name of ['Second', 'Third']) document.querySelector(`[aria-label$=${name}]`).click()
  })
  await page.reload()
  await page.getByLabel('Draw Second').waitFor()
  for (const name of ['First', 'Second', 'Third']) {
    assert.ok(await page.getByLabel(`Draw ${name}`).isChecked(), name)
  }
})

test('a period is chosen by keyboard', async () => {
  const last = Math.floor(now() / MINUTE) * MINUTE
  await send(
    ...[0, 7, 20].map((age) =>
      datum('Ticks', age, {}, { Timestamp: new Date(last - age * MINUTE) })
    )
  )
  const page = await show('metrics')
  const sum = async () => (await figures(page, 'Ticks')).Sum
  await until(async () => (await sum()) === 27, 'the sum of the whole time')
  const earlier = page.getByRole('button', { name: 'Earlier' })
  await earlier.focus()
  for (const age of [0, 7, 20]) {
    await page.keyboard.press('Enter')
    await until(async () => (await sum()) === age, `the figures of ${age} minutes ago`)
    assert.ok(await earlier.evaluate((element) => element === document.activeElement))
  }
  assert.equal(await earlier.getAttribute('aria-disabled'), 'true')
  await page.getByRole('button', { name: 'Later' }).focus()
  await page.keyboard.press('Enter')
  await until(async () => (await sum()) === 7, 'the later figures')
  await page.getByRole('button', { name: 'Whole time' }).focus()
  await page.keyboard.press('Enter')
  await until(async () => (await sum()) === 27, 'the sum of the whole time')
  assert.ok(await earlier.evaluate((element) => element === document.activeElement))
})

test('the link to the content leads to it, and the view stays', async () => {
  const page = await show('requests?only=refused')
  await page.getByText('Nothing was refused.').waitFor()
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main')
  assert.equal(new URL(page.url()).hash, '#requests?only=refused')
})

test('settings that make no sense count as their defaults', async () => {
  await send(datum('Used', 1))
  await putDashboard({ widgets: [{ type: 'text', properties: { markdown: '# The shop' } }] })
  const page = await show('metrics')
  for (const settings of [
    'marked=%7B&range=abc&period=0&stat=foo&at=1e20&rows=x',
    'marked=5&range=0&period=7&stat=constructor&at=-1&rows=-1',
    'marked=[5]&range=&period=&stat=&at=&rows=1e99',
  ]) {
    await page.goto('about:blank')
    await page.goto(`${cloudwatch.endpoint}/#metrics?${settings}`)
    await page.locator('canvas').waitFor()
    await until(async () => (await figures(page, 'Used')).SampleCount === 1, settings)
    assert.equal(await page.getByLabel('Statistic').inputValue(), 'Sum')
    assert.equal(await page.getByLabel('Time').inputValue(), '3600')
    assert.equal(await page.getByLabel('Period').inputValue(), '60')
    assert.ok(await page.getByRole('alert').isHidden())
  }
  await page.goto(`${cloudwatch.endpoint}/#dashboards?range=abc&name=other`)
  await page.getByRole('heading', { name: 'The shop' }).waitFor()
  assert.equal(await page.getByLabel('Time').inputValue(), '3600')
})

test('only periods can be chosen that fit the time', async () => {
  await send(datum('Used', 1))
  const page = await show('metrics?range=86400&period=1')
  await page.locator('canvas').waitFor()
  const periods = () => page.getByLabel('Period').locator('option').allTextContents()
  assert.deepEqual(await periods(), ['1 minute', '5 minutes', '1 hour'])
  assert.equal(await page.getByLabel('Period').inputValue(), '60')
  await page.getByLabel('Time').selectOption('900')
  await until(async () => (await periods()).join() === '1 second,1 minute,5 minutes', 'the choice')
  assert.equal(await page.getByLabel('Period').inputValue(), '1')
})

const putDashboard = (body) =>
  client.putDashboard({ DashboardName: 'shop', DashboardBody: JSON.stringify(body) })

/** A widget of metrics of the tests' namespace. */
const graph = (metrics, properties = {}, members = {}) => ({
  type: 'metric',
  properties: { region: 'us-east-1', period: 60, stat: 'Sum', metrics, ...properties },
  ...members,
})

test('no question is for more than CloudWatch answers at once', async () => {
  const users = Array.from({ length: 90 }, (_, index) => `user-${index}`)
  await send(...users.map((user) => datum('Calls', 1, { User: user })))
  const metrics = users.map((user, index) => [
    NAMESPACE,
    'Calls',
    'User',
    user,
    { id: `m${index}`, label: user },
  ])
  const sum = [{ expression: 'SUM([m0, m89])', id: 'sum', label: 'Both' }]
  await putDashboard({ widgets: [graph(metrics), graph([...metrics, sum])] })
  const asked = []
  const page = await show('dashboards')
  await page.getByText('Both').waitFor()
  page.on('request', (request) => {
    const { MetricDataQueries, StartTime, EndTime } =
      request.method() === 'POST' ? request.postDataJSON() : {}
    const returned = MetricDataQueries?.filter(({ ReturnData = true }) => ReturnData)
    if (returned && EndTime - StartTime === 86_400) asked.push(returned.length)
  })
  await page.getByLabel('Time').selectOption('86400')
  await until(() => asked.reduce((total, count) => total + count, 0) >= 181, 'all questions')
  assert.ok(Math.max(...asked) * 1_441 <= 100_800, String(asked))
  for (const widget of [0, 1]) {
    await page.locator('.widget').nth(widget).locator('canvas').waitFor()
  }
})

test('figures are readable, small ones too', async () => {
  await send(datum('Seconds', 0.0014667), datum('Bytes', 1234567.891), datum('Calls', 12_345))
  const page = await show('metrics')
  for (const [name, text] of Object.entries({
    Seconds: '0.0014667',
    Bytes: '1,234,567.891',
    Calls: '12,345',
  })) {
    const row = page.getByRole('row').filter({ hasText: name })
    await row.waitFor()
    assert.equal(await row.locator('[data-stat=Sum]').textContent(), text)
  }
})

test('the first metrics are shown without a further request', async () => {
  const page = await show('metrics')
  await page.addInitScript(() => {
    // Nothing draws at intervals.
    globalThis.setInterval = () => 0
  })
  await page.reload()
  await page.getByText('No metric has arrived yet').waitFor()
  await send(datum('First', 1))
  await page.getByRole('rowheader', { name: 'First' }).waitFor()
})

test('the time is that of the server', async () => {
  await cloudwatch.close()
  const noon = Date.UTC(2026, 0, 15, 12)
  cloudwatch = await startLocalCloudWatch({ page: true, now: () => noon })
  client.destroy()
  client = sdk(cloudwatch.endpoint, noon)
  await send(datum('Used', 3, {}, { Timestamp: new Date(noon) }))
  await putDashboard({ widgets: [graph([[NAMESPACE, 'Used']], { view: 'singleValue' })] })
  const page = await show('metrics')
  await until(async () => (await figures(page, 'Used')).Sum === 3, 'the figure')
  assert.equal(await page.locator('.moment time').textContent(), 'Figures of 11:01 to 12:01 UTC')
  await page.goto(`${cloudwatch.endpoint}/#dashboards`)
  await page.locator('dd').getByText('3', { exact: true }).waitFor()
})

test('a threshold of the right axis is drawn on its scale', async () => {
  await send(datum('Many', 1_000), datum('Few', 1))
  await putDashboard({
    widgets: [
      graph(
        [
          [NAMESPACE, 'Many'],
          ['.', 'Few', { yAxis: 'right' }],
        ],
        {
          annotations: { horizontal: [{ value: 0.5, label: 'Half', yAxis: 'right' }] },
        }
      ),
    ],
  })
  const page = await show('dashboards')
  await page.addInitScript(() => {
    const { fillText } = CanvasRenderingContext2D.prototype
    globalThis.heights = {}
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
      globalThis.heights[text] = y / this.canvas.height
      return fillText.call(this, text, x, y)
    }
  })
  await page.reload()
  await until(() => page.evaluate(() => globalThis.heights.Half !== undefined), 'the threshold')
  const height = await page.evaluate(() => globalThis.heights.Half)
  assert.ok(height > 0.3 && height < 0.7, String(height))
})

test('a chart that left the page is drawn again when it comes back', async () => {
  const page = await show('requests')
  await page.evaluate(async () => {
    const { chart } = await import('/page/chart.mjs')
    const points = new Map([[1_000, 1]])
    const series = [{ label: 'Used', color: '#000000', points }]
    const options = { title: 'Chart', range: { from: 0, to: 2_000 }, series }
    globalThis.place = () => {
      globalThis.element = chart(options, globalThis.element)
      document.body.append(globalThis.element)
    }
    globalThis.place()
  })
  await page.locator('canvas').waitFor()
  await page.evaluate(() => globalThis.element.remove())
  await page.waitForFunction(() => !globalThis.element.querySelector('canvas'))
  await page.evaluate(() => globalThis.place())
  await page.locator('canvas').waitFor()
})

test('lines without labels are told apart by what differs, and a small legend shows it all', async () => {
  const environments = ['development', 'production']
  const of = (Environment) => ({ Environment, Oven: 'the-oven-of-the-cellar' })
  await send(...environments.map((name) => datum('BakeTime', 1, of(name))))
  const metrics = environments.map((name) => [
    NAMESPACE,
    'BakeTime',
    ...Object.entries(of(name)).flat(),
  ])
  const search = `SEARCH('{${NAMESPACE},Environment,Oven} BakeTime', 'Sum', 60)`
  await putDashboard({ widgets: [graph(metrics), graph([[{ expression: search, id: 'e' }]])] })
  const page = await show('dashboards')
  const labels = page.locator('.legend li span:nth-child(2)')
  await until(async () => (await labels.count()) === 4, 'both legends')
  const [first, second] = await labels.allTextContents()
  assert.deepEqual([first, second], ['BakeTime development', 'BakeTime production'])
  const isWhole = await labels.evaluateAll((list) => {
    const legends = list.map((label) => label.closest('.legend'))
    return [...list, ...legends].every(
      ({ scrollWidth, clientWidth, scrollHeight, clientHeight }) =>
        scrollWidth <= clientWidth && scrollHeight <= clientHeight
    )
  })
  assert.ok(isWhole)
})

test('a variable that is typed is a text', async () => {
  await send(datum('Used', 80, { Shop: 'north' }), datum('Used', 5, { Shop: 'south' }))
  await putDashboard({
    widgets: [graph([[NAMESPACE, 'Used', 'Shop', 'north']], { view: 'singleValue' })],
    variables: [
      {
        type: 'property',
        property: 'Shop',
        inputType: 'input',
        id: 'shop',
        label: 'Shop',
        defaultValue: 'north',
      },
    ],
  })
  const page = await show('dashboards')
  await page.locator('dd').getByText('80', { exact: true }).waitFor()
  const shop = page.getByRole('textbox', { name: 'Shop' })
  assert.equal(await shop.inputValue(), 'north')
  await shop.fill('south')
  await shop.press('Enter')
  await page.locator('dd').getByText('5', { exact: true }).waitFor()
  assert.match(page.url(), /var-shop=south/)
})

test('a widget of a kind that is not drawn says so, and shows its values', async () => {
  await send(datum('Used', 80))
  const views = ['gauge', 'bar', 'pie', 'table']
  const yAxis = { left: { min: 0, max: 100 } }
  await putDashboard({
    widgets: views.map((view) => graph([[NAMESPACE, 'Used']], { view, yAxis })),
  })
  const page = await show('dashboards')
  for (const view of views) {
    const widget = page.locator('.widget').filter({ hasText: `This page draws no ${view}.` })
    await widget.locator('dd').getByText('80', { exact: true }).waitFor()
  }
})

const overflow = (page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth)

for (const width of [360, 1_280]) {
  test(`names of any length fit a width of ${width} pixels, and are told apart`, async () => {
    const long = 'Name'.repeat(60)
    await send(
      datum(`${long}1`, 1, { [long]: `${long}a` }),
      datum(`${long}1`, 1, { [long]: `${long}b` }),
      datum(`${'Word'.repeat(14)}2`, 1)
    )
    await client.putMetricAlarm({
      AlarmName: long,
      Namespace: NAMESPACE,
      MetricName: long,
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 5,
      ComparisonOperator: 'GreaterThanThreshold',
    })
    await putDashboard({
      widgets: [
        graph([[NAMESPACE, `${long}1`, long, `${long}a`]], { title: long }),
        graph([[NAMESPACE, `${long}1`, long, `${long}a`]], { view: 'singleValue' }),
        { type: 'alarm', properties: { alarms: [`arn:aws:cloudwatch:us-east-1:1:alarm:${long}`] } },
      ],
    })
    const page = await show('metrics', { viewport: { width, height: 900 } })
    await page.locator('canvas').waitFor()
    assert.ok((await overflow(page)) <= 0)
    const rows = page.locator('.tooltip li span:nth-child(2)')
    await until(async () => {
      const { width: over } = await page.locator('.u-over').boundingBox()
      await page.locator('.u-over').hover({ position: { x: over - 2, y: 40 } })
      return (await rows.count()) === 2
    }, 'the labels beside the pointer')
    const [first, second] = await rows.allTextContents()
    assert.notEqual(first, second)
    assert.ok(first.length <= 60)
    assert.ok((await overflow(page)) <= 0)
    for (const hash of ['dashboards', 'requests', 'cost']) {
      await page.goto(`${cloudwatch.endpoint}/#${hash}`)
      await page.locator(`main[data-view="${hash}"] :is(.widget, table)`).first().waitFor()
      assert.ok((await overflow(page)) <= 0, hash)
    }
  })
}

test('on a phone, the dashboard comes before the alarms', async () => {
  await putDashboard({ widgets: [{ type: 'text', properties: { markdown: '# The shop' } }] })
  const page = await show('dashboards', { viewport: { width: 360, height: 740 } })
  await page.getByRole('heading', { name: 'The shop' }).waitFor()
  const [dashboard, alarms] = await page.evaluate(() =>
    ['.widget', '.side'].map((name) => document.querySelector(name).getBoundingClientRect().top)
  )
  assert.ok(dashboard < alarms)
})

test('the header is one row of 1,280 pixels', async () => {
  const page = await show('metrics')
  for (const text of [
    '1,234,567 requests, 12,345 refused',
    'No connection: is it still running?',
  ]) {
    const { height, isWithin } = await page.evaluate((said) => {
      document.querySelector('#connection').textContent = said
      const { offsetHeight, scrollWidth, clientWidth } = document.querySelector('header')
      return { height: offsetHeight, isWithin: scrollWidth <= clientWidth }
    }, text)
    assert.ok(height < 70, `${height} pixels high`)
    assert.ok(isWithin)
  }
})

/** The contrast of two colors, as WCAG 2 defines it. */
function contrast(one, other) {
  const luminance = (color) => {
    const [red, green, blue] = color
      .match(/[\d.]+/g)
      .map((part) => part / 255)
      .map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a)
  return (light + 0.05) / (dark + 0.05)
}

for (const colorScheme of ['light', 'dark']) {
  test(`is readable in ${colorScheme} mode, and fits a phone`, async () => {
    await send(
      datum('Used', 1, {
        Provider: 'openai',
        Tool: 'a-tool-with-quite-a-long-name',
        Key: 'OPENAI_KEY_1',
      })
    )
    await send(datum('Used', 1, {}, { Unit: 'Furlongs' })).catch(() => {})
    const page = await show('metrics', { colorScheme, viewport: { width: 360, height: 740 } })
    for (const hash of ['metrics', 'dashboards', 'requests', 'cost']) {
      await page.goto(`${cloudwatch.endpoint}/#${hash}`)
      await page.locator(`main[data-view="${hash}"] :is(table, .nothing)`).first().waitFor()
      const { overflow, colors } = await page.evaluate(() => ({
        overflow: document.documentElement.scrollWidth - innerWidth,
        colors: [...document.querySelectorAll('p, td, th, h1, h2, a, label, caption')].map(
          (element) => {
            const grounds = []
            for (let at = element; at; at = at.parentElement)
              grounds.push(getComputedStyle(at).backgroundColor)
            const ground = grounds.find((color) => color !== 'rgba(0, 0, 0, 0)')
            return [element.textContent, getComputedStyle(element).color, ground]
          }
        ),
      }))
      assert.ok(overflow <= 0, `${hash} is ${overflow} pixels too wide`)
      for (const [text, color, ground] of colors) {
        assert.ok(contrast(color, ground) >= 4.5, `${text}: ${color} on ${ground}`)
      }
    }
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    assert.equal(ground === 'rgb(255, 255, 255)', colorScheme === 'light')
  })
}

describe('without a server', () => {
  /** What the browser says about it is no problem of the page. Errors of the page are. */
  function checkProblems() {
    const own = view.problems.filter((text) => !/Failed to load resource/.test(text))
    assert.deepEqual(own, [])
    view.problems.length = 0
  }

  async function restart() {
    const port = Number(new URL(cloudwatch.endpoint).port)
    client.destroy()
    cloudwatch = await startLocalCloudWatch({ page: true, port, now })
    client = sdk(cloudwatch.endpoint, now())
  }

  test('it says so, keeps what it shows, and comes back by itself', async () => {
    await send(datum('Before', 1))
    const page = await show('metrics')
    await page.locator('canvas').waitFor()
    await cloudwatch.close()
    await page.getByText('No connection').waitFor()
    await page.getByLabel('Statistic').selectOption('p99')
    await page.getByRole('alert').getByText('does not answer').waitFor()
    assert.equal(await page.getByLabel('Statistic').inputValue(), 'p99')
    assert.ok(await page.getByRole('rowheader', { name: 'Before' }).isVisible())
    await restart()
    await page.getByText('No metric has arrived yet').waitFor()
    await page.getByRole('alert').waitFor({ state: 'hidden' })
    await send(datum('Before', 2))
    await until(async () => (await figures(page, 'Before')).Sum === 2, 'the new figure')
    await page.locator('canvas').waitFor()
    checkProblems()
  })

  for (const hash of ['dashboards', 'cost']) {
    test(`${hash} come back by themselves, though they never were there`, async () => {
      const page = await show('requests')
      await page.getByText('0 requests').waitFor()
      await cloudwatch.close()
      await page.goto(`${cloudwatch.endpoint}/#${hash}`)
      await page.getByRole('alert').getByText('does not answer').waitFor()
      await restart()
      await page.getByText(/No dashboard yet|No metric has arrived yet/).waitFor()
      await page.getByRole('alert').waitFor({ state: 'hidden' })
      checkProblems()
    })
  }

  test('a fault cannot be switched, and the one that is on stays shown', async () => {
    const page = await show('metrics')
    await page.getByLabel('Throttle').check()
    await page.locator('#faults[data-fault=throttle]').waitFor()
    await cloudwatch.close()
    await page.getByText('No connection').waitFor()
    await page.getByLabel('Outage').click()
    await page.getByRole('alert').getByText('does not answer').waitFor()
    assert.ok(await page.getByLabel('Throttle').isChecked())
    await restart()
    await page.locator('#faults[data-fault=""]').waitFor()
    assert.ok(await page.getByLabel('None').isChecked())
    checkProblems()
  })

  test('the requests of the next server are shown, and not those of the one before', async () => {
    await send(datum('Used', 1))
    await send(datum('Used', 2))
    const page = await show('requests')
    await page.getByText('The latest 2 requests').waitFor()
    await cloudwatch.close()
    await page.getByText('No connection').waitFor()
    await restart()
    await client.listMetrics({})
    await page.getByText('The latest 1 request').waitFor()
    await page.getByRole('rowheader', { name: 'ListMetrics' }).waitFor()
    checkProblems()
  })
})
