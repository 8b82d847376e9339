//! Runs the `credential_process` of a profile.
//!
//! The SDK does not do it, because it would read the environment of the process, and install a handler of SIGCHLD beside that
//! of the JavaScript runtime.
//!
//! ```text
//!   hkm-flusher   credentials(command) -- does it run? -- no --> start a thread
//!                                            |                      |
//!                                           yes --------------------+--> wait for its answer, for at most PATIENCE
//!
//!   hkm-process                   start, read what it writes, wait for its end or end it, answer
//! ```
//!
//! A command that asks somebody to log in takes its time. It goes on when a wait is given up, and its answer serves the next
//! one. Each command therefore runs at most once at a time.

mod answer;
mod child;
#[cfg_attr(windows, path = "process/spawn_windows.rs")]
mod spawn;

use std::{collections::HashMap, sync::Arc, time::Duration};

use aws_sdk_cloudwatch::config::Credentials;
use thiserror::Error;
use tokio::time::timeout;

use crate::sink::task::Task;

/// The name of a thread that runs a command. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-process";

/// How long a command is waited for. A request for credentials may take five seconds. The last one is left for STS.
const PATIENCE: Duration = Duration::from_secs(4);

/// After this time, a command is ended. It is the default of the SDK for Go. The other SDKs have no limit.
const MAX_TIME: Duration = Duration::from_mins(1);

/// The environment of the commands: that of the process, as JavaScript sees it. Without any variables, no command may be
/// run.
pub type Variables = Arc<[(String, String)]>;

/// The reason why a command gave no credentials. None tells what it wrote to its standard output.
#[derive(Debug, Error)]
enum Problem {
    #[error("it cannot be started: {0}")]
    NotStarted(std::io::Error),
    #[error("it has not ended within {0:?}, and was ended")]
    TooSlow(Duration),
    #[error("its answer is larger than {} KiB", child::MAX_OUTPUT >> 10)]
    TooLarge,
    #[error("it ended with {status}{}{complaint}", if .complaint.is_empty() { "" } else { ": " })]
    Failed { status: std::process::ExitStatus, complaint: String },
    #[error("its answer {0}")]
    Answer(&'static str),
}

type Answer = Result<Credentials, Problem>;

/// Runs commands, and stores those that have not ended.
pub struct Processes {
    variables: Variables,
    patience: Duration,
    max_time: Duration,
    running: HashMap<String, Task<Answer>>,
}

impl Processes {
    #[must_use]
    pub fn new(variables: Variables) -> Self {
        Self { variables, patience: PATIENCE, max_time: MAX_TIME, running: HashMap::new() }
    }

    /// Returns the credentials that the command of a profile gives.
    ///
    /// # Errors
    /// Returns why there are none.
    pub async fn credentials(&mut self, profile: &str, command: &str) -> Result<Credentials, String> {
        let explain = |why: &str| format!("the credential_process of the profile {profile}: {why}");
        if self.variables.is_empty() {
            return Err(explain("it is not run, because Node's permission model allows no child processes"));
        }
        let task = self.running.remove(command).map_or_else(|| self.start(command), Ok);
        let task = task.map_err(|error| explain(&Problem::NotStarted(error).to_string()))?;
        // Dropping this future must not lose the task: a request for credentials can be given up at any time.
        let task = self.running.entry(command.to_owned()).or_insert(task);
        let Ok(answer) = timeout(self.patience, task.answer()).await else {
            return Err(explain(&format!(
                "it has not ended within {:?}. Its answer will be used when it does, within {:?}",
                self.patience, self.max_time
            )));
        };
        if let Some(task) = self.running.remove(command) {
            task.end();
        }
        match answer {
            Ok(answer) => answer.map_err(|problem| explain(&problem.to_string())),
            Err(error) => Err(explain(&error.to_string())),
        }
    }

    fn start(&self, command: &str) -> std::io::Result<Task<Answer>> {
        let (command, variables, max_time) = (command.to_owned(), Arc::clone(&self.variables), self.max_time);
        Task::start(THREAD_NAME, move || answer::parse(&child::run(&command, &variables, max_time)?))
    }
}

#[cfg(test)]
mod tests;
