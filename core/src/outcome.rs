//! The meaning of a PutMetricData attempt for the records in it.
//!
//! PutMetricData has no idempotency token. A request that is sent again counts twice if CloudWatch applied it the
//! first time, and only some answers say whether it did.

mod codes;

use std::fmt;

pub use codes::{THROTTLED, classify};

/// The result of a request. It decides what happens to the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// CloudWatch accepted the records.
    Applied,
    /// CloudWatch certainly accepted none of the records. They are merged back, and sent again after a backoff.
    NotApplied(Fault),
    /// As [`Outcome::NotApplied`], because of the size. The request is sent again in halves.
    TooLarge(Fault),
    /// CloudWatch may have accepted the records. They are sent again, and count as possible duplicates then.
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
        Self { kind, code: printable(code).collect(), message: first_paragraph(message) }
    }
}

fn first_paragraph(message: &str) -> String {
    let mut paragraph = String::new();
    for line in message.lines().map(str::trim).take_while(|line| !line.is_empty()) {
        if !paragraph.is_empty() {
            paragraph.push(' ');
        }
        paragraph.extend(printable(line));
    }
    if let Some((end, _)) = paragraph.char_indices().nth(MAX_MESSAGE_CHARS) {
        paragraph.truncate(end);
    }
    paragraph
}

/// Returns the characters without those that a terminal obeys.
fn printable(text: &str) -> impl Iterator<Item = char> {
    text.chars().filter(|character| !character.is_control())
}

/// The kinds of faults. They differ in what a user can do about them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The connection or TLS failed.
    Unreachable,
    /// The name of the endpoint or of the proxy has no address.
    Unresolved,
    /// The certificate of the server was refused.
    Untrusted,
    /// What answered is not CloudWatch.
    Foreign,
    /// The process or the system has no file descriptors, threads or memory left.
    Exhausted,
    /// The account exceeds its quota of requests.
    Throttled,
    /// There are no credentials.
    NoCredentials,
    /// The metadata service of the instance cannot be reached, or gives no credentials. Waiting does not change that.
    NoInstanceRole,
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
    /// Returns whether a fault says nothing about other namespaces: a policy can deny one of them, and CloudWatch can fail for
    /// one. The others are about the account, the credentials, the connection or the machine.
    #[must_use]
    pub const fn is_of_namespace(self) -> bool {
        matches!(
            self,
            Self::Denied
                | Self::Refused
                | Self::Unavailable
                | Self::Unanswered
                | Self::Foreign
                | Self::Invalid
                | Self::Internal
        )
    }

    /// Returns whether a request with this fault was not sent: the connection, the credentials or the machine failed before.
    #[must_use]
    pub const fn is_before_sending(self) -> bool {
        matches!(
            self,
            Self::Unreachable
                | Self::Unresolved
                | Self::Untrusted
                | Self::Exhausted
                | Self::NoCredentials
                | Self::NoInstanceRole
        )
    }

    /// Returns what failed and what a user can do about it.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Unreachable => {
                "CloudWatch could not be reached: check the region, the endpoint, DNS, proxy and CA certificates"
            }
            Self::Unresolved => {
                "CloudWatch could not be reached, because a name was not resolved: check the endpoint, the region, the proxy and DNS"
            }
            Self::Untrusted => "CloudWatch could not be reached, because its certificate was refused",
            Self::Foreign => {
                "What answered is not CloudWatch: check the endpoint, and look for a proxy or a captive portal"
            }
            Self::Exhausted => {
                "The process or the system has no file descriptors, threads or memory left: raise the limits"
            }
            Self::Throttled => "CloudWatch throttles this account: ask for a higher PutMetricData quota",
            Self::NoCredentials => {
                "No credentials were found: check the keys in the environment, the profile, or the role of the task, pod or \
                 instance"
            }
            Self::NoInstanceRole => {
                "The role of the instance gave no credentials: attach a role to the instance. In a container, raise the hop \
                 limit of the instance's metadata service to 2. If there is no role on purpose, set HKM_ENABLED=false"
            }
            Self::Denied => {
                "Access was denied: allow cloudwatch:PutMetricData, for this namespace too if a policy has the condition \
                 cloudwatch:namespace, and check that the credentials have not expired"
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
