//! Where requests go.

pub mod answer;
pub mod cloudwatch;
#[cfg(test)]
pub mod memory;
pub mod traffic;
pub mod trust;

use crate::{outcome::Outcome, request::Request};

/// Sends one request, once.
pub trait Sink {
    /// Makes a single attempt, bounded in time, and tells what it means for the records.
    fn put(&self, request: &Request) -> impl Future<Output = Outcome>;
}
