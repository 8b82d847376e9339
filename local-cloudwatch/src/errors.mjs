/**
 * Errors as a service answers them: an HTTP status, the short code of the Query protocol (`x-amzn-query-error`), and the
 * shape that carries it in the body (`__type`).
 *
 * Sources, cited by name below:
 * - Model: the service model that ships with the SDKs, its error shapes with `awsQueryError` and `httpError`.
 * - Common: CloudWatch API Reference, "Common Errors".
 * - Seen: an answer of AWS that public issue reports quote.
 */

const MODEL = 'com.amazonaws.cloudwatch#'
/** Shapes of every AWS service, which are not in the service's own model. */
const FRONT_END = 'com.amazon.coral.service#'
const VALIDATION = 'com.amazon.coral.validate#'

/**
 * The known codes: status, shape, and the member that holds the message if it is not `message`. A shape without a code
 * in the model has its own name as the code.
 */
const KNOWN = {
  // Model, errors of PutMetricData.
  InternalServiceError: [500, `${MODEL}InternalServiceFault`, 'Message'],
  InvalidParameterCombination: [400, `${MODEL}InvalidParameterCombinationException`],
  InvalidParameterValue: [400, `${MODEL}InvalidParameterValueException`],
  MissingParameter: [400, `${MODEL}MissingRequiredParameterException`],
  // Model, errors of other operations.
  ConcurrentModificationException: [429, `${MODEL}ConcurrentModificationException`, 'Message'],
  ConflictException: [409, `${MODEL}ConflictException`, 'Message'],
  InvalidFormat: [400, `${MODEL}InvalidFormatFault`],
  InvalidNextToken: [400, `${MODEL}InvalidNextToken`],
  InvalidParameterInput: [400, `${MODEL}DashboardInvalidInputError`],
  KmsAccessDeniedException: [400, `${MODEL}KmsAccessDeniedException`, 'Message'],
  KmsKeyDisabledException: [400, `${MODEL}KmsKeyDisabledException`, 'Message'],
  KmsKeyNotFoundException: [400, `${MODEL}KmsKeyNotFoundException`, 'Message'],
  LimitExceeded: [400, `${MODEL}LimitExceededFault`],
  LimitExceededException: [400, `${MODEL}LimitExceededException`, 'Message'],
  ResourceConflict: [409, `${MODEL}ResourceConflict`],
  ResourceNotFound: [404, `${MODEL}ResourceNotFound`],
  ResourceNotFoundException: [404, `${MODEL}ResourceNotFoundException`, 'Message'],
  ValidationError: [400, `${MODEL}ValidationException`],
  // Common. The short names are those of the Query protocol.
  AccessDenied: [403, `${FRONT_END}AccessDeniedException`],
  AccessDeniedException: [403, `${FRONT_END}AccessDeniedException`],
  ExpiredToken: [403, `${FRONT_END}ExpiredTokenException`],
  ExpiredTokenException: [403, `${FRONT_END}ExpiredTokenException`],
  IncompleteSignature: [403, `${FRONT_END}IncompleteSignatureException`],
  InternalFailure: [500, `${FRONT_END}InternalFailure`],
  MalformedHttpRequestException: [400, `${FRONT_END}MalformedHttpRequestException`],
  NotAuthorized: [401, `${FRONT_END}NotAuthorized`],
  OptInRequired: [403, `${FRONT_END}OptInRequired`],
  RequestAbortedException: [400, `${FRONT_END}RequestAbortedException`],
  RequestEntityTooLarge: [413, `${FRONT_END}RequestEntityTooLargeException`],
  RequestExpired: [400, `${FRONT_END}RequestExpired`],
  RequestTimeout: [408, `${FRONT_END}RequestTimeoutException`],
  RequestTimeoutException: [408, `${FRONT_END}RequestTimeoutException`],
  ServiceUnavailable: [503, `${FRONT_END}ServiceUnavailableException`],
  Throttling: [400, `${FRONT_END}ThrottlingException`],
  ThrottlingException: [400, `${FRONT_END}ThrottlingException`],
  UnknownOperationException: [404, `${FRONT_END}UnknownOperationException`],
  UnrecognizedClientException: [403, `${FRONT_END}UnrecognizedClientException`],
  ValidationException: [400, `${VALIDATION}ValidationException`],
  // Seen.
  InvalidClientTokenId: [403, `${FRONT_END}UnrecognizedClientException`],
  RequestThrottledException: [400, `${FRONT_END}RequestThrottledException`],
  SerializationException: [400, `${FRONT_END}SerializationException`],
  SignatureDoesNotMatch: [403, `${FRONT_END}InvalidSignatureException`],
  SlowDown: [503, `${FRONT_END}SlowDown`],
}

/** Characters of a message. What it quotes may hold a megabyte. */
const MAX_MESSAGE_LENGTH = 100_000

/** The documented status of a code; 400 for a code that is not known. */
export const statusOf = (code) => KNOWN[code]?.[0] ?? 400

export class ServiceError extends Error {
  #shape
  #members

  /**
   * @param {number} status HTTP status
   * @param {string} code
   * @param {string} message
   * @param {{ shape?: string, members?: object }} [more] the shape if several have the code, and what the body holds
   *   beside the message
   */
  constructor(status, code, message, { shape, members } = {}) {
    super(message.slice(0, MAX_MESSAGE_LENGTH))
    this.name = code
    this.status = status
    this.code = code
    this.#shape = shape
    this.#members = members
  }

  /** The absolute id of the shape. */
  get shape() {
    return this.#shape ?? KNOWN[this.code]?.[1] ?? `${FRONT_END}${this.code}`
  }

  /** The members of the body. */
  get body() {
    const member = KNOWN[this.code]?.[2] ?? 'message'
    return { __type: this.shape, [member]: this.message, ...this.#members }
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

/** Common: "we can't decompress the body according to the decompression algorithm specified by the content-encoding". */
export const undecodable = (message) =>
  new ServiceError(400, 'MalformedHttpRequestException', message)

export const tooLarge = (maxBytes) =>
  new ServiceError(413, 'RequestEntityTooLarge', `Request size exceeded ${maxBytes} bytes`)

/** @param {{ DataPath: string, Message: string }[]} dashboardValidationMessages */
export const dashboardInvalid = (message, dashboardValidationMessages) =>
  new ServiceError(400, 'InvalidParameterInput', message, {
    members: { dashboardValidationMessages },
  })

export const dashboardNotFound = (name) =>
  new ServiceError(404, 'ResourceNotFound', `Dashboard ${name} does not exist`, {
    shape: `${MODEL}DashboardNotFoundError`,
  })
