//! The sink that sends to CloudWatch.
//!
//! ```text
//!   request --> [`cloudwatch`] --> the SDK --> [`incoming`] --> [`network`] --> CloudWatch
//!                    |                                             ^
//!                    +--> [`credentials`] --> the SDK's providers -+
//!
//!   answer --> [`answer`], [`failure`] --> outcome
//! ```
//!
//! What may block runs on a thread of its own, by [`task`]; [`files`] reads all files.

pub mod answer;
pub mod cloudwatch;
pub mod credentials;
pub mod datum;
pub mod failure;
pub mod files;
pub mod incoming;
pub mod network;
pub mod patience;
pub mod region;
pub mod task;
pub mod traffic;
