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
//! `recorded = applied + buffered + in flight + dropped`. The [`flusher`] decides when to drain and to send.
//!
//! Dependencies point one way: flusher -> buffer -> {ring, window, series, request}.

pub mod bucket;
pub mod buffer;
pub mod catalog;
pub mod clock;
pub mod distribution;
pub mod flusher;
pub mod outcome;
pub mod request;
pub mod ring;
pub mod sample;
pub mod secret;
pub mod series;
pub mod sink;
pub mod stats;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
pub mod warning;
pub mod window;
