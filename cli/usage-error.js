'use strict'

/** What a person can mend: the command says it, and shows no stack. */
class UsageError extends Error {
  name = 'UsageError'
}

module.exports = { UsageError }
