//! Where requests go.

pub mod memory;

use crate::{outcome::Outcome, request::Request};

/// Sends one request, once.
pub trait Sink {
    /// Makes a single attempt, bounded in time, and tells what it means for the records.
    fn put(&self, request: &Request) -> impl Future<Output = Outcome>;

    /// Somebody waits for a flush: the next put is a real attempt, whatever an earlier one has found out.
    fn hurry(&self) {}
}
