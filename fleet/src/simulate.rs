//! A tester of the core: a seed chooses the processes, what they record, what goes wrong and when, and rules are checked after each
//! step.
//!
//! ```text
//!   settings   what a seed chooses before a run
//!   run        steps, recovery, end           trial     one thing goes wrong, and nothing else
//!   step       what happens in a step         process   its threads, its flusher
//!   weather    what goes wrong                watch     the thread of a flusher: stalls, panics, runs
//!   cloud      CloudWatch, and the way to it
//!   ledger     the truth about a process: what it recorded, what was sent, what CloudWatch has
//!   rules      compares the two              alone, limits, flushes, pressure, time_line: its parts
//!   journal    the events, what occurred, and the first rule that was broken
//! ```
//!
//! Everything runs on one thread and on tokio's paused clock, and draws from generators with the seed. A seed is therefore always the
//! same run. The truth is kept without the core: each value of some metrics is recorded once, so that what CloudWatch applied is
//! traced to its record.

mod alone;
mod cloud;
mod flushes;
pub mod journal;
mod ledger;
mod limits;
mod pressure;
mod process;
mod rules;
pub mod run;
pub mod settings;
mod step;
mod time_line;
mod trial;
mod watch;
mod weather;

pub use run::{Run, run};
