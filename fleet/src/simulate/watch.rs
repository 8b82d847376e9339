//! The thread of a flusher: it can stall, a panic in it is caught, and how often it runs is counted.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll},
};

use tokio::time::{Instant, Sleep, sleep_until};

use super::journal::Journal;

/// The text of a panic that the simulation causes.
pub const ON_PURPOSE: &str = "on purpose";

/// A loop that runs more often in one millisecond does not wait.
const MAX_RUNS_A_MILLISECOND: u32 = 20_000;

/// What the simulation knows and decides of a flusher's thread.
#[derive(Default)]
pub struct Watch {
    runs: AtomicU64,
    stalled_until: Mutex<Option<Instant>>,
}

impl Watch {
    /// Returns how often the thread ran.
    pub fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// Stalls the thread until a time, or longer if it stalls already.
    pub fn stall(&self, until: Instant) {
        let stalled = &mut *self.stalled_until.lock().unwrap_or_else(PoisonError::into_inner);
        *stalled = (*stalled).max(Some(until));
    }

    fn stalled_until(&self) -> Option<Instant> {
        let until = *self.stalled_until.lock().unwrap_or_else(PoisonError::into_inner);
        until.filter(|until| *until > Instant::now())
    }
}

/// Runs a flusher on its thread.
pub struct Watched<F> {
    flusher: Pin<Box<F>>,
    watch: Arc<Watch>,
    journal: Journal,
    stall: Option<Pin<Box<Sleep>>>,
    last_run: Option<Instant>,
    runs_since: u32,
}

impl<F> Watched<F> {
    pub fn new(flusher: F, watch: Arc<Watch>, journal: Journal) -> Self {
        Self { flusher: Box::pin(flusher), watch, journal, stall: None, last_run: None, runs_since: 0 }
    }

    /// Returns whether the thread ran too often in this millisecond.
    fn spins(&mut self) -> bool {
        let now = Some(Instant::now());
        self.runs_since = if self.last_run == now { self.runs_since + 1 } else { 0 };
        self.last_run = now;
        self.runs_since > MAX_RUNS_A_MILLISECOND
    }
}

impl<F: Future<Output = ()>> Future for Watched<F> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        while let Some(until) = self.watch.stalled_until() {
            let stall = self.stall.get_or_insert_with(|| Box::pin(sleep_until(until)));
            if stall.as_mut().poll(context).is_pending() {
                return Poll::Pending;
            }
            self.stall = None;
        }
        self.watch.runs.fetch_add(1, Ordering::Relaxed);
        if self.spins() {
            self.journal.report("the flusher waits between two runs", || {
                format!("it ran {} times in one millisecond", self.runs_since)
            });
            return Poll::Ready(());
        }
        let flusher = self.flusher.as_mut();
        catch_unwind(AssertUnwindSafe(|| flusher.poll(context))).unwrap_or_else(|panic| {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
            self.journal.report("the flusher does not panic", || text.unwrap_or_default());
            Poll::Ready(())
        })
    }
}

/// Prints no message about panics that the simulation causes.
pub fn silence_panics_on_purpose() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let default = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if panic.payload().downcast_ref::<&str>() != Some(&ON_PURPOSE) {
                default(panic);
            }
        }));
    });
}
