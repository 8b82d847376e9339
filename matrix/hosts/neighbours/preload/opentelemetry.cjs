// As `node --require @opentelemetry/auto-instrumentations-node/register`.

require('@opentelemetry/auto-instrumentations-node/register')
