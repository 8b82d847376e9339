//! Flushes that block the calling thread. The calling thread keeps the time, because the flusher's thread may be blocked.

use std::{
    sync::mpsc::{self, RecvTimeoutError},
    time::Duration,
};

use super::Recorder;

/// How often a thread that waits for a flush checks the time that remains.
const LOOK_INTERVAL: Duration = Duration::from_millis(10);

impl Recorder {
    /// As [`Recorder::flush`], but blocks the calling thread until the flush is done or `remaining` returns zero. Another
    /// thread can shorten the remaining time meanwhile.
    pub fn flush_blocking(&self, remaining: impl Fn() -> Duration) {
        self.flush_and_wait(remaining(), remaining);
    }

    /// As [`Recorder::flush_blocking`], but waits only until the flusher has received the request. Unless earlier requests
    /// are queued, it has then begun to send the records.
    pub fn begin_flush(&self, remaining: impl Fn() -> Duration) {
        self.flush_and_wait(Duration::ZERO, remaining);
    }

    fn flush_and_wait(&self, within: Duration, remaining: impl Fn() -> Duration) {
        let (settled, wait) = mpsc::channel::<()>();
        self.flush(within, move |_| drop(settled));
        // The channel is disconnected when the flush is done.
        loop {
            let within = remaining();
            let answer = wait.recv_timeout(within.min(LOOK_INTERVAL));
            if answer != Err(RecvTimeoutError::Timeout) || within.is_zero() {
                return;
            }
            self.start_thread();
        }
    }
}
