'use strict'

// Dashboards, alarms and policies as a template of CloudFormation, as Terraform, or as the API takes them. All are JSON:
// CloudFormation reads it as it is, and Terraform from files that end in `.tf.json`.

const FORMATS = ['json', 'cloudformation', 'terraform']

/**
 * @param {string} format
 * @param {object} what
 * @param {string} name of the dashboard and of the policy
 * @param {object} [what.dashboard] a body
 * @param {object[]} [what.alarms] inputs of PutMetricAlarm
 * @param {object} [what.policy]
 */
function formatted(format, name, what) {
  if (format === 'cloudformation') return cloudFormation(name, what)
  if (format === 'terraform') return terraform(name, what)
  return what.dashboard ?? what.alarms ?? what.policy
}

function cloudFormation(name, { dashboard, alarms = [], policy }) {
  const Resources = {}
  if (dashboard) {
    Resources.Dashboard = {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: name, DashboardBody: JSON.stringify(dashboard) },
    }
  }
  for (const alarm of alarms) {
    Resources[logicalName(alarm.AlarmName)] = { Type: 'AWS::CloudWatch::Alarm', Properties: alarm }
  }
  if (policy) {
    Resources.SendMetricsPolicy = {
      Type: 'AWS::IAM::ManagedPolicy',
      Properties: { Description: 'Sends metrics to CloudWatch', PolicyDocument: policy },
    }
  }
  return { AWSTemplateFormatVersion: '2010-09-09', Resources }
}

/** Letters and digits alone. The names of alarms differ in these. */
function logicalName(name) {
  return name
    .split(/[^A-Za-z0-9]+/)
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('')
}

function terraform(name, { dashboard, alarms = [], policy }) {
  const resource = {}
  if (dashboard) {
    resource.aws_cloudwatch_dashboard = {
      [label(name)]: { dashboard_name: name, dashboard_body: JSON.stringify(dashboard) },
    }
  }
  if (alarms.length > 0) {
    resource.aws_cloudwatch_metric_alarm = Object.fromEntries(
      alarms.map((alarm) => [label(alarm.AlarmName), terraformAlarm(alarm)])
    )
  }
  if (policy) {
    resource.aws_iam_policy = {
      [label(name)]: {
        name: `${name}-send`,
        description: 'Sends metrics to CloudWatch',
        policy: JSON.stringify(policy),
      },
    }
  }
  return literal({ resource })
}

/** The members of PutMetricAlarm in the names of the provider `aws`. */
function terraformAlarm({ Metrics, Dimensions, ...rest }) {
  const members = Object.entries(rest).map(([member, value]) => [TERRAFORM[member], value])
  return {
    ...Object.fromEntries(members),
    ...(Dimensions && { dimensions: dimensionsOf(Dimensions) }),
    ...(Metrics && { metric_query: Metrics.map(terraformQuery) }),
  }
}

const TERRAFORM = {
  AlarmName: 'alarm_name',
  AlarmDescription: 'alarm_description',
  AlarmActions: 'alarm_actions',
  OKActions: 'ok_actions',
  Namespace: 'namespace',
  MetricName: 'metric_name',
  Period: 'period',
  Statistic: 'statistic',
  ExtendedStatistic: 'extended_statistic',
  EvaluationPeriods: 'evaluation_periods',
  DatapointsToAlarm: 'datapoints_to_alarm',
  Threshold: 'threshold',
  ComparisonOperator: 'comparison_operator',
  TreatMissingData: 'treat_missing_data',
  EvaluateLowSampleCountPercentile: 'evaluate_low_sample_count_percentiles',
}

function terraformQuery({ Id, Expression, Label, ReturnData, MetricStat }) {
  return {
    id: Id,
    ...(Expression !== undefined && { expression: Expression }),
    ...(Label !== undefined && { label: Label }),
    return_data: ReturnData,
    ...(MetricStat && {
      metric: [
        {
          namespace: MetricStat.Metric.Namespace,
          metric_name: MetricStat.Metric.MetricName,
          dimensions: dimensionsOf(MetricStat.Metric.Dimensions),
          period: MetricStat.Period,
          stat: MetricStat.Stat,
        },
      ],
    }),
  }
}

const dimensionsOf = (dimensions) =>
  Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value]))

/** The name of a resource of Terraform: letters, digits, `_` and `-`, not a digit first. */
const label = (name) => name.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?=[0-9-])/, '_')

/** `${` and `%{` begin a template in every text of Terraform, also in the name of a member. */
function literal(value) {
  if (typeof value === 'string') return value.replace(/[$%]\{/g, (begin) => begin[0] + begin)
  if (Array.isArray(value)) return value.map(literal)
  if (Object(value) !== value) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [literal(name), literal(item)])
  )
}

module.exports = { FORMATS, formatted }
