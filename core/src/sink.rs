//! The destination of requests.

pub mod memory;

use crate::{outcome::Outcome, request::Request};

/// Sends requests.
pub trait Sink {
    /// Makes one attempt to send a request, limited in time, and returns its outcome.
    fn put(&self, request: &Request) -> impl Future<Output = Outcome>;

    /// Called when a flush is requested. The next [`Sink::put`] must be a real attempt, even if the sink remembers a
    /// failure.
    fn hurry(&self) {}
}
