'use strict'

// `hkm-native reference`: the metrics in Markdown, for those who look at them.

const { ENVIRONMENT, setsOf } = require('./series.js')

/** @param {import('../lib/define/definition.js').Metric[]} metrics */
function referenceOf(metrics, options) {
  const namespaces = [...new Set(metrics.map(({ namespace }) => namespace))]
  return namespaces
    .map((namespace) => {
      const own = metrics.filter((metric) => metric.namespace === namespace)
      return [
        `# ${escaped(namespace)}`,
        '',
        ...own.flatMap((metric) => sectionOf(metric, options)),
      ].join('\n')
    })
    .join('\n')
}

function sectionOf(metric, options) {
  const {
    name,
    kind,
    unit,
    description,
    keys,
    names,
    values,
    optional,
    hasEnvironment,
    constants,
  } = metric
  const fixed = constants
    .filter((_, at) => at % 2 === 0)
    .map((dimension, at) => [dimension, constants[2 * at + 1]])
  const rows = [
    ...(hasEnvironment ? [[ENVIRONMENT, 'the environment of the process']] : []),
    ...fixed.map(([dimension, value]) => [dimension, `always \`${value}\``]),
    ...keys.map((key, at) => [names[at], meaningOf(key, values[at], optional.includes(key))]),
  ]
  const sets = setsOf(metric, { ...options, rollups: true })
    .slice(0, -1)
    .map((set) =>
      set.length === 0 ? 'in total' : `by ${set.map((key) => names[keys.indexOf(key)]).join(', ')}`
    )
  return [
    `## ${escaped(name)}`,
    '',
    ...(description ? [`${escaped(description)}.`.replace(/\.\.$/, '.'), ''] : []),
    `A ${kind}, in ${unit === 'None' ? 'no unit' : unit}${metric.seconds === 1 ? ', of each second' : ''}.`,
    '',
    ...(rows.length > 0 ? ['| dimension | value |', '| --- | --- |', ...rows.map(rowOf), ''] : []),
    ...(sets.length > 0 ? [`Roll-ups: ${sets.join('; ')}.`, ''] : []),
  ]
}

function meaningOf(key, values, isOptional) {
  const texts = [
    values ? values.map((value) => `\`${value}\``).join(', ') : `the label \`${key}\``,
    ...(isOptional ? ['may be left out'] : []),
  ]
  return texts.join('; ')
}

const rowOf = ([name, value]) => `| ${escaped(name)} | ${value.replaceAll('|', '\\|')} |`

const escaped = (text) => text.replace(/[\\`*_{}[\]<>|#]/g, '\\$&')

module.exports = { referenceOf }
