//! What a PutMetricData attempt means for the records in it.
//!
//! PutMetricData has no idempotency token: whether a request may be sent again without counting twice depends
//! on whether CloudWatch applied it, which only some answers tell.

use std::fmt;

/// What became of a request, and so what has to become of its records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// CloudWatch has the records.
    Applied,
    /// CloudWatch certainly has none of them: merge back, wait, send again.
    NotApplied(Fault),
    /// As [`Outcome::NotApplied`], for its size: send again in halves.
    TooLarge(Fault),
    /// CloudWatch may have them: send again, and count them as possibly duplicated.
    Unknown(Fault),
    /// CloudWatch refuses one of the datums: send the halves, drop the culprit when it stands alone.
    Rejected(Fault),
}

/// Why an attempt did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The service's error code, or the SDK's kind of failure.
    pub code: String,
    pub message: String,
}

/// The longest message of a fault, in characters.
const MAX_MESSAGE_CHARS: usize = 500;

impl Fault {
    /// Keeps the first paragraph of a message, on one line: AWS goes on with the request as it was signed, session
    /// token included.
    #[must_use]
    pub fn new(kind: FaultKind, code: impl Into<String>, message: &str) -> Self {
        let lines: Vec<_> = message.lines().map(str::trim).take_while(|line| !line.is_empty()).collect();
        let message = lines.join(" ").chars().take(MAX_MESSAGE_CHARS).collect();
        Self { kind, code: code.into(), message }
    }
}

/// Kinds of fault, by what a person can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// DNS, connect or TLS failed, or what answered is not CloudWatch.
    Unreachable,
    /// The account sends more requests than its quota.
    Throttled,
    /// Nobody gave credentials.
    NoCredentials,
    /// Credentials that have expired or lack `cloudwatch:PutMetricData`.
    Denied,
    /// The signature does not hold: a clock that is off, or a wrong secret key.
    BadSignature,
    /// Sent, and the connection ended or no answer came in time.
    Unanswered,
    /// The service failed.
    Unavailable,
    /// The service refused what was sent.
    Invalid,
    /// A defect on this side.
    Internal,
}

impl FaultKind {
    /// What a person can do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "CloudWatch could not be reached: check the region, the endpoint, DNS, proxy and CA certificates"
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
            Self::Unanswered => "The connection ended, or no answer came in time",
            Self::Unavailable => "CloudWatch failed",
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

/// Codes that CloudWatch answers when requests come too fast.
const THROTTLED: [&str; 6] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "RequestThrottled",
];

/// Codes about who sends rather than what is sent, some of them with status 400.
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

/// Codes about the signature, whose time CloudWatch compares with its own.
const BAD_SIGNATURE: [&str; 5] = [
    "IncompleteSignature",
    "InvalidSignatureException",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "SignatureDoesNotMatch",
];

/// Classes an answer of the service by its error code and HTTP status.
#[must_use]
pub fn classify(status: u16, code: &str, message: &str) -> Outcome {
    let fault = |kind| {
        let code = if code.is_empty() { format!("HTTP {status}") } else { code.to_owned() };
        Fault::new(kind, code, message)
    };
    match status {
        _ if BAD_SIGNATURE.contains(&code) => Outcome::NotApplied(fault(FaultKind::BadSignature)),
        _ if status == 429 || THROTTLED.contains(&code) => Outcome::NotApplied(fault(FaultKind::Throttled)),
        _ if matches!(status, 401 | 403) || DENIED.contains(&code) => {
            Outcome::NotApplied(fault(FaultKind::Denied))
        }
        413 => Outcome::TooLarge(fault(FaultKind::Invalid)),
        400 if !code.is_empty() => Outcome::Rejected(fault(FaultKind::Invalid)),
        // Not from CloudWatch, which names what it refuses: a wrong endpoint, or a proxy in between.
        400..=499 => Outcome::NotApplied(fault(FaultKind::Unreachable)),
        // A 2xx that is an error did not parse; a redirect is no answer of CloudWatch either.
        _ => Outcome::Unknown(fault(FaultKind::Unavailable)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_about_who_sends_is_no_verdict_on_what_is_sent() {
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
        let Outcome::Unknown(fault) = classify(500, "", "why") else { panic!("a 500 tells nothing") };
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
    fn an_answer_is_classed_by_whether_it_was_applied() {
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
