/** The variables of the package, from the sources that read them. */

import { readFileSync } from 'node:fs'

const SOURCES = ['lib/options.js', 'src/environment.rs']

/** Returns the names that begin with `HKM_`. */
export function variablesOf() {
  const texts = SOURCES.map((file) =>
    readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
  )
  return new Set(texts.join('\n').match(/(?<=['"])HKM_[A-Z_]*[A-Z](?=['"])/g))
}
