//! The rings, the windows and the counters, behind one lock, so that each record is in exactly one place.
//!
//! A JavaScript thread calls this module to open or drain its ring, to resolve labels that it has not cached, to count
//! a refused or changed record, and to read the statistics. Recording itself takes no lock. The flusher drains the
//! rings, takes the records that wait, and reports what happened to them.

mod adoption;
mod ledger;
mod stock;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use crate::{
    clock::Clock,
    definition::{Defined, Definition, Metric, MetricId, Metrics},
    outcome::Fault,
    points::Points,
    request::{Datum, Request},
    resolution::{Resolution, WindowStart},
    ring::{Consumer, Ring, SharedRing},
    sample::Sample,
    series::{MarkedId, Maximum, Resolved, Series, SeriesId, SeriesTable},
    spool::{Catalogue, Spool, SpooledRing},
    stats::{Counts, DropReason, LastFault, Snapshot},
    window::{MAX_AGE_SECONDS, Size, Taken},
};
pub use adoption::{Adoption, Ids};
use ledger::Ledger;

/// The limits of a buffer, and the length of its windows.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The maximum number of datums that wait while CloudWatch does not accept them. Beyond it, the oldest window is
    /// dropped. While CloudWatch accepts them, one datum of each series may wait in addition.
    pub max_buffered_datums: usize,
    /// The maximum of the memory that they take, in bytes, as an estimate. What is in flight is not counted.
    pub max_buffered_bytes: usize,
    /// The maximum number of distinct sets of labels. Further ones are folded.
    pub max_series: usize,
    /// That of metrics without one.
    pub resolution: Resolution,
}

/// The number of series that are looked up under one lock. A thread that resolves labels waits for no more.
const SERIES_A_LOCK: usize = 1_000;

/// Identifies a ring. The thread that writes the ring passes it to [`Buffer::drain_ring`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RingId(pub u32);

/// The records that wait to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub points: Points,
    pub size: Size,
    /// Half of the maximum waits.
    pub is_half_full: bool,
}

/// The buffer that all threads of the process share.
pub struct Buffer {
    clock: Arc<dyn Clock>,
    max_series: usize,
    names: Mutex<Names>,
    state: Mutex<State>,
    /// How often the loop of the flusher has run.
    beats: AtomicU64,
    /// Every ring requests a wake, as far as a thread without the lock knows.
    are_rings_parked: AtomicBool,
}

/// The metrics and their series.
struct Names {
    metrics: Metrics,
    series: SeriesTable,
    /// The part of the file of the process that holds both, if it has one.
    catalogue: Option<Catalogue>,
}

impl Names {
    /// Keeps what is new in the file, before anybody can use it.
    fn keep(&mut self) {
        if let Some(catalogue) = &mut self.catalogue {
            catalogue.append_new(&self.metrics, &self.series);
        }
    }
}

/// A ring, and the second to which the next drain adds its records: that of the last drain. Therefore a drain at the
/// boundary of two windows adds records to the window that ends, and so does a drain that is late.
struct OpenRing {
    id: RingId,
    consumer: Consumer,
    second: WindowStart,
    /// Its place in the file of the process.
    spooled: Option<SpooledRing>,
}

struct State {
    rings: Vec<OpenRing>,
    next_ring: u32,
    /// Every ring requests a wake.
    is_parked: bool,
    ledger: Ledger,
}

impl Buffer {
    #[must_use]
    pub fn new(limits: Limits, clock: Arc<dyn Clock>) -> Self {
        Self::with_spool(limits, clock, None)
    }

    /// Makes a buffer that keeps its records in a file.
    #[must_use]
    pub fn with_spool(limits: Limits, clock: Arc<dyn Clock>, spool: Option<(Spool, Catalogue)>) -> Self {
        let most = Size { datums: limits.max_buffered_datums, bytes: limits.max_buffered_bytes };
        let (spool, catalogue) = spool.unzip();
        let mut ledger = Ledger::new(most, spool);
        ledger.stock.set_spare(limits.max_series);
        Self {
            clock,
            max_series: limits.max_series,
            names: Mutex::new(Names {
                metrics: Metrics::default(),
                series: SeriesTable::new(limits.max_series, limits.resolution),
                catalogue,
            }),
            state: Mutex::new(State { rings: Vec::new(), next_ring: 0, is_parked: false, ledger }),
            beats: AtomicU64::new(0),
            are_rings_parked: AtomicBool::new(false),
        }
    }

