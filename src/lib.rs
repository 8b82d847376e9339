//! A Node.js addon that runs [`hkm_core`] in a process and delivers to CloudWatch.
//!
//! ```text
//!  JavaScript threads    labels -> series id        `binding`: one call for each new set of labels
//!                        (id, value) -> ring        typed arrays over the ring's memory: no call
//!  --------------------------------------------------------------------------------------------------
//!  hkm-flusher           ring -> requests           `hkm_core::flusher`, on a tokio runtime of one thread
//!                        request -> CloudWatch      `sink`: signed, compressed, one attempt
//!  hkm-files             token, profile, ...        `sink::files`: a thread for each file, while it is read
//!  hkm-process           credential_process        `sink::credentials`: a thread for each command, while it runs
//!  hkm-signals           signal -> flush            `ending::signals`: only on Unix, and if `signals` is not `false`
//!  hkm-spool             left files -> windows      `spool`: only on Unix, and with `spoolDirectory`
//! ```
//!
//! The addon adds to the core:
//!
//! - The process: [`recorder`] holds the one buffer that all JavaScript threads share, and starts the flusher's thread
//!   at the first record.
//! - The binding: [`binding`] exports functions to JavaScript. It is the only module that names napi.
//! - The state that copies of the JavaScript and threads share: [`options`] keeps the options of the process, and
//!   [`thread`] the state of each JavaScript thread.
//! - The environment: [`environment`] holds the variables that JavaScript passed, and decides whether metrics are on.
//!   Rust reads no variable itself, on any thread; on Linux, `isolation` makes the linker enforce it.
//! - The URLs of services: [`endpoint`] refuses those that cannot be meant.
//! - The time: [`clock`] is CloudWatch's, also if the system's clock is wrong or is set.
//! - The sink: [`sink`] sends requests through the AWS SDK, with credentials, proxies and certificates.
//! - The end of the process: [`ending`] flushes at an exit, when a signal arrives, and in a crash.
//! - The file that outlives the process: [`spool`] makes it, and adopts what killed processes have left.
//! - The way to CloudWatch: [`doctor`] goes it step by step, once, for the command `hkm-native doctor`.
//! - Native threads: `own_thread` starts those that last, and blocks signals in them.
//!
//! Dependencies point one way: binding -> {options, thread, ending, doctor} -> recorder -> {sink, spool} -> environment. All of them may use
//! [`hkm_core`], [`clock`], [`endpoint`], `shown` and `own_thread`, which use none of them.

#[expect(
    clippy::missing_errors_doc,
    clippy::must_use_candidate,
    reason = "no Rust calls it: what it documents is for JavaScript"
)]
pub mod binding;
pub mod clock;
pub mod doctor;
pub mod ending;
pub mod endpoint;
pub mod environment;
#[cfg(target_os = "linux")]
mod isolation;
pub mod options;
mod own_thread;
pub mod recorder;
mod shown;
pub mod sink;
pub mod spool;
pub mod thread;
