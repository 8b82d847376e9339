//! Converts an answer, or an error of the SDK, to the outcome of a put.

use std::{
    error::Error,
    io::{self, ErrorKind},
};

use aws_sdk_cloudwatch::{
    config::http::HttpResponse,
    error::SdkError,
    operation::put_metric_data::{PutMetricDataError, PutMetricDataOutput},
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use hkm_core::outcome::{Fault, FaultKind, Outcome, classify};
use rustls::AlertDescription;

use crate::sink::{
    answer::Head,
    network::{connect::ToProxy, names::NameError, tls},
};

/// Precedes the request in some messages of the SDK. Its body holds labels, or the token for STS.
const QUOTED_REQUEST: &str = " to request `";

type PutError = SdkError<PutMetricDataError, HttpResponse>;

/// What came of a put that had credentials: the answer as the SDK reads it, or `None` if it did not come in time.
pub type Answer = Option<Result<PutMetricDataOutput, PutError>>;

/// Returns the outcome of a put.
#[must_use]
pub fn outcome(head: Option<&Head>, answer: &Answer) -> Outcome {
    match (head, answer) {
        (Some(head), answer) => answered(head, answer),
        // There is no success without a head.
        (None, None | Some(Ok(_))) => {
            Outcome::Unknown(Fault::new(FaultKind::Unanswered, "TimeoutError", "no answer came in time"))
        }
        (None, Some(Err(error))) => unanswered(error),
    }
}

/// Returns the outcome by the head of the answer. A body that was cut off, is too large or takes too long changes nothing.
fn answered(head: &Head, answer: &Answer) -> Outcome {
    let status = head.status;
    let foreign = |message: &str| Fault::new(FaultKind::Foreign, &format!("HTTP {status}"), message);
    if (200..300).contains(&status) {
        // An output of PutMetricData has no content.
        return if head.is_marked { Outcome::Applied } else { Outcome::Unknown(foreign(&head.describe())) };
    }
    if (300..400).contains(&status) {
        return Outcome::NotApplied(foreign(&head.describe_redirect()));
    }
    let (code, message) = match answer {
        Some(Err(SdkError::ServiceError(service))) => {
            let metadata = service.err().meta();
            (metadata.code().unwrap_or(&head.code), metadata.message().unwrap_or_default().to_owned())
        }
        Some(Err(error)) => (&*head.code, chain(error)),
        _ => (&*head.code, "the answer was not complete in time".to_owned()),
    };
    if !head.is_marked && code.is_empty() && is_refused_by_any_server(status) {
        return Outcome::NotApplied(foreign(&head.describe()));
    }
    classify(status, code, &message)
}

/// Returns whether a status without an error code says only that the server does not speak CloudWatch's protocol, and so
/// applied nothing. A server with 408 has not received the whole request. 401, 403, 413 and 429 say more, and so does 5xx:
/// it may come from a gateway whose server has applied the request.
const fn is_refused_by_any_server(status: u16) -> bool {
    match status {
        401 | 403 | 413 | 429 => false,
        400..=499 | 501 | 505 => true,
        _ => false,
    }
}

/// Returns the outcome of a put without an answer.
fn unanswered(error: &PutError) -> Outcome {
    let described = |kind, code| Fault::new(kind, code, &chain(error));
    match error {
        SdkError::DispatchFailure(failure)
            if failure
                .as_connector_error()
                .is_some_and(|error| failed_to_connect(error) || was_refused(error)) =>
        {
            let kind = match of_tls(error) {
                Some(rustls::Error::InvalidCertificate(_)) => FaultKind::Untrusted,
                _ if is_exhausted(error) => FaultKind::Exhausted,
                _ if causes(error).any(<dyn Error>::is::<NameError>) => FaultKind::Unresolved,
                _ => FaultKind::Unreachable,
            };
            Outcome::NotApplied(described(kind, "ConnectError"))
        }
        // Nothing was sent: the endpoint is not a URL, for example.
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(is_of_sdk) => {
            Outcome::NotApplied(described(FaultKind::Unreachable, "RequestError"))
        }
        // The request may have been sent: the connection ended, or the answer is not valid. `is_user` marks requests
        // that were not sent.
        SdkError::DispatchFailure(failure) if !failure.is_user() => {
            Outcome::Unknown(described(FaultKind::Unanswered, "ConnectionReset"))
        }
        SdkError::TimeoutError(_) | SdkError::ResponseError(_) | SdkError::ServiceError(_) => {
            Outcome::Unknown(described(FaultKind::Unanswered, "TimeoutError"))
        }
        // Nothing was sent: the request could not be built, signed or addressed.
        _ => Outcome::NotApplied(described(FaultKind::Unreachable, "RequestError")),
    }
}

/// Returns the messages of an error and its causes, without repetition and without a request that they quote.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    let mut url = "the endpoint";
    for error in causes(error) {
        if let Some(ToProxy { variable, .. }) = error.downcast_ref() {
            url = variable;
        }
        let message = error.to_string();
        let message = message.split(QUOTED_REQUEST).next().unwrap_or_default();
        let is_said = said.last().is_some_and(|last| last.contains(message));
        if error.is::<rustls::Error>() {
            // It does not say that it is about TLS, and the errors around it repeat it.
            said.truncate(said.len() - usize::from(is_said));
            let described = error.downcast_ref().and_then(|error| tls::refusal::describe(error, url));
            said.push(described.unwrap_or_else(|| format!("TLS: {message}")));
        } else if !is_said {
            said.push(message.to_owned());
        }
    }
    said.join(": ")
}

fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&error| {
        // The source of an I/O error is that of the error in it, which would be left out.
        let outer = error.downcast_ref::<io::Error>();
        outer.map_or_else(|| error.source(), |outer| outer.get_ref().map(|inner| inner as _))
    })
}

/// Returns whether no connection was made. Nothing was sent then.
fn failed_to_connect(error: &ConnectorError) -> bool {
    of_client(error).is_some_and(hyper_util::client::legacy::Error::is_connect)
}

/// Returns whether the server ended the handshake of TLS 1.3 after this side was done with it. It has read no request.
fn was_refused(error: &ConnectorError) -> bool {
    matches!(of_tls(error), Some(rustls::Error::AlertReceived(AlertDescription::CertificateRequired)))
}

/// Returns the error of TLS.
fn of_tls<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a rustls::Error> {
    causes(error).find_map(<dyn Error>::downcast_ref)
}

/// Returns whether the SDK made the error before it passed the request to the HTTP client.
fn is_of_sdk(error: &ConnectorError) -> bool {
    error.is_other() && of_client(error).is_none()
}

/// Returns the error of the HTTP client.
fn of_client(error: &ConnectorError) -> Option<&hyper_util::client::legacy::Error> {
    causes(error).find_map(<dyn Error>::downcast_ref::<hyper_util::client::legacy::Error>)
}

/// Returns whether an error says that the process or the system has no descriptors, threads or memory left.
pub fn is_exhausted(error: &(dyn Error + 'static)) -> bool {
    causes(error).any(|error| error.downcast_ref().is_some_and(is_shortage))
}

/// Returns whether an error of the system says that the process or the system has no descriptors, threads or memory left.
#[must_use]
pub fn is_shortage(error: &io::Error) -> bool {
    #[cfg(unix)]
    if matches!(error.raw_os_error(), Some(libc::EMFILE | libc::ENFILE | libc::ENOBUFS)) {
        return true;
    }
    // A thread that cannot be started fails by `WouldBlock`.
    matches!(error.kind(), ErrorKind::OutOfMemory | ErrorKind::WouldBlock)
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_runtime::retries::classifiers::{THROTTLING_ERRORS, TRANSIENT_ERRORS};
    use hkm_core::outcome::THROTTLED;

    #[test]
    fn what_the_sdk_retries_is_not_applied() {
        assert_eq!(THROTTLED, *THROTTLING_ERRORS);
        for code in THROTTLING_ERRORS.iter().chain(TRANSIENT_ERRORS) {
            assert!(matches!(classify(400, code, ""), Outcome::NotApplied(_)), "{code}");
        }
    }
}
