//! Converts errors of the SDK to the outcome of a put.

use std::error::Error;

use aws_sdk_cloudwatch::{
    config::http::HttpResponse, error::SdkError, operation::put_metric_data::PutMetricDataError,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use hkm_core::outcome::{Fault, FaultKind, Outcome, classify};

/// Precedes the request in some messages of the SDK. Its body holds labels, or the token for STS.
const QUOTED_REQUEST: &str = " to request `";

/// Returns the outcome of a put that had credentials and failed. If no connection was made, the message names the
/// proxy.
pub fn outcome(error: &SdkError<PutMetricDataError, HttpResponse>, proxy: Option<&str>) -> Outcome {
    let described = |kind, code| Fault::new(kind, code, &chain(error));
    match error {
        SdkError::ServiceError(service) => {
            let metadata = service.err().meta();
            let status = service.raw().status().as_u16();
            classify(status, metadata.code().unwrap_or(""), metadata.message().unwrap_or(""))
        }
        SdkError::ResponseError(response) => {
            let status = response.raw().status().as_u16();
            classify(status, "", &chain(error))
        }
        SdkError::TimeoutError(_) => Outcome::Unknown(described(FaultKind::Unanswered, "TimeoutError")),
        SdkError::DispatchFailure(failure) if failure.as_connector_error().is_some_and(failed_to_connect) => {
            let through = proxy.map(|proxy| format!("through the proxy {proxy}: ")).unwrap_or_default();
            let message = format!("{through}{}", chain(error));
            Outcome::NotApplied(Fault::new(FaultKind::Unreachable, "ConnectError", &message))
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
        // Nothing was sent: the request could not be built, signed or addressed.
        _ => Outcome::NotApplied(described(FaultKind::Unreachable, "RequestError")),
    }
}

/// Returns the messages of an error and its causes, without repetition and without a request that they quote.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in std::iter::successors(Some(error), |error| (*error).source()) {
        let message = error.to_string();
        let message = message.split(QUOTED_REQUEST).next().unwrap_or_default();
        if said.last().is_none_or(|last| !last.contains(message)) {
            said.push(message.to_owned());
        }
    }
    said.join(": ")
}

/// Returns whether no connection was made. Nothing was sent then.
fn failed_to_connect(error: &ConnectorError) -> bool {
    of_client(error).is_some_and(hyper_util::client::legacy::Error::is_connect)
}

/// Returns whether the SDK made the error before it passed the request to the HTTP client.
fn is_of_sdk(error: &ConnectorError) -> bool {
    error.is_other() && of_client(error).is_none()
}

/// Returns the error of the HTTP client.
fn of_client(error: &ConnectorError) -> Option<&hyper_util::client::legacy::Error> {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
        .find_map(<dyn Error>::downcast_ref::<hyper_util::client::legacy::Error>)
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
