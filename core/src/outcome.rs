//! The meaning of a PutMetricData attempt for the records in it.
//!
//! PutMetricData has no idempotency token. A request that is sent again counts twice if CloudWatch applied it the
//! first time, and only some answers say whether it did.

use std::fmt;

/// The result of a request. It decides what happens to the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// CloudWatch accepted the records.
    Applied,
    /// CloudWatch certainly accepted none of the records. They are merged back, and sent again after a backoff.
    NotApplied(Fault),
    /// As [`Outcome::NotApplied`], because of the size. The request is sent again in halves.
    TooLarge(Fault),
    /// CloudWatch may have accepted the records. They are counted as possibly duplicated, and sent again.
    Unknown(Fault),
    /// CloudWatch refused a datum, or all that it was sent. The request is sent again in halves, which shows which of
    /// both it is: a datum that is refused alone is dropped if another part of the request was accepted.
    Rejected(Fault),
}

/// The reason why an attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The error code of the service, or the kind of the SDK's error.
    pub code: String,
    pub message: String,
}

/// The maximum length of a message, in characters.
const MAX_MESSAGE_CHARS: usize = 500;

impl Fault {
    /// Makes a fault with the first paragraph of a message, on one line. The paragraphs after it can quote the request
    /// as it was signed, with the session token.
    #[must_use]
    pub fn new(kind: FaultKind, code: &str, message: &str) -> Self {
        Self { kind, code: code.to_owned(), message: first_paragraph(message) }
    }
}

fn first_paragraph(message: &str) -> String {
    let mut paragraph = String::new();
    for line in message.lines().map(str::trim).take_while(|line| !line.is_empty()) {
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.push_str(line);
    }
    if let Some((end, _)) = paragraph.char_indices().nth(MAX_MESSAGE_CHARS) {
        paragraph.truncate(end);
    }
    paragraph
}

/// The kinds of faults. They differ in what a user can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// DNS, the connection or TLS failed.
    Unreachable,
    /// What answered is not CloudWatch.
    Foreign,
    /// The process or the system has no file descriptors, threads or memory left.
    Exhausted,
    /// The account exceeds its quota of requests.
    Throttled,
    /// There are no credentials.
    NoCredentials,
    /// The credentials have expired or lack `cloudwatch:PutMetricData`.
    Denied,
    /// The signature is invalid: the clock is off, or the secret key is wrong.
    BadSignature,
    /// The request was signed and stamped by a clock that its own answer showed to be wrong.
    WrongTime,
    /// The request was sent, but the connection ended or no answer came in time.
    Unanswered,
    /// The service failed.
    Unavailable,
    /// The service refused the request, whatever it contained.
    Refused,
    /// The service refused the content of the request.
    Invalid,
    /// A defect of this package or of the AWS SDK.
    Internal,
}

impl FaultKind {
    /// Returns what failed and what a user can do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "CloudWatch could not be reached: check the region, the endpoint, DNS, proxy and CA certificates"
            }
            Self::Foreign => {
                "What answered is not CloudWatch: check the endpoint, and look for a proxy or a captive portal"
            }
            Self::Exhausted => {
                "The process or the system has no file descriptors, threads or memory left: raise the limits"
            }
            Self::Throttled => "CloudWatch throttles this account: ask for a higher PutMetricData quota",
            Self::NoCredentials => {
                "No credentials could be had: check the keys in the environment, or the role of the task, pod or instance"
            }
            Self::Denied => {
                "Access was denied: allow cloudwatch:PutMetricData, and check that the credentials have not expired"
            }
            Self::BadSignature => {
                "The signature was refused: check the system's clock, and the secret access key"
            }
            Self::WrongTime => "The system's clock is wrong: CloudWatch's time is used from now on",
            Self::Unanswered => "The connection ended, or no answer came in time",
            Self::Unavailable => "CloudWatch failed",
            Self::Refused => {
                "The request was refused, whatever it contained: look for a proxy or a wrong endpoint, or update this package"
            }
            Self::Invalid => "CloudWatch refused what was sent: please report it",
            Self::Internal => "This package or the AWS SDK failed: please report it",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.code, self.message)
    }
}

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
    fn a_message_is_one_paragraph_on_one_line_of_bounded_length() {
        let message =
            "does not match:\n - one\r\n - two\n\nThe Canonical String ... x-amz-security-token:secret";
        let fault = Fault::new(FaultKind::NoCredentials, "", message);
        assert_eq!(fault.message, "does not match: - one - two");
        let message = "é".repeat(600);
        let Outcome::NotApplied(fault) = classify(403, "SignatureDoesNotMatch", &message) else {
            panic!("a bad signature was not applied")
        };
        assert_eq!(fault.message, "é".repeat(500));
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
