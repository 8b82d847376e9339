//! One process in a trial: what it records, and the rules that hold then.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
    time::Duration,
};

use fastrand::Rng;
use hkm_core::series::SeriesId;

use super::{
    super::{ledger::Untraced, process::Process, settings::ROOM},
    Kind, LENGTH, LONE,
};

/// An interval that was stretched by an earlier trouble is at most as long.
const STRETCHED_MS: u64 = 300_000;

/// A random wait is at most as much longer than the interval, and at least as much shorter.
const LONGEST: f64 = 1.5;
const SHORTEST: f64 = 0.5;

/// The time that a pass takes at most: a few requests of up to two seconds.
const PASS_MS: u64 = 30_000;

/// The time in which a flush delivers all that a trial left.
const FLUSH_MS: u64 = 120_000;

/// The first window of an outage has records from before, and the last ones may be dropped while older ones are in flight.
const MINUTE_MS: u64 = 60_000;

/// The records of a series in an hour. To find the size of requests that get an answer takes less.
const MAX_LATE: u64 = 180;

/// How often each request is attempted in an hour while everything is throttled: in the shortest of the longest intervals.
const MAX_THROTTLED: u64 = 24;

/// How often a process attempts anything in that hour: once a second, but for chance.
const MAX_ATTEMPTS: u64 = 4_000;

/// The requests of an hour in each namespace while everything is refused: one record after each backoff, of half a minute on average.
const MAX_REFUSED: u64 = 200;

/// The requests of an hour in each namespace while those with records get no answer: in ten minutes one record and one request without
/// any, and some more while the pauses are shorter.
const MAX_UNANSWERED: u64 = 20;

/// How often a record without an answer is sent in an hour, at most: twice as often as the longest pause allows.
const MAX_COPIES: u64 = 12;

/// How many records of others may wait beside it: those of a quarter of an hour.
const MAX_BESIDE: u64 = 45;

/// A series in which one record is made at a time.
struct Subject {
    id: SeriesId,
    namespace: &'static str,
    /// The numbers of records made and accepted before the trial.
    made_before: u64,
    accepted_before: u64,
    /// Those accepted by window: the time of day can have jumped back.
    windows_before: BTreeMap<i64, u64>,
    /// How many datums had been sent when the last hour of the trial began.
    sent_an_hour_ago: u64,
}

/// What is known about a process in a trial.
pub struct Observed {
    pub process: Rc<Process>,
    subjects: Vec<Subject>,
    /// When a record was made in each series.
    made_at: Vec<u64>,
    /// When the interval was last longer than it was configured.
    stretched_at: Option<u64>,
    /// The highest number of datums that waited.
    most_waiting: u64,
    requests_before: u64,
    requests_an_hour_ago: u64,
}

impl Observed {
    pub async fn begin(process: Rc<Process>, rng: &mut Rng) -> Self {
        // After a record was accepted, a datum of each series has room. Then one of each namespace is accepted, so that none is waited
        // with any more.
        for _ in 0..2 {
            process.record_good(rng);
            let _ = process.flush(FLUSH_MS).await;
        }
        let ids = process.good_series();
        let ledger = process.ledger.lock();
        let subjects = ids.into_iter().map(|(namespace, id)| {
            let untraced = ledger.untraced.get(&id);
            let (made_before, accepted_before) = untraced.map_or((0, 0), Untraced::counts);
            let windows_before = untraced.map(|all| all.accepted.clone()).unwrap_or_default();
            Subject { id, namespace, made_before, accepted_before, windows_before, sent_an_hour_ago: 0 }
        });
        let subjects = subjects.collect();
        let requests = ledger.requests;
        drop(ledger);
        Self {
            process,
            subjects,
            made_at: Vec::new(),
            stretched_at: None,
            most_waiting: 0,
            requests_before: requests,
            requests_an_hour_ago: requests,
        }
    }

    /// Makes a record of each metric, by its number and its namespace.
    pub fn record(&mut self, rng: &mut Rng, is_made: impl Fn(usize, &str) -> bool) {
        let waiting = self.process.buffer.drain().size.datums as u64;
        self.most_waiting = self.most_waiting.max(waiting);
        self.process.record_good_of(rng, |metric| is_made(metric, self.subjects[metric].namespace));
        self.made_at.push(self.process.journal.now());
    }

    /// Returns the numbers of records made and accepted since the trial began.
    fn counts(&self, subject: &Subject) -> (u64, u64) {
        let ledger = self.process.ledger.lock();
        let (made, accepted) = ledger.untraced.get(&subject.id).map_or((0, 0), Untraced::counts);
        (made - subject.made_before, accepted - subject.accepted_before)
    }

    /// Returns the number of datums of a series that were sent, at any time.
    fn sent(&self, subject: &Subject) -> u64 {
        self.process.ledger.lock().untraced.get(&subject.id).map_or(0, |all| all.sent)
    }

    /// Returns whether records of a namespace are delivered in time.
    fn delivers(&self, kind: Kind, namespace: &str) -> bool {
        match kind {
            Kind::Calm => true,
            Kind::OneFails(_, failing) => failing != namespace,
            Kind::OneUnanswered(_) => self.subjects[LONE].namespace != namespace,
            _ => false,
        }
    }

