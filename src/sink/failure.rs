//! What the SDK's errors mean for the records of a put.

use std::error::Error;

use aws_sdk_cloudwatch::{
    config::http::HttpResponse, error::SdkError, operation::put_metric_data::PutMetricDataError,
};
use aws_smithy_runtime_api::client::result::ConnectorError;
use hkm_core::outcome::{Fault, FaultKind, Outcome, classify};

/// Classes a failed put, credentials being at hand. A proxy in between is named where the connection failed.
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
        // Written, perhaps: the connection ended, or what came is no answer. `is_user` is about what was not.
        SdkError::DispatchFailure(failure) if !failure.is_user() => {
            Outcome::Unknown(described(FaultKind::Unanswered, "ConnectionReset"))
        }
        // Nothing was sent: the request could not be built, signed or addressed.
        _ => Outcome::NotApplied(described(FaultKind::Unreachable, "RequestError")),
    }
}

/// What an error says and what its causes say, without repetition.
pub fn chain(error: &(dyn Error + 'static)) -> String {
    let mut said: Vec<String> = Vec::new();
    for error in std::iter::successors(Some(error), |error| (*error).source()) {
        let message = error.to_string();
        if said.last().is_none_or(|last| !last.contains(&message)) {
            said.push(message);
        }
    }
    said.join(": ")
}

/// Whether no connection was made, so that nothing was sent.
fn failed_to_connect(error: &ConnectorError) -> bool {
    std::iter::successors(Some(error as &(dyn Error + 'static)), |error| (*error).source())
        .filter_map(<dyn Error>::downcast_ref::<hyper_util::client::legacy::Error>)
        .any(hyper_util::client::legacy::Error::is_connect)
}