    /// Call this each time that the loop of the flusher runs.
    pub fn beat(&self) {
        self.beats.fetch_add(1, Ordering::Relaxed);
    }

    /// Returns a number that changes several times a second while a flush waits, unless the flusher is blocked. Takes no lock.
    #[must_use]
    pub fn beats(&self) -> u64 {
        self.beats.load(Ordering::Relaxed)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock is held is a defect. It must not lose all later records as well.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens a ring for one JavaScript thread. Returns `None` if there is no memory for it.
    pub fn open_ring(&self) -> Option<(RingId, SharedRing)> {
        let second = self.second();
        let mut state = self.state();
        let spooled = state.ledger.spool.as_mut().and_then(|spool| spool.open_ring(second));
        let (ring, consumer) = spooled.as_ref().map_or_else(Ring::new, |spooled| Some(spooled.make()))?;
        let id = RingId(state.next_ring);
        state.next_ring = state.next_ring.wrapping_add(1);
        // A new ring is empty, so it can be parked like the others.
        let _ = state.is_parked && consumer.park();
        if let Some(spooled) = spooled.as_ref().filter(|_| state.is_parked) {
            spooled.set_parked();
        }
        state.rings.push(OpenRing { id, consumer, second, spooled });
        Some((id, ring))
    }

    /// Adds a metric, unless there is one with the same definition. Returns `None` if there are too many.
    pub fn define(&self, definition: Definition) -> Option<Defined> {
        self.names().metrics.define(definition)
    }

    /// Returns a metric, and why labels of it are folded. Returns `None` if there is no such metric.
    #[must_use]
    pub fn maximum(&self, metric: MetricId) -> Option<(Arc<Metric>, Maximum)> {
        let Names { metrics, series, .. } = &*self.names();
        let metric = metrics.get(metric)?;
        Some((Arc::clone(metric), series.maximum(metric)))
    }

    /// Returns a metric, or `None` if there is no such metric.
    #[must_use]
    pub fn metric(&self, metric: MetricId) -> Option<Arc<Metric>> {
        self.names().metrics.get(metric).cloned()
    }

    /// Resolves labels to a series. Returns `None` if there is no such metric.
    pub fn resolve(&self, metric: MetricId, labels: &[Option<&str>]) -> Option<Resolved> {
        let mut names = self.names();
        let Names { metrics, series, .. } = &mut *names;
        let resolved = series.resolve(metrics.get(metric)?, labels);
        names.keep();
        Some(resolved)
    }

    /// Returns the filter of a metric; see [`SeriesTable::filter`].
    #[must_use]
    pub fn filter(&self, metric: MetricId) -> Option<Vec<u32>> {
        let Names { metrics, series, .. } = &*self.names();
        series.filter(metrics.get(metric)?)
    }

    /// Returns whether the other side of a ring wrote `probe` as the id and the value of the first slot. If it did not,
    /// it has a copy of the memory.
    #[must_use]
    pub fn is_shared(&self, ring: RingId, probe: u32) -> bool {
        self.state().rings.iter().any(|open| open.id == ring && open.consumer.sees(probe))
    }

    /// Adds one record without a ring. Returns whether the flusher has to be woken.
    #[must_use]
    pub fn record(&self, id: MarkedId, value: f64) -> bool {
        let (now, series) = (self.second(), id.series());
        let resolution = series.resolution();
        let State { ledger, is_parked, .. } = &mut *self.state();
        let Ledger { stock, counts, .. } = ledger;
        let (was_empty, was_half_full) = (stock.is_empty(), stock.is_half_full());
        counts.recorded += Points::records(1);
        counts.add_marks(id);
        stock.windows.open(now.within(resolution), resolution).add(series, Sample { value, count: 1 });
        ledger.keep(|spool| spool.record(series, value, now));
        ledger.shed();
        let Ledger { stock, .. } = ledger;
        (*is_parked && was_empty) || (stock.is_half_full() && !was_half_full)
    }

    /// Counts a record that was refused before it was written to a ring.
    pub fn refuse(&self, reason: DropReason) {
        let counts = &mut self.state().ledger.counts;
        counts.recorded += Points::records(1);
        counts.drop_points(reason, Points::records(1));
    }

    /// Moves the records of one ring to its window.
    pub fn drain_ring(&self, ring: RingId) {
        let now = self.second();
        let State { rings, ledger, is_parked, .. } = &mut *self.state();
        if let Some(full) = rings.iter_mut().find(|open| open.id == ring) {
            full.drain(now, *is_parked, ledger);
        }
    }

    /// Makes room for further series in the file of the process, so that the thread that records them does not have to.
    pub fn prepare_spool(&self) {
        let wanted = self.names().catalogue.as_ref().and_then(Catalogue::wanted);
        // Without the lock: it may take a while.
        let ready = wanted.and_then(|(memory, words)| memory.reserve(words.clone()).then_some(words));
        if let Some((words, catalogue)) = ready.zip(self.names().catalogue.as_mut()) {
            catalogue.note_ready(&words);
        }
    }

    /// Moves the records of all rings to their windows, and removes the rings of threads that ended.
    pub fn drain(&self) -> Waiting {
        let mut state = self.state();
        self.drain_all(&mut state);
        state.ledger.keep(Spool::tidy);
        let stock = &state.ledger.stock;
        Waiting { points: stock.points(), size: stock.size(), is_half_full: stock.is_half_full() }
    }

    fn drain_all(&self, state: &mut State) {
        let now = self.second();
        let State { rings, ledger, is_parked, .. } = state;
        rings.retain_mut(|open| {
            // Read before draining. A thread that is gone writes nothing, so this drain is complete.
            let is_abandoned = open.consumer.is_abandoned();
            open.drain(now, *is_parked, ledger);
            if is_abandoned && let Some(spooled) = open.spooled.take() {
                ledger.keep(|spool| spool.close_ring(&spooled));
            }
            !is_abandoned
        });
    }

    fn second(&self) -> WindowStart {
        Resolution::Second.window(self.clock.now())
    }

    /// Parks all rings, and those that are opened later: the next record wakes the flusher. Returns `false` and parks
    /// none if a record waits.
    pub fn park(&self) -> bool {
        let mut state = self.state();
        state.is_parked =
            state.ledger.stock.is_empty() && state.rings.iter().all(|open| open.consumer.park());
        self.are_rings_parked.store(state.is_parked, Ordering::Release);
        if state.is_parked {
            state.rings.iter().filter_map(|open| open.spooled.as_ref()).for_each(SpooledRing::set_parked);
        } else {
            state.rings.iter().for_each(|open| open.consumer.unpark());
        }
        state.is_parked
    }

    /// Returns whether the file of the process had no room for some of the records or of the series.
    #[must_use]
    pub fn is_spool_full(&self) -> bool {
        self.is_catalogue_behind()
            || self.state().ledger.spool.as_ref().is_some_and(|spool| spool.overflows() > 0)
    }

    /// Returns whether the file of the process has all that waits and is in flight.
    #[must_use]
    pub fn is_spool_whole(&self) -> bool {
        !self.is_catalogue_behind() && self.state().ledger.spool.as_ref().is_some_and(Spool::is_whole)
    }

    fn is_catalogue_behind(&self) -> bool {
        self.names().catalogue.as_ref().is_some_and(Catalogue::is_behind)
    }

    /// Returns the file whose records were adopted last, and up to which of its pieces, until [`Buffer::note_adopted`] is called.
    #[must_use]
    pub fn adopting(&self) -> Option<(u64, u64)> {
        self.state().ledger.spool.as_ref().and_then(Spool::adopting)
    }

    /// Notes in the file when the first record was made since the rings were parked. The flusher may wake too late for it. Waits for
    /// nobody: a thread that records calls it.
    pub fn note_wake(&self) {
        if !self.are_rings_parked.load(Ordering::Acquire) {
            return;
        }
        let second = self.second();
        let Ok(state) = self.state.try_lock() else { return };
        for open in &state.rings {
            if let Some(spooled) = &open.spooled {
                spooled.note_wake(second);
            }
        }
    }

    /// Returns whether the rings are parked. If they are not, records can be written without a wake.
    #[must_use]
    pub fn is_parked(&self) -> bool {
        self.state().is_parked
    }

    /// Ends parking. Records in the rings are added to the current window: they were written just now, because the
    /// first of them wakes the flusher.
    pub fn unpark(&self) {
        let now = self.second();
        let mut state = self.state();
        state.is_parked = false;
        self.are_rings_parked.store(false, Ordering::Release);
        for open in &mut state.rings {
            open.consumer.unpark();
            open.set_second(now);
        }
    }

    /// Drains the rings and takes the records that wait, with their roll-ups; of those that are held up only `with_held`. They
    /// are in flight from now on. Records that are too old for CloudWatch are dropped.
    pub fn take(&self, with_held: bool) -> Vec<Datum> {
        let is_too_old = self.is_too_old();
        let taken = self.take_windows(with_held);
        // Sorted without the lock, because a thread whose ring is full waits for the lock.
        let (too_old, sendable): (Vec<_>, Vec<_>) =
            taken.into_samples().into_iter().partition(|samples| is_too_old(samples.window));
        for samples in too_old {
            self.give_up(samples.points(), DropReason::TooOld);
        }
        let mut datums = Vec::with_capacity(sendable.len());
        let mut names = None;
        for (index, samples) in sendable.into_iter().enumerate() {
            if index.is_multiple_of(SERIES_A_LOCK) {
                names = None;
            }
            if let Some(series) = names.get_or_insert_with(|| self.names()).series.get(samples.series) {
                datums.push(Datum::new(samples, series));
            } else {
                // The producer is outside of Rust: it can write an id that was not assigned.
                self.give_up(samples.points(), DropReason::Unresolved);
            }
        }
        self.state().ledger.taken(&datums);
        datums
    }

    /// Drops the records of a request in flight that became too old for CloudWatch after they were taken. Returns whether none are
    /// left.
    pub fn drop_too_old(&self, request: &mut Request) -> bool {
        let is_too_old = self.is_too_old();
        let too_old: Vec<_> = request.datums.extract_if(.., |datum| is_too_old(datum.window)).collect();
        if too_old.is_empty() {
            return false;
        }
        self.drop_request(&request.with(too_old), DropReason::TooOld);
        request.datums.is_empty()
    }

    /// Returns what tells whether the records of a window are too old for CloudWatch now.
    fn is_too_old(&self) -> impl Fn(WindowStart) -> bool + use<> {
        let oldest = self.clock.now().0.div_euclid(1_000) - MAX_AGE_SECONDS;
        move |window| window.0 <= oldest
    }

    fn take_windows(&self, with_held: bool) -> Taken {
        let mut state = self.state();
        self.drain_all(&mut state);
        let mut taken = state.ledger.take(with_held);
        drop(state);
        if self.names().series.has_rollups() {
            let added = taken.expand(|ids| self.series(ids));
            let counts = &mut self.state().ledger.counts;
            counts.recorded += added;
            counts.in_flight += added;
        }
        taken
    }

    /// Returns the series of ids. An id that was not assigned has none.
    pub fn series(&self, ids: &[SeriesId]) -> Vec<Option<Arc<Series>>> {
        let parts = ids.chunks(SERIES_A_LOCK);
        parts
            .flat_map(|ids| {
                let names = self.names();
                ids.iter().map(|&id| names.series.get(id)).collect::<Vec<_>>()
            })
            .collect()
    }

    /// Call this before a request is sent.
    pub fn sending(&self, request: &Request) {
        self.state().ledger.keep(|spool| spool.sending(request));
    }

    /// Counts records in flight that CloudWatch accepted.
    pub fn applied(&self, request: &Request) {
        let now = self.clock.now();
        let points = request.points();
        let spare = self.all_series();
        let mut state = self.state();
        state.ledger.stock.set_spare(spare);
        state.ledger.keep(|spool| spool.applied(request));
        let counts = &mut state.ledger.counts;
        counts.in_flight -= points;
        counts.applied += points;
        counts.possibly_duplicated += request.unsure_points();
        counts.last_success = Some(now);
        counts.failing.remove(&request.namespace);
    }

    /// Returns the maximum number of ids that records can have.
    fn all_series(&self) -> usize {
        self.max_series.saturating_add(self.names().series.uncounted())
    }

    /// Notes that CloudWatch did not take a request. Its records are still in flight.
    pub fn refused(&self, request: &Request) {
        self.state().ledger.keep(|spool| spool.refused(request));
    }

    /// Moves a request in flight back to its windows, to be sent again.
    pub fn give_back(&self, request: &Request) {
        let mut state = self.state();
        state.ledger.stock.set_spare(0);
        state.ledger.give_back(request, false, false);
    }

    /// Moves a request in flight to the records that are held up, to be sent again later. CloudWatch may have its records
    /// already if `may_be_applied`.
    pub fn hold(&self, request: &Request, may_be_applied: bool) {
        self.state().ledger.give_back(request, true, may_be_applied);
    }

    /// Drops a request in flight.
    pub fn drop_request(&self, request: &Request, reason: DropReason) {
        self.state().ledger.keep(|spool| spool.dropped(request));
        self.give_up(request.points(), reason);
    }

    /// Drops records in flight that are in no request yet.
    fn give_up(&self, points: Points, reason: DropReason) {
        let counts = &mut self.state().ledger.counts;
        counts.in_flight -= points;
        counts.drop_points(reason, points);
    }

    /// Stores the latest fault for the statistics. It concerns all namespaces if none is given.
    pub fn note_fault(&self, fault: &Fault, namespace: Option<&Arc<str>>) {
        let at = self.clock.now();
        let counts = &mut self.state().ledger.counts;
        if let Some(namespace) = namespace {
            counts.failing.insert(Arc::clone(namespace), (fault.clone(), at));
        }
        counts.last_fault = Some(LastFault { fault: fault.clone(), namespace: namespace.cloned(), at });
    }

    /// Changes counters that are not part of the invariant.
    pub fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.state().ledger.counts);
    }

    /// Returns the number of records dropped so far because too many datums waited.
    #[must_use]
    pub fn buffer_full_points(&self) -> u64 {
        self.state().ledger.counts.dropped(DropReason::BufferFull).records
    }

    /// Drains the rings, and returns all counters.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let series = self.names().series.counts();
        let mut state = self.state();
        self.drain_all(&mut state);
        let Ledger { counts, stock, spool } = &state.ledger;
        let spool_overflows = spool.as_ref().map_or(0, Spool::overflows);
        Snapshot { counts: counts.clone(), buffered: stock.points(), spool_overflows, series }
    }

    /// Returns the milliseconds to the start of the next second. A drain belongs there, whether or not there is a metric whose
    /// windows are seconds: its first records would otherwise be added to the second of an earlier drain.
    #[must_use]
    pub fn until_next_second(&self) -> u64 {
        Resolution::Second.until_next(self.clock.now()).unsigned_abs()
    }
}

