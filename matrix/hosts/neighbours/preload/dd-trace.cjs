// As `node --require dd-trace/init`.

require('dd-trace/init')
