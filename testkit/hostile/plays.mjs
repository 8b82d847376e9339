// What is played: each variable with each value, and each file with all contents.

import { CONTENTS, FILES } from './contents.mjs'
import { HARMLESS, SUBJECTS, VALUES } from './values.mjs'

/**
 * @typedef {object} Play
 * @property {string} subject the name of its test
 * @property {string} setup a set-up of `values.mjs`
 * @property {string[]} variables that are set to `value`, or to the path of a file with `contents`
 * @property {string} [value] a name of `VALUES`, or 'no UTF-8'
 * @property {string} [contents] a name of `CONTENTS`
 * @property {boolean} delivers whether the records have to arrive
 */

/** @returns {Play[]} */
function ofVariables(subjects, delivers) {
  const values = [...Object.keys(VALUES), 'no UTF-8']
  return Object.entries(subjects).flatMap(([setup, all]) =>
    all.flatMap((one) => {
      const variables = [one].flat()
      const subject = variables.join(', ')
      return values.map((value) => ({ subject, setup, variables, value, delivers }))
    })
  )
}

/** @type {Record<'variables' | 'files', Play[]>} */
export const PLAYS = {
  variables: [...ofVariables(SUBJECTS, false), ...ofVariables(HARMLESS, true)],
  files: Object.entries(FILES).flatMap(([subject, [setup, variable]]) =>
    Object.keys(CONTENTS).map((contents) => ({
      subject,
      setup,
      variables: [variable],
      contents,
      delivers: false,
    }))
  ),
}
