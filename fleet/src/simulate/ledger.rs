//! The truth about one process: what it recorded, what was sent, and what CloudWatch applied.
//!
//! It is kept without the core. Values of some metrics are recorded once only, so that each one that is sent is traced to its
//! record. The others are counted.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    hash::{BuildHasherDefault, DefaultHasher},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use hkm_core::{
    outcome::{FaultKind, Outcome},
    points::Points,
    request::{Datum, Request},
    sample::Sample,
    series::SeriesId,
};

use super::{
    alone::Alone, cloud::is_refused_value, flushes::PendingFlushes, journal::Journal, limits,
    pressure::Pressure, time_line::TimeLine,
};

/// CloudWatch refuses older records. Source: `PutMetricData`.
const MAX_AGE_MS: i64 = 14 * 24 * 60 * 60 * 1_000;

/// A record is sent this often at most while no outcome is known: in the pass in which the last one was known, and in three more.
const MOST_UNKNOWN_IN_A_ROW: u32 = 4;

/// What records of one series, or of one value of it, went through.
#[derive(Clone, Debug)]
pub struct Trace {
    /// When it was recorded, in milliseconds.
    pub at: u64,
    /// The number of records before it.
    pub number: u64,
    pub is_refused: bool,
    /// Of its first request.
    window: Option<i64>,
    is_in_flight: bool,
    pub is_accepted: bool,
    /// How often CloudWatch applied it.
    applied: u32,
    /// How often its outcome was unknown, and how often since another outcome of its namespace was known.
    unknown: u32,
    unknown_in_a_row: u32,
    /// How many outcomes of its namespace were known at the last of them.
    known: u64,
}

impl Trace {
    /// Enters an unknown outcome. `known` outcomes of the namespace were known by then.
    fn doubt(&mut self, journal: &Journal, known: u64, value: f64) {
        self.unknown += 1;
        self.unknown_in_a_row = if self.known == known { self.unknown_in_a_row + 1 } else { 1 };
        self.known = known;
        let times = self.unknown_in_a_row;
        journal.count_most("most unknown outcomes in a row", times.into());
        journal.check(
            "records are not sent again and again while no outcome is known",
            times <= MOST_UNKNOWN_IN_A_ROW,
            || format!("{value}, {times} times"),
        );
    }
}

/// The records of a series that are not traced.
#[derive(Debug, Default)]
pub struct Untraced {
    pub made_at: Vec<u64>,
    /// The values that were recorded, unless they are too many.
    values: BTreeSet<u64>,
    has_any_value: bool,
    /// How many records were accepted, by window.
    pub accepted: BTreeMap<i64, u64>,
    /// How many datums were sent.
    pub sent: u64,
}

impl Untraced {
    /// Returns how many records were made and accepted.
    pub fn counts(&self) -> (u64, u64) {
        (self.made_at.len() as u64, self.accepted.values().sum())
    }
}

/// One record, as it was made.
pub struct Made<'series> {
    /// The series under which it is sent, and whether CloudWatch refuses each. The first one is its own.
    pub series: &'series [(SeriesId, bool)],
    pub value: f64,
    pub is_traced: bool,
    /// Its metric records so many values that they are rounded.
    pub is_rounded: bool,
}

/// The truth about one process.
pub struct Ledger {
    pub process: usize,
    pub journal: Journal,
    pub time_line: TimeLine,
    pub flushes: PendingFlushes,
    pub pressure: Pressure,
    /// All records, with those that were refused or lost.
    pub recorded: u64,
    /// Records that were refused for their values and for their labels.
    pub refused: [u64; 2],
    /// Records without a series.
    pub unresolved: u64,
    /// Records that CloudWatch refuses, and those of others that it refused twice although they were alone.
    pub culprits: Points,
    pub refused_alone: Points,
    alone: Alone,
    /// How many outcomes were known, by namespace.
    known: BTreeMap<Arc<str>, u64>,
    pub traces: HashMap<(SeriesId, u64), Trace, BuildHasherDefault<DefaultHasher>>,
    pub untraced: BTreeMap<SeriesId, Untraced>,
    /// The traced records that were not accepted: their numbers, series and values.
    pub unsettled: BTreeSet<(u64, SeriesId, u64)>,
    pub in_flight: Points,
    pub accepted: Points,
    /// Records that CloudWatch may have had when they were sent to it once more.
    pub possible_copies: Points,
    /// Copies of traced records that CloudWatch has, and those among them that are in flight.
    pub copies: u64,
    pub throttled: u64,
    pub requests: u64,
    /// The number of datums of the last request that had any.
    pub last_datums: u64,
    pub unknown: u64,
}

