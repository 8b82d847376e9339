/** Error codes that come with status 400 and do not blame a datum. Nothing was applied, and the request is sent again. */
export const TRANSIENT_CODES = [
  'InternalFailure',
  'LimitExceededException',
  'RequestAbortedException',
  'RequestThrottledException',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'UnknownOperationException',
]
