//! Runs what may block on a thread of its own, and waits for its answer without blocking.
//!
//! A wait can be given up, and the answer be waited for again later. A thread cannot be ended: whoever starts one limits its
//! time, and starts no second one for the same purpose while it runs.

use std::{
    io,
    thread::{self, JoinHandle},
};

use tokio::sync::oneshot;

/// A thread that has been started, and its answer.
pub struct Task<T> {
    answer: oneshot::Receiver<T>,
    thread: JoinHandle<()>,
}

impl<T: Send + 'static> Task<T> {
    /// Starts a thread. Linux keeps at most 15 characters of the name.
    ///
    /// # Errors
    /// Returns the error of the system if it starts no thread.
    pub fn start(name: &str, run: impl FnOnce() -> T + Send + 'static) -> io::Result<Self> {
        let (sender, answer) = oneshot::channel();
        let run = move || {
            // Nobody listens any more if the flusher has ended.
            let _ = sender.send(run());
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(run)?;
        Ok(Self { answer, thread })
    }

    /// Waits for the answer. Call it once, or again after a wait that was given up.
    ///
    /// # Errors
    /// Returns an error if the thread has panicked.
    pub async fn answer(&mut self) -> io::Result<T> {
        (&mut self.answer).await.map_err(|_| io::Error::other("the thread that does it panicked"))
    }

    /// Frees the thread, which has answered. Dropping the handle would detach it. In older C libraries, that races with
    /// the exit of the process.
    pub fn end(self) {
        let _ = self.thread.join();
    }

    /// Returns the thread, whose answer is not waited for any more. Keep it: see [`Self::end`].
    #[must_use]
    pub fn into_thread(self) -> JoinHandle<()> {
        self.thread
    }

    /// Returns whether the thread has ended, so that [`Self::end`] does not wait.
    #[cfg(test)]
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.is_finished()
    }
}
