//! The report of the records that are lost at the end of the process, or left in its file: one line with their number and the
//! reason.
//!
//! It goes to the logger or, when JavaScript does not run any more, to stderr. No record is reported twice.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use hkm_core::{
    points::Points,
    stats::{Counts, LastFault},
};

use super::deadline;
use crate::{recorder::Recorder, spool::Keeper};

/// The number of records that were reported as lost.
static REPORTED: AtomicU64 = AtomicU64::new(0);

/// The number of records that were settled at that time.
static SETTLED: AtomicU64 = AtomicU64::new(0);

/// Roll-ups were reported as lost whose records were delivered.
static ARE_ROLLUPS_REPORTED: AtomicBool = AtomicBool::new(false);

/// Returns whether anything waits that was not reported as lost.
pub fn is_due(recorder: &Recorder) -> bool {
    let Points { records, rollups } = recorder.waiting();
    let is_new = rollups > 0 && records == 0 && !ARE_ROLLUPS_REPORTED.load(Ordering::Acquire);
    records > reported(recorder) || is_new
}

/// Returns the number of unsettled records that were reported as lost. If the process went on, they may have been settled
/// since: those that were made first are settled first.
pub fn reported(recorder: &Recorder) -> u64 {
    let settled_since = settled(recorder).saturating_sub(SETTLED.load(Ordering::Acquire));
    REPORTED.load(Ordering::Acquire).saturating_sub(settled_since)
}

fn settled(recorder: &Recorder) -> u64 {
    let unsettled = recorder.unsettled();
    recorder.recorded().saturating_sub(unsettled)
}

/// Returns the report, or `None` if no records are lost but those that were reported before. Only the first `records`
/// records of the process count: the others were made while it ended.
fn report(recorder: &Recorder, records: u64) -> Option<String> {
    let (unsettled, made_since) = (recorder.unsettled(), recorder.recorded().saturating_sub(records));
    let lost = unsettled.saturating_sub(made_since);
    let reported = reported(recorder);
    SETTLED.store(settled(recorder), Ordering::Release);
    REPORTED.store(lost.max(reported), Ordering::Release);
    let records = match lost.saturating_sub(reported) {
        0 if lost == 0 => return report_of_rollups(recorder),
        0 => return None,
        1 => "1 record was".to_owned(),
        lost => format!("{lost} records were"),
    };
    let reason = reason(recorder);
    let Some(directory) = left_in(recorder) else {
        return Some(format!("{records} lost at the end of the process: {reason}"));
    };
    Some(format!("{records} left in {} for the next process: {reason}", directory.display()))
}

/// Returns the report of roll-ups whose records were delivered, once.
fn report_of_rollups(recorder: &Recorder) -> Option<String> {
    let Points { records, rollups } = recorder.waiting();
    if rollups == 0 || records > 0 || ARE_ROLLUPS_REPORTED.swap(true, Ordering::AcqRel) {
        return None;
    }
    let (all, reason) = (format!("({rollups} in all)"), reason(recorder));
    let Some(directory) = left_in(recorder) else {
        return Some(format!(
            "Roll-ups of delivered records were lost at the end of the process {all}: {reason}"
        ));
    };
    Some(format!(
        "Roll-ups of delivered records were left in {} for the next process {all}: {reason}",
        directory.display()
    ))
}

/// Returns where the records are that wait when the process ends, unless they are lost.
fn left_in(recorder: &Recorder) -> Option<&Path> {
    recorder.keeper().filter(|keeper| keeper.is_there() && recorder.is_spool_whole()).map(Keeper::directory)
}

/// Takes the warnings that wait, and releases those about delivery. If records are lost, the report replaces the
/// warnings about delivery, which may say that the records are kept.
pub fn last_warnings(recorder: &Recorder, records: u64) -> Vec<String> {
    let report = report(recorder, records);
    if report.is_some() {
        recorder.warnings().drop_delivery();
    }
    recorder.warnings().hold_delivery(false);
    recorder.take_warnings().into_iter().chain(report).collect()
}

fn reason(recorder: &Recorder) -> String {
    if recorder.is_flusher_gone() {
        return "the thread that delivers them has stopped".to_owned();
    }
    let Counts { last_fault, last_success, failing, .. } = recorder.snapshot().counts;
    let of_all = last_fault
        .filter(|last| last.namespace.is_none() && last_success.is_none_or(|success| success <= last.at));
    let latest = failing.iter().max_by_key(|(_, (_, at))| *at);
    match (of_all, latest) {
        (Some(LastFault { fault, .. }), _) => format!("{}. {fault}", fault.kind.advice()),
        (None, Some((namespace, (fault, _)))) => {
            let others = match failing.len() - 1 {
                0 => String::new(),
                1 => " and another namespace".to_owned(),
                others => format!(" and {others} other namespaces"),
            };
            format!("those of {namespace}{others} were not delivered. {}. {fault}", fault.kind.advice())
        }
        (None, None) => {
            let millis = recorder.shutdown_timeout().as_millis();
            let within = if deadline::is_cut_short() {
                "before a further signal ended the process".to_owned()
            } else {
                format!("within shutdownTimeoutMs ({millis} ms)")
            };
            if recorder.traffic().waits_for_credentials() {
                let source = recorder.source_description();
                return format!("there were no credentials yet {within} from {source}");
            }
            format!("CloudWatch did not answer {within}")
        }
    }
}

/// Writes the report to stderr, if records are lost. No logger can be called any more.
#[cfg(unix)]
pub fn report_on_stderr(recorder: &Recorder, records: u64) {
    let Some(report) = report(recorder, records) else { return };
    // The prefix is that of `lib/warnings.js`. One write, so that the line stays whole among those of other threads.
    let line = format!("[hkm-native] {report}\n");
    // A full pipe must not delay the end. If `poll` reports space in a pipe, it is at least PIPE_BUF bytes.
    let bytes = &line.as_bytes()[..line.len().min(libc::PIPE_BUF)];
    let mut stderr = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one structure, which lives longer than the call.
    if unsafe { libc::poll(&raw mut stderr, 1, 0) } == 1 {
        // SAFETY: the bytes live longer than the call. If stderr is closed, the call fails.
        unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
    }
}
