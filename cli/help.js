'use strict'

const HELP = `Usage: hkm-native COMMAND [module…] [options]

Commands, each of which prints what it makes and changes nothing:

  doctor      why metrics do not arrive: what is wrong, why it matters, what mends it. Ends with 1 if anything is
  dashboard   a dashboard for every environment
  alarms      pairs of a warning and a critical alarm: failure rates, throttling, waits, cost, silence
  policy      the IAM policy that sending these metrics needs
  reference   the metrics in Markdown

A module is the path of one that exports what defineMetrics() returns, or a catalogue: hosted-key (the default), workflow.
It is loaded, so keep definitions in a file of their own, apart from what starts the application.

  --json                   the report of doctor as JSON
  --send                   doctor sends one real datum, in the namespace hkm-native/doctor

  --format FORMAT          json as the API takes it (default), cloudformation, or terraform (a .tf.json file)
  --name NAME              of the dashboard, or of the policy (default hkm-native)
  --environment NAME       the dimension Environment (default production)
  --region REGION          of the graphs (default: AWS_REGION, or us-east-1)
  --rollups                the application sets HKM_ROLLUPS=true (default: whether it is set here)
  --label KEY=VALUE        only series with this label; several times for several labels
  --period SECONDS         of graphs and alarms (default 300)
  --failure-rate 5,20      percent; a warning, and a critical threshold
  --min-samples 20         fewer in a period say nothing about a rate
  --failed NAME --succeeded NAME | --total NAME
                           counters whose failure rate to watch, where the definitions do not say it
  --throttled 10,100       calls in a period
  --wait 5000,30000        milliseconds that one in a hundred waits
  --budget 80,100          cost in a day
  --silence 900,3600       seconds without any record
  --warning-action ARN, --critical-action ARN
                           what is told, as a topic of SNS; several times for several
  --runbook URL            is part of each description
  --prefix TEXT            begins the name of each alarm
  --help, --version
`

module.exports = { HELP }
