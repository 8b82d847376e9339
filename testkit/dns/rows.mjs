// What names can be like, and what comes of it for the package, the C library and Node.

import { addresses } from './rows/addresses.mjs'
import { answers } from './rows/answers.mjs'
import { files } from './rows/files.mjs'
import { hosts } from './rows/hosts.mjs'
import { names } from './rows/names.mjs'
import { silence } from './rows/silence.mjs'

/**
 * The files, the servers and the addresses on which a CloudWatch listens.
 *
 * @typedef {object} Phase
 * @property {string} [resolvConf] contents, `a folder` or `a pipe`; default: there is no such file
 * @property {string} [hosts] as `resolvConf`; default: empty
 * @property {Record<string, { reaction: import('./server.mjs').Reaction, hasTcp?: boolean }>} [servers] by address; those of the
 *   first phase stay
 * @property {string[]} [listen] default: 127.0.0.1
 * @property {boolean} [isPatient] whether the package may try again
 * @property {'yes' | 'later' | 'no'} expected whether the package reaches CloudWatch
 *
 * @typedef {Phase & {
 *   name: string,
 *   endpoint?: string,
 *   env?: Record<string, string>,
 *   interface?: { name: string, addresses: string[], neighbours?: string[] },
 *   mode?: number,
 *   nsswitch?: string,
 *   isUnprivileged?: boolean,
 *   afterwards?: Phase,
 *   error?: RegExp,
 *   warning?: RegExp,
 *   why?: string,
 * }} Row `why` says why the package differs from the C library or from Node. `error` and `warning` are what the package says
 */

/** @type {Row[]} */
export const ROWS = [...files, ...silence, ...answers, ...hosts, ...names, ...addresses]
