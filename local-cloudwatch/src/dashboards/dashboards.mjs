/**
 * PutDashboard, GetDashboard, ListDashboards and DeleteDashboards.
 *
 * Source: CloudWatch API Reference, the page of each operation.
 */

import { dashboardInvalid, dashboardNotFound, invalidValue, missing } from '../errors.mjs'
import { problemsOf } from './limits.mjs'

/** DashboardName: "up to 255 characters". */
const NAME = /^[A-Za-z0-9_-]{1,255}$/
/** The account is made up. */
const ARN = 'arn:aws:cloudwatch::000000000000:dashboard/'

export class Dashboards {
  #now
  /** @type {Map<string, { body: string, modifiedAt: number }>} */
  #dashboards = new Map()

  /** @param {() => number} now milliseconds since the epoch */
  constructor(now) {
    this.#now = now
  }

  put({ DashboardName: name, DashboardBody: body }) {
    if (!name) throw missing('The parameter DashboardName is required.')
    if (!body) throw missing('The parameter DashboardBody is required.')
    if (!NAME.test(name)) {
      throw dashboardInvalid('The value of field DashboardName contains invalid characters.', [])
    }
    const problems = problemsOf(body)
    if (problems.length > 0) {
      throw dashboardInvalid('The dashboard body is invalid, there are validation errors', problems)
    }
    this.#dashboards.set(name, { body, modifiedAt: this.#now() })
    return { DashboardValidationMessages: [] }
  }

  get({ DashboardName: name }) {
    const dashboard = this.#dashboards.get(name)
    if (!dashboard) throw dashboardNotFound(name)
    return { DashboardName: name, DashboardArn: `${ARN}${name}`, DashboardBody: dashboard.body }
  }

  list({ DashboardNamePrefix: prefix = '', NextToken }) {
    if (NextToken !== undefined) throw invalidValue('This local CloudWatch answers on one page.')
    const DashboardEntries = [...this.#dashboards]
      .filter(([name]) => name.startsWith(prefix))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, { body, modifiedAt }]) => ({
        DashboardName: name,
        DashboardArn: `${ARN}${name}`,
        LastModified: new Date(modifiedAt),
        Size: Buffer.byteLength(body),
      }))
    return { DashboardEntries }
  }

  delete({ DashboardNames: names = [] }) {
    const unknown = names.find((name) => !this.#dashboards.has(name))
    if (unknown !== undefined) throw dashboardNotFound(unknown)
    for (const name of names) this.#dashboards.delete(name)
    return {}
  }
}