/// The ledger of a process. Its requests, its flushes and the simulation share it.
#[derive(Clone)]
pub struct SharedLedger(Arc<Mutex<Ledger>>);

impl SharedLedger {
    pub fn new(ledger: Ledger) -> Self {
        Self(Arc::new(Mutex::new(ledger)))
    }

    pub fn lock(&self) -> MutexGuard<'_, Ledger> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ledger {
    pub fn new(process: usize, journal: Journal, flush_interval_ms: u64) -> Self {
        Self {
            process,
            time_line: TimeLine::new(),
            flushes: PendingFlushes::default(),
            pressure: Pressure::new(flush_interval_ms),
            recorded: 0,
            refused: [0; 2],
            unresolved: 0,
            culprits: Points::default(),
            refused_alone: Points::default(),
            alone: Alone::default(),
            known: BTreeMap::new(),
            traces: HashMap::default(),
            untraced: BTreeMap::new(),
            unsettled: BTreeSet::new(),
            in_flight: Points::default(),
            accepted: Points::default(),
            possible_copies: Points::default(),
            copies: 0,
            throttled: 0,
            requests: 0,
            last_datums: 0,
            unknown: 0,
            journal,
        }
    }

    /// Enters a record.
    pub fn record(&mut self, Made { series, value, is_traced, is_rounded }: &Made) {
        let at = self.journal.now();
        let number = self.recorded;
        let bits = (value + 0.0).to_bits();
        let is_value_refused = is_refused_value(*value);
        self.recorded += 1;
        for &(id, is_series_refused) in *series {
            if is_value_refused || is_series_refused {
                self.culprits.add_of(id, 1);
            }
            if *is_traced {
                let trace = Trace {
                    at,
                    number,
                    is_refused: is_value_refused || is_series_refused,
                    window: None,
                    is_in_flight: false,
                    is_accepted: false,
                    applied: 0,
                    unknown: 0,
                    unknown_in_a_row: 0,
                    known: 0,
                };
                self.traces.insert((id, bits), trace);
                if !id.is_rollup() {
                    self.unsettled.insert((number, id, bits));
                }
            } else {
                let untraced = self.untraced.entry(id).or_default();
                untraced.made_at.push(at);
                untraced.values.insert(bits);
                untraced.has_any_value |= is_rounded;
            }
        }
        self.pressure.record(series.len(), self.recorded, self.accepted.records);
    }

    /// Checks a request that is sent, and enters it.
    pub fn send(&mut self, request: &Request) {
        limits::check(&self.journal, request);
        self.check_age(request);
        self.requests += 1;
        self.in_flight += request.points();
        if request.datums.is_empty() {
            self.journal.count("requests without records", 1);
        } else {
            self.last_datums = request.datums.len() as u64;
        }
        for datum in &request.datums {
            self.journal.count("datums sent again after an unknown outcome", u64::from(datum.is_unsure));
            for sample in &datum.samples {
                self.send_sample(datum, sample);
            }
            if let Some(untraced) = self.untraced.get_mut(&datum.id) {
                untraced.sent += 1;
            }
        }
    }

    /// Checks that CloudWatch does not refuse a request for the age of its records.
    fn check_age(&self, request: &Request) {
        let now = self.journal.now();
        let oldest = self.time_line.lowest_since(now, now) - MAX_AGE_MS;
        let too_old = request.datums.iter().find(|datum| datum.window.0 * 1_000 < oldest);
        self.journal.check("what is too old is not sent", too_old.is_none(), || {
            format!("{too_old:?}, the oldest is of {oldest}")
        });
    }

