// As `node --import @sentry/node/import`, from version 11 on.

import '@sentry/node/import'