impl OpenRing {
    fn set_second(&mut self, second: WindowStart) {
        self.second = second;
        if let Some(spooled) = &self.spooled {
            spooled.set_second(second);
        }
    }

    fn drain(&mut self, now: WindowStart, is_parked: bool, ledger: &mut Ledger) {
        if is_parked {
            // The ring was empty when it was parked, and its first record wakes the flusher. Records in it were
            // therefore written just now, and this thread drains them before the flusher does.
            self.second = now;
        }
        let batch = self.consumer.published();
        if !batch.is_empty() {
            ledger.keep(|spool| spool.drain(self.spooled.as_ref(), &self.consumer, batch, self.second));
            let Ledger { stock, counts, .. } = ledger;
            let windows = &mut stock.windows;
            let mut of_seconds = Vec::new();
            let mut window = windows.open(self.second.within(Resolution::Minute), Resolution::Minute);
            let drained = self.consumer.drain_batch(batch, |id, value| {
                let id = MarkedId(id);
                if id.has_marks() {
                    counts.add_marks(id);
                }
                let (series, sample) = (id.series(), Sample { value, count: 1 });
                match series.resolution() {
                    Resolution::Minute => window.add(series, sample),
                    Resolution::Second => of_seconds.push((series, sample)),
                }
            });
            windows.add_seconds(self.second, of_seconds);
            counts.recorded += Points::records(drained.into());
            ledger.shed();
        }
        let lost = Points::records(self.consumer.take_lost().into());
        ledger.counts.recorded += lost;
        ledger.counts.drop_points(DropReason::Unresolved, lost);
        if is_parked && batch.is_empty() {
            // Its next record is the first one since.
            self.second = now;
        } else {
            self.set_second(now);
        }
    }
}

#[cfg(test)]
mod tests;
