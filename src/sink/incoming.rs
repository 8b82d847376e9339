//! What is done with each answer that comes in: its size is limited, and its time is compared with the clock.
//!
//! All requests go through this client: those to CloudWatch, to STS, and to the services that give credentials. The SDK
//! would read a body into memory, whatever its size. The rest of an answer is limited elsewhere: hyper limits the head and
//! the trailers, and timeouts limit an answer that is slow. No answer is decompressed.

use std::sync::Arc;

use aws_sdk_cloudwatch::{
    config::{
        ConfigBag, HttpClient, RuntimeComponents, RuntimeComponentsBuilder, SharedHttpClient,
        http::{HttpRequest, HttpResponse},
    },
    primitives::{DateTime, DateTimeFormat},
};
use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    },
};
use aws_smithy_types::body::SdkBody;
use hkm_core::clock::{Clock, UnixMillis};
use http_body_util::Limited;

use crate::clock::ProcessClock;
use crate::sink::answer::is_marked;

/// The maximum size of the body of an answer. Credentials with a session token have a few kilobytes, and an error of
/// CloudWatch less. The page of a proxy may be larger: it is of no use.
const MAX_BODY_BYTES: usize = 64 << 10;

/// A client that reads at most `MAX_BODY_BYTES` of the body of an answer, and compares its `Date` with the clock. A
/// larger body ends with an error.
#[derive(Debug)]
pub struct Incoming {
    pub client: SharedHttpClient,
    pub clock: Arc<ProcessClock>,
}

impl HttpClient for Incoming {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Connector {
            connector: self.client.http_connector(settings, components),
            clock: Arc::clone(&self.clock),
        })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.client.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.client.connector_metadata()
    }
}

#[derive(Debug)]
struct Connector {
    connector: SharedHttpConnector,
    clock: Arc<ProcessClock>,
}

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let clock = Arc::clone(&self.clock);
        let sent = clock.now();
        let answer = self.connector.call(request);
        HttpConnectorFuture::new(async move {
            let mut answer = answer.await?;
            if let Some(date) = date(&answer) {
                clock.observe(date, sent);
            }
            let body = std::mem::replace(answer.body_mut(), SdkBody::taken());
            *answer.body_mut() = SdkBody::from_body_1_x(Limited::new(body, MAX_BODY_BYTES));
            Ok(answer)
        })
    }
}

/// Returns the time of an answer, if AWS has made it just now. An answer with an age is from a cache.
fn date(answer: &HttpResponse) -> Option<UnixMillis> {
    let headers = answer.headers();
    if !is_marked(headers) || headers.contains_key("age") {
        return None;
    }
    let date = DateTime::from_str(headers.get("date")?, DateTimeFormat::HttpDate).ok()?;
    date.to_millis().ok().map(UnixMillis)
}
