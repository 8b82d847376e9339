//! Hosted-key metrics for CloudWatch: recorded by JavaScript into shared memory, aggregated and delivered by
//! one background thread.
//!
//! ```text
//!  JavaScript thread        labels -> series id        a Map; a miss asks `series` once
//!                           (id, value) -> ring        `ring`: shared memory, no call
//!  ---------------------------------------------------------------------------------------------
//!  hkm-flusher              ring -> window             `window`: (minute, series) -> distribution
//!                           window -> requests         `request`: within CloudWatch's limits
//!                           request -> CloudWatch      `sink`: one attempt, signed, compressed
//!                           outcome                    `outcome`: applied, or merged back, or dropped
//! ```
//!
//! A record is in exactly one place: a ring, a window, a request in flight, or a counter of [`stats`]. The
//! [`buffer`] holds the first two and the counters behind one lock, so that at every snapshot
//! `recorded = applied + buffered + in flight + dropped`. The [`flusher`] decides when to drain and to send;
//! [`recorder`] is the process's instance of it all; `binding` is the only file that knows of Node.
//!
//! The end of the process is JavaScript's to handle, but for what it does not hear of in a worker: `quick_exit` and
//! `signal`.
//!
//! Dependencies point one way: binding -> recorder -> flusher -> buffer -> {ring, window, series, request}.
//!
//! Rust reads no environment variable, on any thread: [`environment`] is handed a snapshot by JavaScript, and
//! `isolation` has the linker make sure of it.

#[expect(
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    clippy::too_long_first_doc_paragraph,
    reason = "no Rust calls it: what it documents is for JavaScript"
)]
pub mod binding;
pub mod environment;
#[cfg(target_os = "linux")]
mod isolation;
#[cfg(target_os = "linux")]
mod quick_exit;
pub mod recorder;
#[cfg(unix)]
mod signal;
pub mod sink;
