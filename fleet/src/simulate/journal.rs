//! What happened in a run: the events, how often each thing occurred, and the first rule that was broken.

use std::{
    collections::BTreeMap,
    fmt,
    hash::{DefaultHasher, Hasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::time::Instant;

/// A rule that was broken.
#[derive(Clone, Debug)]
pub struct Broken {
    pub rule: &'static str,
    /// The numbers that break it.
    pub detail: String,
    pub step: u32,
    /// The simulated time since the start, in milliseconds.
    pub at: u64,
}

/// How often each thing occurred.
pub type Tally = BTreeMap<&'static str, u64>;

/// The journal that all parts of a run share.
#[derive(Clone)]
pub struct Journal(Arc<Mutex<Entries>>);

struct Entries {
    began: Instant,
    step: u32,
    /// Of all events and their times. Two runs of a seed have the same.
    hash: DefaultHasher,
    lines: Option<Vec<String>>,
    tally: Tally,
    broken: Option<Broken>,
}

impl Journal {
    /// Begins a journal. It keeps the events if they are wanted. Call this within a runtime.
    #[must_use]
    pub fn begin(keeps_events: bool) -> Self {
        Self(Arc::new(Mutex::new(Entries {
            began: Instant::now(),
            step: 0,
            hash: DefaultHasher::new(),
            lines: keeps_events.then(Vec::new),
            tally: Tally::new(),
            broken: None,
        })))
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the milliseconds since the start.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.entries().now()
    }

    /// Begins the next step.
    pub fn begin_step(&self) {
        self.entries().step += 1;
    }

    /// Notes an event.
    pub fn note(&self, event: fmt::Arguments) {
        let entries = &mut *self.entries();
        let line = format!("{:>10} ms, step {}: {event}", entries.now(), entries.step);
        entries.hash.write(line.as_bytes());
        if let Some(lines) = &mut entries.lines {
            lines.push(line);
        }
    }

    /// Counts things that occurred.
    pub fn count(&self, what: &'static str, times: u64) {
        if times > 0 {
            *self.entries().tally.entry(what).or_default() += times;
        }
    }

    /// Keeps the highest number.
    pub fn count_most(&self, what: &'static str, number: u64) {
        let entries = &mut *self.entries();
        let most = entries.tally.entry(what).or_default();
        *most = number.max(*most);
    }

    /// Reports that a rule was broken. The first report counts.
    pub fn report(&self, rule: &'static str, detail: impl FnOnce() -> String) {
        let entries = &mut *self.entries();
        if entries.broken.is_none() {
            entries.broken = Some(Broken { rule, detail: detail(), step: entries.step, at: entries.now() });
        }
    }

    /// Reports a rule that does not hold.
    pub fn check(&self, rule: &'static str, holds: bool, detail: impl FnOnce() -> String) {
        if !holds {
            self.report(rule, detail);
        }
    }

    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.entries().broken.is_some()
    }

    /// Returns the rule that was broken, the hash of all events, what occurred, and the events if they were kept.
    #[must_use]
    pub fn end(&self) -> (Option<Broken>, u64, Tally, Vec<String>) {
        let entries = &mut *self.entries();
        let lines = entries.lines.take().unwrap_or_default();
        (entries.broken.clone(), entries.hash.finish(), std::mem::take(&mut entries.tally), lines)
    }
}

impl Entries {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
