//! Where requests go.

pub mod answer;
pub mod chain;
pub mod cloudwatch;
pub mod credentials;
pub mod failure;
pub mod http;
#[cfg(test)]
pub mod memory;
pub mod proxy;
pub mod traffic;
pub mod trust;

use crate::{outcome::Outcome, request::Request};

/// Sends one request, once.
pub trait Sink {
    /// Makes a single attempt, bounded in time, and tells what it means for the records.
    fn put(&self, request: &Request) -> impl Future<Output = Outcome>;

    /// Somebody waits for a flush: the next put is a real attempt, whatever an earlier one has found out.
    fn hurry(&self) {}
}
