// What is played: each variable with each value, and each file with all contents.

import { CONTENTS, FILES } from './contents.mjs'
import { CHECKED, HARMLESS, OF_CREDENTIALS, SUBJECTS, UNSEEN, VALUES } from './values.mjs'

/**
 * @typedef {object} Play
 * @property {string} subject the name of its test
 * @property {string} setup a set-up of `values.mjs`
 * @property {string[]} variables that are set to `value`, or to the path of a file with `contents`
 * @property {string} [value] a name of `VALUES`, or 'no UTF-8'
 * @property {string} [contents] a name of `CONTENTS`
 * @property {boolean} delivers whether the records have to arrive
 * @property {boolean} [isTold] whether a warning has to name the variable, or none may be given
 * @property {boolean} [isOfCredentials] whether the warning about credentials has to name the variable
 */

const ALL_VALUES = [...Object.keys(VALUES), 'no UTF-8']
/** A variable with such a value is not set. */
const UNSET = ['an empty text', 'blanks']

/** @returns {Play[]} */
function ofVariables(subjects, rest) {
  return Object.entries(subjects).flatMap(([setup, all]) =>
    all.flatMap((one) => {
      const variables = [one].flat()
      const subject = variables.join(', ')
      return ALL_VALUES.map((value) => ({ subject, setup, variables, value, ...rest }))
    })
  )
}

/** @returns {Play[]} */
function ofChecked(setups) {
  return Object.entries(setups).flatMap(([setup, all]) =>
    Object.entries(all).flatMap(([subject, accepted]) =>
      ALL_VALUES.map((value) => {
        const isSet = !UNSET.includes(value) || subject === 'HKM_UNKNOWN'
        const isTold = isSet && !accepted.includes(value)
        return { subject, setup, variables: [subject], value, delivers: true, isTold }
      })
    )
  )
}

/** @type {Record<'variables' | 'files', Play[]>} */
export const PLAYS = {
  variables: [
    ...ofVariables(SUBJECTS, { delivers: false }),
    // Without a variable there may be no credentials at all, which nobody is told of.
    ...ofVariables(OF_CREDENTIALS, { delivers: false }).map((play) => ({
      ...play,
      isOfCredentials: !UNSET.includes(play.value),
    })),
    ...ofVariables(HARMLESS, { delivers: true }),
    ...ofVariables(UNSEEN, { delivers: true, isTold: false }),
    ...ofChecked(CHECKED),
  ],
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
