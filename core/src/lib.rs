//! Buffers metrics in memory, packs them into CloudWatch requests and schedules their delivery.
//!
//! The core does no I/O. It starts no thread, opens no file or socket and reads no environment variable, and it
//! depends on neither Node nor the AWS SDK. Its user provides a tokio runtime, a [`Clock`](clock::Clock) and a
//! [`Sink`](sink::Sink). It cannot do the following:
//!
//! - Keep records when the process ends, unless its user provides memory that outlives it. Without, flush first.
//! - Deliver exactly once. A request whose outcome is unknown is sent again and may count twice.
//! - Keep more than 1,500 distinct values of a series in a window. They are then rounded into buckets of 1 %.
//!
//! # The way of a record
//!
//! ```text
//!  any thread     labels -> series id        `series`: validated once, cached by the caller
//!                 (id, value) -> ring        `ring`: shared memory, one writer and one reader
//!  ------------------------------------------------------------------------------------------------
//!  the flusher    ring -> window             `window`: (minute, series) -> `distribution`
//!                 window -> roll-ups         `window`: the same records under fewer dimensions
//!                 window -> requests         `request`: within CloudWatch's limits
//!                 request -> sink            `sink`: one attempt
//!                 outcome                    `outcome`: applied, merged back, split or dropped
//! ```
//!
//! With a [`spool`], the rings are in the memory that outlives the process, and each of these steps is noted there before the
//! next one. Another process that reads the notes knows where each record was.
//!
//! # The invariant
//!
//! Every record is in exactly one place: a ring, a window, a request in flight, or a counter of those applied or
//! dropped. [`Buffer`](buffer::Buffer) keeps rings, windows and counters behind one lock and drains the rings before it
//! counts, so every snapshot satisfies `recorded = applied + buffered + in flight + dropped`.
//!
//! # Dependencies
//!
//! A module uses modules of lower lines only:
//!
//! ```text
//!  flusher
//!  buffer  sink  warning
//!  spool
//!  request  stats
//!  window  outcome
//!  points  distribution  ring
//!  series  bucket
//!  definition  secret  label  sample
//!  resolution  mapped
//!  clock
//! ```

pub mod bucket;
pub mod buffer;
pub mod clock;
pub mod definition;
pub mod distribution;
pub mod flusher;
pub mod label;
pub(crate) mod mapped;
pub mod outcome;
pub mod points;
pub mod request;
pub mod resolution;
pub mod ring;
pub mod sample;
pub mod secret;
pub mod series;
pub mod sink;
pub mod spool;
pub mod stats;
#[cfg(any(test, feature = "proptest"))]
pub mod strategies;
pub mod warning;
pub mod window;
