//! What the SDK's errors mean for the records of a put.

use std::error::Error;

use aws_sdk_cloudwatch::{
    config::http::HttpResponse, error::SdkError, operation::put_metric_data::PutMetricDataError,
};

use crate::outcome::{Fault, FaultKind, Outcome, classify};

/// Classes a failed put, credentials being at hand.
pub fn outcome(error: &SdkError<PutMetricDataError, HttpResponse>) -> Outcome {
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
        SdkError::DispatchFailure(failure) => {
            let is_connect = failure.as_connector_error().is_some_and(|error| failed_to_connect(error));
            if is_connect {
                Outcome::NotApplied(described(FaultKind::Unreachable, "ConnectError"))
            } else if failure.is_io() || failure.is_timeout() {
                Outcome::Unknown(described(FaultKind::Unanswered, "ConnectionReset"))
            } else {
                Outcome::NotApplied(described(FaultKind::Unreachable, "RequestError"))
            }
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
fn failed_to_connect(error: &(dyn Error + 'static)) -> bool {
    let is_connect = error
        .downcast_ref::<hyper_util::client::legacy::Error>()
        .is_some_and(hyper_util::client::legacy::Error::is_connect);
    is_connect || error.source().is_some_and(failed_to_connect)
}
