'use strict'

// What the doctor found wrong. What is fine is no finding.

/**
 * @typedef {object} Finding
 * @property {string} check its name
 * @property {string} problem what is wrong
 * @property {string} why it matters
 * @property {string} mend what mends it
 */

/** @returns {Finding} */
const finding = (check, problem, why, mend) => ({ check, problem, why, mend })

module.exports = { finding }
