/**
 * Errors as a service answers them: an HTTP status, the short code of the Query protocol (`x-amzn-query-error`), and the
 * shape that carries it in the body (`__type`).
 */

const SERVICE_SHAPES = 'com.amazonaws.cloudwatch#'
/** Shapes of every AWS service, which are not in the service's own model. */
const FRONT_END_SHAPES = 'com.amazon.coral.service#'

/** Codes whose shape has another name. Source: `error.code` in the service model of the SDKs. */
const SHAPES_BY_CODE = {
  InvalidParameterValue: `${SERVICE_SHAPES}InvalidParameterValueException`,
  InvalidParameterCombination: `${SERVICE_SHAPES}InvalidParameterCombinationException`,
  MissingParameter: `${SERVICE_SHAPES}MissingRequiredParameterException`,
  InternalServiceError: `${SERVICE_SHAPES}InternalServiceFault`,
  InvalidNextToken: `${SERVICE_SHAPES}InvalidNextToken`,
  ValidationError: `${SERVICE_SHAPES}ValidationException`,
  Throttling: `${FRONT_END_SHAPES}ThrottlingException`,
  AccessDenied: `${FRONT_END_SHAPES}AccessDeniedException`,
  ExpiredToken: `${FRONT_END_SHAPES}ExpiredTokenException`,
  ServiceUnavailable: `${FRONT_END_SHAPES}ServiceUnavailableException`,
}

export class ServiceError extends Error {
  /**
   * @param {number} status HTTP status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message) {
    super(message)
    this.name = code
    this.status = status
    this.code = code
  }

  /** The absolute id of the shape. */
  get shape() {
    return SHAPES_BY_CODE[this.code] ?? `${FRONT_END_SHAPES}${this.code}`
  }

  /** The members of the body. One shape of the model has `Message`, the others `message`. */
  get body() {
    const member = this.code === 'InternalServiceError' ? 'Message' : 'message'
    return { __type: this.shape, [member]: this.message }
  }

  /** Whose fault it is, in the words of `x-amzn-query-error`. */
  get blame() {
    return this.status >= 500 ? 'Receiver' : 'Sender'
  }
}

export const invalidValue = (message) => new ServiceError(400, 'InvalidParameterValue', message)

export const invalidCombination = (message) =>
  new ServiceError(400, 'InvalidParameterCombination', message)

export const missing = (message) => new ServiceError(400, 'MissingParameter', message)

/** What GetMetricData answers instead of `InvalidParameterValue`. */
export const validationError = (message) => new ServiceError(400, 'ValidationError', message)

export const malformed = (message) => new ServiceError(400, 'SerializationException', message)
