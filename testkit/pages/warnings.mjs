/**
 * The texts of the warnings that the package can give, from its sources.
 *
 * Most calls that warn hold the text. Others pass on a text that another function makes: they are listed here, with these
 * functions. A call that does neither is an error, so that no warning is left out.
 */

import { readdirSync, readFileSync } from 'node:fs'
import * as javascript from './javascript.mjs'
import * as rust from './rust.mjs'

const ROOT = new URL('../../', import.meta.url)
const FOLDERS = ['lib/', 'src/', 'core/src/']
const OF_TESTS = /(^|\/)tests(\/|\.rs$)/

/** The functions that warn, and those that they pass a text to. */
const NAMES = { js: ['warn', 'warnLimited', 'warnOfOne'], rs: ['warn', 'give', 'note'] }

/** By file, how many of its calls pass a text on. */
const PASSED_ON = {
  'lib/define/observe.js': 2,
  'lib/flush.js': 1,
  'lib/start.js': 1,
  'lib/warnings.js': 2,
  'core/src/flusher/settle.rs': 4,
  'src/doctor.rs': 1,
  'src/recorder.rs': 4,
  'src/sink/cloudwatch.rs': 2,
  'src/sink/credentials/chain.rs': 1,
  'src/sink/network/http.rs': 1,
  'src/sink/network/tls.rs': 1,
  'src/sink/region.rs': 1,
  'src/spool.rs': 1,
}

/** What makes these texts, by file. Those of the end of the process go to the logger or to stderr. */
const MAKERS = {
  'lib/define/observe.js': ['observe', 'take', 'settle', 'warningOf'],
  'lib/first-use.js': ['NOT_READ', 'tell', 'status'],
  'lib/load-failure.js': [
    ...['BUNDLED', 'ONE_FILE', 'AGAIN', 'RULES', 'explain', 'failure'],
    ...['addonsDisabled', 'foreign', 'absent'],
  ],
  'lib/native.js': ['whyNotLoaded'],
  'lib/options.js': ['METRICS_ARE_OFF', 'fromVariable', 'withoutRole'],
  'lib/refused.js': ['warnOfRefused', 'whyNotValue', 'whyNotLabels'],
  'lib/start.js': ['UNANSWERED', 'NOT_LOADED', 'CAPTURED', 'start', 'turnOn'],
  'lib/variables.js': ['unknownVariables'],
  'lib/web/index.js': ['OFF'],
  'core/src/flusher/faults.rs': ['advice'],
  'core/src/flusher/settle.rs': ['KEPT', 'all_refused'],
  'core/src/outcome.rs': ['advice'],
  'core/src/warning.rs': ['queue'],
  'src/ending/loss.rs': ['report', 'report_of_rollups', 'reason'],
  'src/endpoint.rs': ['BadUrl', 'without', 'new'],
  'src/environment.rs': ['Off'],
  'src/environment/checks.rs': ['refusal'],
  'src/environment/for_sdk.rs': ['refusals'],
  'src/recorder.rs': ['redaction'],
  'src/recorder/overflow.rs': ['of_series', 'of_combinations'],
  'src/sink/network/names/system.rs': ['no_servers'],
  'src/sink/network/proxy.rs': ['Unusable', 'complaint'],
  'src/sink/network/tls.rs': ['tls'],
  'src/sink/network/tls/trust.rs': ['tell_of_file', 'add_folders', 'add_late'],
  'src/sink/region.rs': ['describe'],
  'src/spool/no_file.rs': ['create'],
  'src/spool/orphans.rs': ['reason', 'PART'],
}

/**
 * Returns the texts, with `…` in place of each value.
 *
 * @throws {Error} if a call neither holds a text nor is listed
 */
export function warningTexts() {
  const texts = []
  for (const file of sources()) {
    const source = readFileSync(new URL(file, ROOT), 'utf8')
    const { parse, callsOf, literalsOf, names } = languageOf(file)
    const parsed = parse(source)
    const calls = callsOf(parsed, names)
    const passedOn = calls.filter((held) => !held.some(isText)).length
    if (passedOn !== (PASSED_ON[file] ?? 0)) {
      throw new Error(
        `${file}: ${passedOn} warnings hold no text, and not ${PASSED_ON[file] ?? 0}. List what makes theirs in MAKERS`
      )
    }
    texts.push(...calls.flat(), ...(MAKERS[file] ?? []).flatMap((name) => literalsOf(parsed, name)))
  }
  return [...new Set(texts)]
}

/** Whether a literal is a text to read, and no name, format or separator. */
export const isText = (literal) => /\p{L}{2,} \P{L}*\p{L}{2,}/u.test(literal)

function sources() {
  const files = FOLDERS.flatMap((folder) =>
    readdirSync(new URL(folder, ROOT), { recursive: true }).map((file) => `${folder}${file}`)
  )
  const known = files.map((file) => file.replaceAll('\\', '/')).sort()
  return known.filter((file) => /\.(js|rs)$/.test(file) && !OF_TESTS.test(file))
}

function languageOf(file) {
  return file.endsWith('.js')
    ? { ...javascript, parse: javascript.parseJavaScript, names: NAMES.js }
    : { ...rust, parse: rust.parseRust, names: NAMES.rs }
}