    fn send_sample(&mut self, datum: &Datum, Sample { value, count }: &Sample) {
        let Datum { id, window, is_unsure, .. } = datum;
        let (journal, process) = (&self.journal, self.process);
        let who = || format!("{value} of process {process}, series {}, window {}", id.0, window.0);
        let Some(trace) = self.traces.get_mut(&(*id, value.to_bits())) else {
            let known = self
                .untraced
                .get(id)
                .is_some_and(|all| all.has_any_value || all.values.contains(&value.to_bits()));
            return journal.check("each value that is sent was recorded", known, who);
        };
        journal.check("a record counts once", *count == 1, || format!("{count} times {}", who()));
        journal.check("a record is in one request at a time", !trace.is_in_flight, who);
        journal.check("a record that was accepted is not sent again", !trace.is_accepted, who);
        journal.check("what may be applied is known to be", *is_unsure == (trace.unknown > 0), || {
            format!("{} is marked {is_unsure} after {} unknown outcomes", who(), trace.unknown)
        });
        journal.check(
            "a record stays in its window",
            trace.window.is_none_or(|known| known == window.0),
            || format!("{} was in {:?}", who(), trace.window),
        );
        if trace.window.is_none() {
            let is_right = self.time_line.allows(trace.at, window.0, id.resolution());
            journal.check("a window is that of its records", is_right, || {
                format!("{}, made at {} ms: {}", who(), trace.at, self.time_line.describe())
            });
        }
        trace.window = Some(window.0);
        trace.is_in_flight = true;
    }

    /// Enters that CloudWatch applies a request.
    pub fn apply(&mut self, request: &Request) {
        for datum in &request.datums {
            for sample in &datum.samples {
                let Some(trace) = self.traces.get_mut(&(datum.id, sample.value.to_bits())) else { continue };
                trace.applied += 1;
                if trace.applied > 1 {
                    self.copies += 1;
                    self.journal.count("copies that CloudWatch has", 1);
                    self.journal.check("only an unknown outcome leads to a copy", trace.unknown > 0, || {
                        format!("{} of process {}", sample.value, self.process)
                    });
                }
            }
        }
    }

    /// Enters the answer to a request.
    pub fn answer(&mut self, request: &Request, outcome: &Outcome) {
        let now = self.journal.now();
        let points = request.points();
        self.in_flight -= points;
        let is_accepted = matches!(outcome, Outcome::Applied);
        let is_unknown = matches!(outcome, Outcome::Unknown(_));
        if is_accepted {
            self.accepted += points;
        }
        if is_accepted || is_unknown {
            self.possible_copies += request.unsure_points();
        }
        self.unknown += u64::from(is_unknown && !request.datums.is_empty());
        if let Outcome::NotApplied(fault) = outcome {
            self.throttled += u64::from(fault.kind == FaultKind::Throttled);
            self.flushes.note_fault(fault.kind, now);
        }
        if self.alone.answer(&self.journal, request, outcome) {
            self.refused_alone += points;
        }
        let known = self.known.entry(Arc::clone(&request.namespace)).or_default();
        *known += u64::from(!is_unknown);
        let known = *known;
        for datum in &request.datums {
            self.answer_datum(datum, is_accepted, is_unknown, known);
        }
        let is_flushing = !self.flushes.is_empty();
        self.pressure.answer(&self.journal, now, outcome, request, is_flushing);
    }

    /// Enters the answer to a datum. `known` outcomes of its namespace were known by then.
    fn answer_datum(&mut self, datum: &Datum, is_accepted: bool, is_unknown: bool, known: u64) {
        for sample in &datum.samples {
            let bits = sample.value.to_bits();
            if let Some(trace) = self.traces.get_mut(&(datum.id, bits)) {
                trace.is_in_flight = false;
                trace.is_accepted |= is_accepted;
                if is_unknown {
                    trace.doubt(&self.journal, known, sample.value);
                }
                if is_accepted {
                    self.unsettled.remove(&(trace.number, datum.id, bits));
                }
            } else if is_accepted && let Some(untraced) = self.untraced.get_mut(&datum.id) {
                *untraced.accepted.entry(datum.window.0).or_default() += sample.count;
            }
        }
    }

    /// Enters the end of a flush. `dropped` is the number of records that were dropped instead of delivered.
    pub fn end_flush(&mut self, number: u64, is_settled: bool, dropped: u64) {
        let Some(flush) = self.flushes.end(&self.journal, &self.time_line, number, is_settled) else {
            return;
        };
        if is_settled {
            let waiting = self.unsettled.range(..(flush.records, SeriesId(0), 0));
            let count = waiting.clone().count() as u64;
            self.journal.check("a flush that settled all left no record", count <= dropped, || {
                let example = waiting.clone().next();
                format!(
                    "flush {number}: {count} records are not accepted, {dropped} were dropped, {example:?}"
                )
            });
        }
    }
}
