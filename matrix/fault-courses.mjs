/** When faults of the matrix begin and end, and what an answer tells under them. */

/** For the middle half of the recording. */
export const during = (plan, options) => ({
  from: 'quarter',
  to: 'three quarters',
  begin: (bed) => bed.setFault(plan, options),
  end: (bed) => bed.setFault(),
})

/** From before the child starts, as long as it lives. */
export const always = (plan, options) => ({
  from: 'start',
  to: 'end',
  begin: (bed) => bed.setFault(plan, options),
  end: (bed) => bed.setFault(),
})

/** Nothing changes in the course of the recording. */
export const never = { begin() {}, end() {} }

/** The answer tells that nothing was applied. */
export const notApplied = (name, code, course) => ({
  name,
  code,
  isKnown: true,
  isApplied: false,
  ...course,
})

/** Nothing was applied, and nothing tells so. */
export const unanswered = (name, code, plan) => ({
  name,
  code,
  isKnown: false,
  isApplied: false,
  ...during(plan),
})

/** All was applied, and nothing tells so. */
export const applied = (name, code, plan) => ({
  name: `applied, then ${name}`,
  code,
  isKnown: false,
  isApplied: true,
  ...during(plan, { spoilsAnswers: true }),
})
