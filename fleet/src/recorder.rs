//! Makes the records of all processes.
//!
//! One task does it, in steps of [`STEP`]: a timer for each process would take longer than all that the process does.

use std::{cell::RefCell, mem::take, rc::Rc, sync::Arc, time::Duration};

use tokio::time::{Instant, sleep_until};

use crate::{clock::SimulatedClock, process::Process};

/// The mean time between two records of a process. It varies by half of it.
pub const RECORD_INTERVAL: Duration = Duration::from_secs(2);

/// The time between two steps.
const STEP: Duration = Duration::from_millis(100);

/// The records that are due within the next steps, by step. A power of two, and longer than the longest interval.
const STEPS: usize = 32;

/// A process that records until a time.
struct Recording {
    process: Rc<Process>,
    until: Instant,
}

/// All processes that record.
pub struct Recorder {
    clock: Arc<SimulatedClock>,
    due: RefCell<[Vec<Recording>; STEPS]>,
    began: Instant,
}

impl Recorder {
    #[must_use]
    pub fn new(clock: Arc<SimulatedClock>) -> Self {
        Self { clock, due: RefCell::default(), began: Instant::now() }
    }

    /// Lets a process record, from now until a time.
    pub fn add(&self, process: &Rc<Process>, until: Instant) {
        let step = usize::try_from(self.began.elapsed().as_millis() / STEP.as_millis()).unwrap_or_default();
        self.due.borrow_mut()[(step + 1) % STEPS].push(Recording { process: Rc::clone(process), until });
    }

    /// Records for ever.
    pub async fn run(self: Rc<Self>) {
        let mut at = self.began;
        for step in (0..STEPS).cycle() {
            sleep_until(at).await;
            self.record(step, at);
            at += STEP;
        }
    }

    fn record(&self, step: usize, now: Instant) {
        let due = &mut *self.due.borrow_mut();
        let millis = self.clock.elapsed();
        for recording in take(&mut due[step]).into_iter().filter(|recording| now < recording.until) {
            recording.process.record(millis);
            due[(step + steps_to_next()) % STEPS].push(recording);
        }
    }
}

/// Draws the steps between two records of a process.
fn steps_to_next() -> usize {
    let mean = usize::try_from(RECORD_INTERVAL.as_millis() / STEP.as_millis()).unwrap_or(STEPS);
    fastrand::usize(mean / 2..=mean + mean / 2)
}
