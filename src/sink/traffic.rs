//! Counts requests and their bytes, by an interceptor of the SDK.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use aws_sdk_cloudwatch::config::{
    ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::box_error::BoxError;

/// The number of attempts that were handed to the network, the bytes of their bodies, and what a put waits for.
#[derive(Debug, Default)]
pub struct Traffic {
    requests: AtomicU64,
    raw: AtomicU64,
    sent: AtomicU64,
    waits_for_credentials: AtomicBool,
}

impl Traffic {
    /// Returns whether the latest put waits for credentials, so that CloudWatch has not been asked.
    #[must_use]
    pub fn waits_for_credentials(&self) -> bool {
        self.waits_for_credentials.load(Ordering::Relaxed)
    }

    /// Call this before and after a put gets its credentials.
    pub fn set_waits_for_credentials(&self, waits: bool) {
        self.waits_for_credentials.store(waits, Ordering::Relaxed);
    }

    /// Returns the number of attempts that were handed to the network.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// Returns the bytes of all bodies before compression, also of requests that could not be handed to the network.
    #[must_use]
    pub fn raw(&self) -> u64 {
        self.raw.load(Ordering::Relaxed)
    }

    /// Returns the bytes of all bodies as sent.
    #[must_use]
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }
}

/// Reads the size of the body while a request goes through the SDK.
#[derive(Debug)]
pub struct TrafficMeter(Arc<Traffic>);

impl TrafficMeter {
    pub const fn new(traffic: Arc<Traffic>) -> Self {
        Self(traffic)
    }
}

fn body_bytes(context: &BeforeTransmitInterceptorContextRef<'_>) -> u64 {
    context.request().body().content_length().unwrap_or(0)
}

impl Intercept for TrafficMeter {
    fn name(&self) -> &'static str {
        "TrafficMeter"
    }

    fn read_after_serialization(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.raw.fetch_add(body_bytes(context), Ordering::Relaxed);
        Ok(())
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.0.requests.fetch_add(1, Ordering::Relaxed);
        self.0.sent.fetch_add(body_bytes(context), Ordering::Relaxed);
        Ok(())
    }
}
