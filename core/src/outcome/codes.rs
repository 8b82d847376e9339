//! The error codes of the service, and the outcome that each one means.

use super::{Fault, FaultKind, Outcome};

/// Error codes of requests that come too fast. Source: the AWS SDK's retry classifier, `THROTTLING_ERRORS`.
pub const THROTTLED: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

/// Error codes about the sender, not about the content. Some come with status 400.
const DENIED: [&str; 12] = [
    "AccessDenied",
    "AccessDeniedException",
    "AuthFailure",
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidClientTokenId",
    "MissingAuthenticationToken",
    "MissingAuthenticationTokenException",
    "NotAuthorized",
    "OptInRequired",
    "UnrecognizedClientException",
];

/// Error codes about the signature. CloudWatch compares its time with its own clock.
const BAD_SIGNATURE: [&str; 5] = [
    "IncompleteSignature",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// Error codes that `PutMetricData` documents for an invalid datum, by their names in either protocol, and the codes that
/// all operations share for an invalid parameter. Sources: `PutMetricData`, Errors; `CommonErrors`; the service model.
const INVALID: [&str; 11] = [
    "InvalidParameterValue",
    "InvalidParameterValueException",
    "InvalidParameterCombination",
    "InvalidParameterCombinationException",
    "MissingParameter",
    "MissingRequiredParameter",
    "MissingRequiredParameterException",
    "InvalidFormat",
    "InvalidFormatFault",
    "ValidationError",
    "ValidationException",
];

/// Error codes of a service that fails before it applies anything, if they come with a status of 4xx. The names of their
/// shapes are the same, or end in `Exception`. Sources: the SDK's retry classifier, `TRANSIENT_ERRORS`; `CommonErrors`.
const TRANSIENT: [&str; 10] = [
    "InternalError",
    "InternalFailure",
    "InternalServiceError",
    "InternalServiceFault",
    "RequestAborted",
    "RequestAbortedException",
    "RequestTimeout",
    "RequestTimeoutException",
    "ServiceUnavailable",
    "ServiceUnavailableException",
];

/// Classifies an error of the service by its HTTP status and error code.
#[must_use]
pub fn classify(status: u16, code: &str, message: &str) -> Outcome {
    let fault = |kind| {
        let code = if code.is_empty() { &format!("HTTP {status}") } else { code };
        Fault::new(kind, code, message)
    };
    match status {
        _ if BAD_SIGNATURE.contains(&code) => Outcome::NotApplied(fault(FaultKind::BadSignature)),
        _ if status == 429 || THROTTLED.contains(&code) => Outcome::NotApplied(fault(FaultKind::Throttled)),
        _ if matches!(status, 401 | 403) || DENIED.contains(&code) => {
            Outcome::NotApplied(fault(FaultKind::Denied))
        }
        413 => Outcome::TooLarge(fault(FaultKind::Invalid)),
        400 if INVALID.contains(&code) => Outcome::Rejected(fault(FaultKind::Invalid)),
        // CloudWatch gives a code. An answer without one is from a wrong endpoint or from a proxy.
        400..=499 if code.is_empty() => Outcome::NotApplied(fault(FaultKind::Unreachable)),
        400..=499 if TRANSIENT.contains(&code) => Outcome::NotApplied(fault(FaultKind::Unavailable)),
        400..=499 => Outcome::NotApplied(fault(FaultKind::Refused)),
        // A 2xx is an error if its body could not be parsed. A redirect is not from CloudWatch either.
        _ => Outcome::Unknown(fault(FaultKind::Unavailable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_code_about_the_sender_does_not_reject_the_records() {
        for (kind, codes) in [
            (
                FaultKind::Throttled,
                "Throttling ThrottlingException ThrottledException RequestLimitExceeded RequestThrottled \
                 TooManyRequestsException",
            ),
            (
                FaultKind::Denied,
                "AccessDenied AccessDeniedException AuthFailure ExpiredToken ExpiredTokenException \
                 InvalidAccessKeyId InvalidClientTokenId MissingAuthenticationToken \
                 MissingAuthenticationTokenException NotAuthorized OptInRequired UnrecognizedClientException",
            ),
            (
                FaultKind::BadSignature,
                "IncompleteSignature InvalidSignatureException RequestExpired RequestTimeTooSkewed \
                 SignatureDoesNotMatch",
            ),
        ] {
            for code in codes.split_whitespace() {
                let outcome = classify(400, code, "why");
                assert!(matches!(&outcome, Outcome::NotApplied(fault) if fault.kind == kind), "{code}");
            }
        }
    }

    #[test]
    fn an_answer_without_a_code_is_named_by_its_status() {
        let Outcome::Unknown(fault) = classify(500, "", "why") else {
            panic!("the outcome of a 500 is unknown")
        };
        assert_eq!(fault.to_string(), "HTTP 500: why");
    }

    #[test]
    fn errors_are_classified_by_whether_the_request_was_applied() {
        let class = |status, code| match classify(status, code, "why") {
            Outcome::NotApplied(fault) => (Some(fault.kind), "not applied"),
            Outcome::TooLarge(fault) => (Some(fault.kind), "too large"),
            Outcome::Unknown(fault) => (Some(fault.kind), "unknown"),
            Outcome::Rejected(fault) => (Some(fault.kind), "rejected"),
            Outcome::Applied => (None, "applied"),
        };
        for (status, code, kind, expected) in [
            (400, "Throttling", FaultKind::Throttled, "not applied"),
            (429, "", FaultKind::Throttled, "not applied"),
            (503, "Throttling", FaultKind::Throttled, "not applied"),
            (401, "", FaultKind::Denied, "not applied"),
            (403, "", FaultKind::Denied, "not applied"),
            (403, "AccessDenied", FaultKind::Denied, "not applied"),
            (400, "ExpiredTokenException", FaultKind::Denied, "not applied"),
            (400, "UnrecognizedClientException", FaultKind::Denied, "not applied"),
            (403, "SignatureDoesNotMatch", FaultKind::BadSignature, "not applied"),
            (413, "RequestEntityTooLarge", FaultKind::Invalid, "too large"),
            (400, "InvalidParameterValue", FaultKind::Invalid, "rejected"),
            (400, "InvalidParameterValueException", FaultKind::Invalid, "rejected"),
            (400, "InvalidParameterCombination", FaultKind::Invalid, "rejected"),
            (400, "InvalidParameterCombinationException", FaultKind::Invalid, "rejected"),
            (400, "MissingParameter", FaultKind::Invalid, "rejected"),
            (400, "MissingRequiredParameterException", FaultKind::Invalid, "rejected"),
            (400, "InvalidFormat", FaultKind::Invalid, "rejected"),
            (400, "InvalidFormatFault", FaultKind::Invalid, "rejected"),
            (400, "ValidationError", FaultKind::Invalid, "rejected"),
            (400, "ValidationException", FaultKind::Invalid, "rejected"),
            (400, "RequestTimeout", FaultKind::Unavailable, "not applied"),
            (400, "RequestAbortedException", FaultKind::Unavailable, "not applied"),
            (400, "ServiceUnavailable", FaultKind::Unavailable, "not applied"),
            (400, "InternalFailure", FaultKind::Unavailable, "not applied"),
            (400, "MalformedHttpRequestException", FaultKind::Refused, "not applied"),
            (404, "UnknownOperationException", FaultKind::Refused, "not applied"),
            (400, "SlowDown", FaultKind::Throttled, "not applied"),
            (400, "LimitExceededException", FaultKind::Throttled, "not applied"),
            (400, "RequestThrottledException", FaultKind::Throttled, "not applied"),
            (400, "AnythingElse", FaultKind::Refused, "not applied"),
            (400, "", FaultKind::Unreachable, "not applied"),
            (404, "", FaultKind::Unreachable, "not applied"),
            (500, "InternalFailure", FaultKind::Unavailable, "unknown"),
            (503, "ServiceUnavailable", FaultKind::Unavailable, "unknown"),
            (200, "", FaultKind::Unavailable, "unknown"),
        ] {
            assert_eq!(class(status, code), (Some(kind), expected), "{status} {code}");
        }
    }
}
