'use strict'

// `hkm-native policy`: what a process that sends these metrics must be allowed, and no more.

/** @param {import('../lib/define/definition.js').Metric[]} metrics */
function policyOf(metrics) {
  const namespaces = [...new Set(metrics.map(({ namespace }) => namespace))].sort()
  return {
    Version: '2012-10-17',
    Statement: [
      {
        Sid: 'SendMetrics',
        Effect: 'Allow',
        Action: 'cloudwatch:PutMetricData',
        // PutMetricData knows no resources: the namespace is what limits it.
        Resource: '*',
        Condition: { StringEquals: { 'cloudwatch:namespace': namespaces } },
      },
    ],
  }
}

module.exports = { policyOf }
