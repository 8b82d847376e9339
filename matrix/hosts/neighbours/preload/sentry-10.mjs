// As `node --import @sentry/node/preload`, up to version 10.

import 'sentry-node-10/preload'
