//! The last words: how many records are lost at the end of the process, and why. Told once.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::recorder::Recorder;

/// The records that were told to be lost. They may still be in the buffer.
static TOLD: AtomicU64 = AtomicU64::new(0);

/// Returns the number of records that were told to be lost.
pub fn told() -> u64 {
    TOLD.load(Ordering::Acquire)
}

/// Returns the last words, unless nothing is lost that was not told before. Of the records, only the first `records` ones
/// count: the others were made while the process ended.
fn words(recorder: &Recorder, records: u64) -> Option<String> {
    let (unsettled, made_since) = (recorder.unsettled(), recorder.recorded().saturating_sub(records));
    let lost = unsettled.saturating_sub(made_since);
    let told = TOLD.swap(lost, Ordering::AcqRel);
    let records = match lost.saturating_sub(told) {
        0 => return None,
        1 => "1 record was".to_owned(),
        lost => format!("{lost} records were"),
    };
    Some(format!("{records} lost at the end of the process: {}", reason(recorder)))
}

/// Takes the warnings that wait, for a logger that is called for the last time. If records are lost, the last words
/// replace the warnings about delivery, which may say that the records are kept.
pub fn last_warnings(recorder: &Recorder, records: u64) -> Vec<String> {
    let words = words(recorder, records);
    if words.is_some() {
        recorder.warnings().drop_delivery();
    }
    recorder.warnings().hold_delivery(false);
    recorder.take_warnings().into_iter().chain(words).collect()
}

fn reason(recorder: &Recorder) -> String {
    if recorder.is_flusher_gone() {
        return "the thread that delivers them has stopped".to_owned();
    }
    let counts = recorder.snapshot().counts;
    match counts.last_fault {
        Some((fault, at)) if counts.last_success.is_none_or(|success| success <= at) => {
            format!("{}. {fault}", fault.kind.advice())
        }
        _ => {
            let millis = recorder.shutdown_timeout().as_millis();
            format!("CloudWatch did not answer within shutdownTimeoutMs ({millis} ms)")
        }
    }
}

/// Writes the last words to stderr, if there are any: no logger can be called any more.
#[cfg(unix)]
pub fn tell_on_stderr(recorder: &Recorder, records: u64) {
    let Some(words) = words(recorder, records) else { return };
    // The prefix is that of `lib/warnings.js`. One write, so that the line stays whole among those of other threads.
    let line = format!("[HostedKeyMetrics] {words}\n");
    // A pipe that nobody reads must not hold up the end. If poll says so, it takes at least this many bytes.
    let bytes = &line.as_bytes()[..line.len().min(libc::PIPE_BUF)];
    let mut stderr = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one structure, which lives longer than the call.
    if unsafe { libc::poll(&raw mut stderr, 1, 0) } == 1 {
        // SAFETY: the bytes live longer than the call. If stderr is closed, the call fails.
        unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
    }
}