    fn requests(&self) -> u64 {
        self.process.ledger.lock().requests
    }

    /// Returns the longest time in which a record is delivered while its namespace is accepted. While the interval is longer than it
    /// was configured, the requests of a pass are sent one after the other over one more interval.
    fn patience(&mut self) -> u64 {
        let (now, configured) = (self.process.journal.now(), self.process.settings.flush_interval_ms);
        let most_stretched = 2 * scaled(configured.max(STRETCHED_MS), LONGEST);
        if self.process.counts().flush_interval > Duration::from_millis(configured) {
            self.stretched_at = Some(now);
        }
        let is_stretched = self.stretched_at.is_some_and(|at| at + most_stretched >= now);
        PASS_MS + if is_stretched { most_stretched } else { scaled(configured, LONGEST) }
    }

    /// Returns whether what this trial records is far from filling the buffer.
    fn has_room(&self) -> bool {
        self.process.settings.max_buffered_datums >= 10_000
            && self.process.settings.max_buffered_bytes >= ROOM
    }

    pub fn check_in_time(&mut self, kind: Kind) {
        let patience = self.patience();
        let journal = &self.process.journal;
        let latest = journal.now().saturating_sub(patience);
        let due = self.made_at.partition_point(|&at| at < latest) as u64;
        for subject in self.subjects.iter().filter(|subject| self.delivers(kind, subject.namespace)) {
            let (_, accepted) = self.counts(subject);
            journal.check("no record waits long while its namespace is accepted", accepted >= due, || {
                let (number, namespace) = (self.process.number, subject.namespace);
                format!("process {number}, {namespace}: {accepted} records are accepted, not {due}, {kind:?}")
            });
        }
    }

    /// Checks that half of the maximum is sent early.
    pub fn check_half_full(&self) {
        let is_half_full = self.process.buffer.drain().is_half_full;
        self.process.journal.check("what fills half of the buffer is sent at once", !is_half_full, || {
            format!("process {}: {:?}", self.process.number, self.process.buffer.drain())
        });
    }

    /// Notes that the last hour of the trial begins.
    pub fn begin_last_hour(&mut self) {
        self.requests_an_hour_ago = self.requests();
        for at in 0..self.subjects.len() {
            self.subjects[at].sent_an_hour_ago = self.sent(&self.subjects[at]);
        }
    }

    /// Checks what was sent and what waits at the end of the trial.
    pub fn check_end(&self, kind: Kind) {
        match kind {
            Kind::Calm if self.has_room() => self.check_passes(),
            Kind::Outage => self.check_maximum(),
            Kind::Throttled | Kind::Unanswered(_) | Kind::Refused => self.check_attempts(kind),
            Kind::Scarce if self.has_room() => self.check_turns(kind),
            Kind::OnlySmall(..) => self.check_small(kind),
            Kind::OneUnanswered(_) => self.check_lone(kind),
            Kind::Calm | Kind::OneFails(..) | Kind::Scarce => {}
        }
    }

    /// Checks that a flush settles all when the trouble has ended.
    pub async fn check_flush(&self, kind: Kind) {
        let is_settled = self.process.flush(FLUSH_MS).await;
        let journal = &self.process.journal;
        journal.check("a flush after the end of trouble settles all", is_settled == Ok(true), || {
            format!("process {}: {is_settled:?}, {kind:?}", self.process.number)
        });
    }

    fn check_passes(&self) {
        let shortest = scaled(self.process.settings.flush_interval_ms, SHORTEST);
        let passes = 1_000 * LENGTH.as_secs() / shortest + 2;
        let requests = self.requests() - self.requests_before;
        let is_right = requests <= passes * self.namespaces();
        self.process.journal.count_most("most requests in a calm", requests);
        self.process.journal.check("a pass begins once in an interval", is_right, || {
            format!("process {}: {requests} requests, but at most {passes} passes", self.process.number)
        });
    }

    fn check_maximum(&self) {
        let most = self.process.settings.max_buffered_datums;
        let size = self.process.buffer.drain().size;
        self.process.journal.check(
            "no more than the maximum waits in an outage",
            size.datums <= most,
            || format!("process {}: {size:?}", self.process.number),
        );
    }

    fn check_attempts(&self, kind: Kind) {
        let journal = &self.process.journal;
        let requests = self.requests() - self.requests_an_hour_ago;
        let (what, rule, most) = match kind {
            Kind::Throttled => (
                "most requests in an hour while throttled",
                "what is throttled is sent less often",
                (MAX_THROTTLED * self.most_requests()).min(MAX_ATTEMPTS),
            ),
            Kind::Refused => (
                "most requests in an hour while refused",
                "what is refused as a whole is tried with one record",
                MAX_REFUSED * self.namespaces(),
            ),
            _ => (
                "most requests in an hour without answers",
                "records without an answer are sent rarely",
                MAX_UNANSWERED * self.namespaces(),
            ),
        };
        journal.count_most(what, requests);
        journal.check(rule, requests <= most, || {
            format!("process {}: {requests} requests in an hour, at most {most}", self.process.number)
        });
    }

