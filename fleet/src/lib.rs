//! Thousands of processes that share one account, on a simulated clock.

pub mod alone;
pub mod clock;
pub mod cloudwatch;
pub mod figures;
pub mod pacing;
pub mod process;
pub mod recorder;
pub mod run;
pub mod scenario;
pub mod simulate;
