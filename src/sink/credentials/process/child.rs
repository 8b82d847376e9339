//! Runs a command on the calling thread, with limits in time and in what it writes.
//!
//! The child gets an environment that is passed to it, no input, and the working directory of the process. It is waited for
//! by its id, as the runtimes of JavaScript do with their children: nobody takes the end of another's child.

use std::{
    process::ExitStatus,
    thread,
    time::{Duration, Instant},
};

use super::{Problem, spawn::Child};
use crate::shown;

/// The maximum size of an answer. Credentials with a session token have a few kilobytes.
pub const MAX_OUTPUT: usize = 64 << 10;

/// What is kept of the end of the error output.
const MAX_COMPLAINT: usize = 1 << 10;

/// The maximum number of characters of the error output that are told.
const MAX_TOLD: usize = 200;

/// The time between two looks at a command that has not ended.
const PAUSE: Duration = Duration::from_millis(10);

/// Returns what a command writes to its standard output.
pub fn run(command: &str, variables: &[(String, String)], max_time: Duration) -> Result<Vec<u8>, Problem> {
    let mut child = Child::spawn(command, variables).map_err(Problem::NotStarted)?;
    let answer = collect(&mut child, max_time);
    child.kill();
    answer
}

/// Reads what a child writes until it ends. Its own children may keep its output open.
pub fn collect(child: &mut Child, max_time: Duration) -> Result<Vec<u8>, Problem> {
    let end = Instant::now() + max_time;
    let (mut answer, mut complaint) = (Vec::new(), Vec::new());
    loop {
        // Asked before the pipes are read, so that everything is read that was written before the end.
        let end_of_child = child.try_wait();
        child.stdout.read(&mut answer, MAX_OUTPUT + 1);
        if answer.len() > MAX_OUTPUT {
            return Err(Problem::TooLarge);
        }
        child.stderr.read(&mut complaint, MAX_OUTPUT);
        complaint.drain(..complaint.len().saturating_sub(MAX_COMPLAINT));
        match end_of_child {
            Ok(None) if Instant::now() >= end => return Err(Problem::TooSlow(max_time)),
            Ok(None) => thread::sleep(PAUSE),
            Ok(Some(status)) => return judge(status, answer, &complaint),
            // The application ignores SIGCHLD, or has waited for all children. The status is not known then.
            Err(_) => return Ok(answer),
        }
    }
}

fn judge(status: ExitStatus, answer: Vec<u8>, complaint: &[u8]) -> Result<Vec<u8>, Problem> {
    if status.success() {
        return Ok(answer);
    }
    Err(Problem::Failed { status, complaint: last_line(complaint) })
}

/// Returns the last line of the error output, without what could be a secret.
fn last_line(complaint: &[u8]) -> String {
    let text = String::from_utf8_lossy(complaint);
    // The beginning was cut off, so the first word can be a part of a secret that is too short to be recognized.
    let is_cut = complaint.len() >= MAX_COMPLAINT;
    let text = if is_cut { text.split_once(char::is_whitespace).map_or("", |(_, rest)| rest) } else { &text };
    let line = text.lines().map(str::trim).rfind(|line| !line.is_empty()).unwrap_or_default();
    shown::line(line).chars().take(MAX_TOLD).collect()
}