    /// Returns the number of requests that a pass has at most. Small ones are those of a process that got no answer to large ones.
    fn most_requests(&self) -> u64 {
        self.most_waiting / self.process.ledger.lock().last_datums.max(1) + 2 * self.namespaces()
    }

    fn namespaces(&self) -> u64 {
        let all: BTreeSet<_> = self.subjects.iter().map(|subject| subject.namespace).collect();
        all.len() as u64
    }

    /// Checks that each namespace has its turn.
    fn check_turns(&self, kind: Kind) {
        for subject in &self.subjects {
            let (made, accepted) = self.counts(subject);
            self.process.journal.check("each series has its turn", accepted > 0, || {
                let number = self.process.number;
                format!("process {number}, {}: none of {made} is accepted, {kind:?}", subject.namespace)
            });
        }
    }

    /// Checks that records are delivered in requests that are small enough, after the size of these was found.
    fn check_small(&self, kind: Kind) {
        for subject in &self.subjects {
            let (made, accepted) = self.counts(subject);
            let is_right = accepted + MAX_LATE >= made || !self.has_room();
            self.process.journal.check("records are delivered in small requests", is_right, || {
                let (number, namespace) = (self.process.number, subject.namespace);
                format!("process {number}, {namespace}: {accepted} of {made} records, {kind:?}")
            });
        }
    }

    /// Checks that a record without an answer is sent rarely, and does not keep the others of its namespace.
    fn check_lone(&self, kind: Kind) {
        let (journal, number) = (&self.process.journal, self.process.number);
        let lone = &self.subjects[LONE];
        let copies = self.sent(lone) - lone.sent_an_hour_ago;
        journal.count_most("most copies of one record in an hour", copies);
        journal.check("a record without an answer is sent rarely", copies <= MAX_COPIES, || {
            format!("process {number}: {copies} times in an hour, {kind:?}")
        });
        let others = self.subjects.iter().filter(|subject| subject.namespace == lone.namespace);
        for subject in others.skip(1).filter(|_| self.has_room()) {
            let (made, accepted) = self.counts(subject);
            journal.count_most("most late records beside one without an answer", made - accepted);
            journal.check(
                "a record without an answer does not keep others",
                accepted + MAX_BESIDE >= made,
                || format!("process {number}: {accepted} of {made} records, {kind:?}"),
            );
        }
    }

    /// Checks what became of the records, when everything was delivered again.
    pub fn check_delivered(&self, kind: Kind) {
        match kind {
            Kind::OneFails(..) | Kind::OneUnanswered(_) => self.check_others(kind),
            Kind::Outage => self.check_order(),
            _ => {}
        }
    }

    /// Checks that records of other namespaces were not dropped.
    fn check_others(&self, kind: Kind) {
        for subject in self.subjects.iter().filter(|subject| self.delivers(kind, subject.namespace)) {
            let (made, accepted) = self.counts(subject);
            let is_right = accepted == made;
            self.process.journal.check("no namespace costs another one its records", is_right, || {
                let (number, namespace) = (self.process.number, subject.namespace);
                format!("process {number}, {namespace}: {accepted} of {made} records, {kind:?}")
            });
        }
    }

    /// Checks that the oldest records were dropped first.
    fn check_order(&self) {
        let (lost, kept) = self.ends();
        self.process.journal.check("the oldest records are dropped first", lost <= kept, || {
            let number = self.process.number;
            format!("process {number}: windows until {lost} were dropped, and not the one until {kept}")
        });
    }

    /// Returns the latest end of the windows that were dropped, and the earliest one of those that were not.
    fn ends(&self) -> (i64, i64) {
        let ledger = self.process.ledger.lock();
        let ends = self.made_at.first().zip(self.made_at.last());
        let whole = ends.map_or(0..0, |(first, last)| first + MINUTE_MS..last - MINUTE_MS);
        let (mut lost, mut kept) = (i64::MIN, i64::MAX);
        for Subject { id, windows_before, .. } in &self.subjects {
            let length = id.resolution().seconds();
            let mut made: BTreeMap<i64, u64> = BTreeMap::new();
            for &at in self.made_at.iter().filter(|at| whole.contains(at)) {
                if let Some(window) = ledger.time_line.window(at, id.resolution()) {
                    *made.entry(window).or_default() += 1;
                }
            }
            for (window, count) in made {
                let accepted = ledger.untraced.get(id).and_then(|all| all.accepted.get(&window)).copied();
                let before = windows_before.get(&window).copied().unwrap_or_default();
                if accepted.unwrap_or_default() - before >= count {
                    kept = kept.min(window + length);
                } else {
                    lost = lost.max(window + length);
                }
            }
        }
        (lost, kept)
    }
}

fn scaled(millis: u64, by: f64) -> u64 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "milliseconds of minutes"
    )]
    let scaled = (millis as f64 * by) as u64;
    scaled
}
