//! The background thread that runs the flusher with the CloudWatch sink. A panic ends delivery with a warning. It never
//! ends the process.

use std::{
    io,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use hkm_core::{
    buffer::Buffer,
    clock::Clock,
    flusher::{Command, Flusher, Progress},
    warning::{WarningKind, Warnings},
};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::{
    clock::ProcessClock,
    own_thread,
    sink::{
        cloudwatch::{self, CloudWatchSink},
        traffic::Traffic,
    },
};

/// The name of the background thread. Linux keeps at most 15 characters.
const THREAD_NAME: &str = "hkm-flusher";

/// What the thread works with.
pub struct FlusherThread {
    pub buffer: Arc<Buffer>,
    pub warnings: Arc<Warnings>,
    pub traffic: Arc<Traffic>,
    pub clock: Arc<ProcessClock>,
    pub flush_interval: Duration,
    /// The value of the `Environment` dimension.
    pub deployment: String,
}

impl FlusherThread {
    /// Starts the thread.
    ///
    /// # Errors
    /// Returns the error of the system if it starts no thread.
    pub fn spawn(self, sink: cloudwatch::Settings, commands: UnboundedReceiver<Command>) -> io::Result<()> {
        own_thread::spawn(THREAD_NAME, move || self.run(sink, commands))
    }

    fn run(self, sink: cloudwatch::Settings, commands: UnboundedReceiver<Command>) {
        let (warnings, clock) = (Arc::clone(&self.warnings), Arc::clone(&self.clock));
        let problem = match catch_unwind(AssertUnwindSafe(|| self.block_on(sink, commands))) {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the flusher panicked".to_owned(),
        };
        warnings.warn(WarningKind::Internal, clock.now(), || {
            format!("Metrics are not delivered any more: {problem}. Please report it")
        });
    }

    fn block_on(self, sink: cloudwatch::Settings, commands: UnboundedReceiver<Command>) -> io::Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let (clock, warnings) = (Arc::clone(&self.clock), Arc::clone(&self.warnings));
            let sink = CloudWatchSink::new(sink, self.traffic, clock, warnings).await;
            Flusher {
                buffer: self.buffer,
                warnings: self.warnings,
                clock: self.clock,
                commands,
                sink: sink.into(),
                flush_interval: self.flush_interval,
                environment: self.deployment,
                progress: Progress::default(),
            }
            .run()
            .await;
        });
        Ok(())
    }
}
