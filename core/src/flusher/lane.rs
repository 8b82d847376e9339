//! What is known about the delivery of one namespace. A policy can deny it, CloudWatch can fail for it, and its metrics can be
//! refused, while others are accepted. A failure therefore holds up the records of its own namespace, and a success ends
//! nothing of another one. The account's quota, the credentials and the connection are those of the process; see
//! [`FaultKind::is_of_namespace`].
//!
//! Records that CloudWatch may have already are sent apart from the others, behind a brake of their own. What it accepts of new
//! records says nothing about those whose outcome is unknown.

use std::{
    ops::{Index, IndexMut},
    sync::Arc,
    time::Duration,
};

use rustc_hash::FxHashMap;
use tokio::time::Instant;

use super::{
    backoff::{Backoff, Urgency},
    doubt::Doubt,
    pass::{Cursor, Pass, Place},
    search::Searches,
};
use crate::{
    outcome::FaultKind,
    request::{Datum, Request},
    warning::NamespaceId,
};

/// The time for which a namespace is denied, while another one is accepted, before a flush waits for one attempt only. A
/// policy that was changed applies within seconds. It is the default timeout of a flush.
const DENIED_PATIENCE: Duration = Duration::from_secs(10);

/// What may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// All records.
    Open,
    /// One record.
    One,
    /// A request without records.
    Probe,
    /// Nothing.
    Shut,
}

impl Gate {
    fn unless_tried(self, is_tried: bool) -> Self {
        if is_tried && self == Self::One { Self::Shut } else { self }
    }
}

/// Decides when records are sent again after failures.
#[derive(Default)]
pub struct Brake {
    doubt: Doubt,
    backoff: Backoff,
    /// Where the next pass begins. Records that CloudWatch may have are tried at other times than new ones, so one place for both
    /// would leave out what is between them.
    cursor: Cursor,
    /// Records are held up in the buffer.
    holds: bool,
}

impl Brake {
    fn gate_at(&self, now: Instant) -> Gate {
        let pauses = self.doubt.is_eased() && self.doubt.until().is_some_and(|until| now < until);
        match () {
            () if self.backoff.lasts_at(now) || pauses => Gate::Shut,
            () if self.doubt.is_eased() => Gate::One,
            () if self.doubt.holds_at(now) => Gate::Probe,
            () => Gate::Open,
        }
    }

    /// Returns when a shut gate opens, or a time in the past.
    fn opens_at(&self) -> Option<Instant> {
        let pause = self.doubt.until().filter(|_| self.doubt.is_eased());
        self.backoff.until().max(pause)
    }

    /// Notes that records were accepted. If they were a trial, the next ones are sent at that time.
    fn accept(&mut self, now: Instant, after_trial: Option<Instant>) {
        self.doubt.clear();
        match after_trial {
            Some(at) => self.backoff = Backoff::waiting_until(at),
            None => self.backoff.succeed(now),
        }
    }

    fn ease(&mut self, now: Instant, go_on: Instant) {
        if self.doubt.holds_at(now) {
            self.doubt.ease(now);
            self.backoff.wait_until(go_on);
        } else {
            self.backoff.end_by(now);
        }
    }
}

/// What is known about the delivery of one namespace.
pub struct Lane {
    pub namespace: Arc<str>,
    pub searches: Searches,
    pub in_flight: usize,
    /// A request without records is queued or in flight.
    pub is_probing: bool,
    new: Brake,
    /// For records that CloudWatch may have. It has all failures of the other one, and fewer successes.
    unsure: Brake,
    /// The maximum number of datums of a request whose records CloudWatch may have. If some of these are accepted, the size of
    /// others may be why their outcome is unknown. It is then halved each time, until all of them are settled.
    most_unsure: usize,
    has_accepted_unsure: bool,
    /// The number of datums of the largest of them.
    largest_unsure: usize,
    denied_since: Option<Instant>,
    /// No records were sent since the last flush began.
    is_attempt_due: bool,
}

impl Lane {
    fn new(namespace: Arc<str>) -> Self {
        Self {
            namespace,
            searches: Searches::default(),
            in_flight: 0,
            is_probing: false,
            new: Brake::default(),
            unsure: Brake::default(),
            most_unsure: usize::MAX,
            has_accepted_unsure: false,
            largest_unsure: 0,
            denied_since: None,
            is_attempt_due: false,
        }
    }

    const fn brake_mut(&mut self, are_unsure: bool) -> &mut Brake {
        if are_unsure { &mut self.unsure } else { &mut self.new }
    }

    /// Brings datums, all of which or none CloudWatch may have, into the order in which to send them.
    pub fn rotate(&self, datums: &mut [Datum], are_unsure: bool) {
        let brake = if are_unsure { &self.unsure } else { &self.new };
        brake.cursor.rotate(datums);
    }

    /// Notes where a pass failed. The next one goes on there.
    pub fn go_on_at(&mut self, pass: Pass, place: Option<Place>, are_unsure: bool) {
        self.brake_mut(are_unsure).cursor.set(pass, place);
    }

    /// Lets the next pass begin with the oldest records.
    pub const fn begin_with_oldest(&mut self) {
        self.new.cursor.reset();
        self.unsure.cursor.reset();
    }

    /// Divides requests into those to send now and those to hold up. Returns also whether a request without records has to be
    /// sent.
    pub fn admit(
        &mut self,
        now: Instant,
        new: Vec<Request>,
        unsure: Vec<Request>,
    ) -> (Vec<Request>, Vec<Request>, bool) {
        let unsure: Vec<_> =
            unsure.into_iter().flat_map(|request| request.divide(self.most_unsure)).collect();
        let largest = unsure.iter().map(|request| request.datums.len()).max();
        self.largest_unsure = largest.unwrap_or_default();
        if largest.is_none() && !self.unsure.holds {
            (self.most_unsure, self.has_accepted_unsure) = (usize::MAX, false);
            if self.searches.is_empty() {
                // None of them is in flight either: the last one was accepted, or dropped.
                self.unsure.doubt = self.new.doubt.clone();
            }
        }
        let (new_gate, mut unsure_gate) = (self.gate_at(now, &self.new), self.gate_at(now, &self.unsure));
        if new_gate == Gate::One && !new.is_empty() {
            // A new record is tried first: it has no copy.
            unsure_gate = Gate::Shut;
        }
        let (mut sent, mut held, mut is_probe_due) = (Vec::new(), Vec::new(), false);
        for (gate, mut requests) in [(unsure_gate, unsure), (new_gate, new)] {
            match gate {
                Gate::Open => sent.append(&mut requests),
                Gate::One => {
                    sent.extend(requests.first_mut().and_then(Request::take_record));
                    requests.retain(|request| !request.datums.is_empty());
                }
                Gate::Probe => is_probe_due |= !self.is_probing && !requests.is_empty(),
                Gate::Shut => {}
            }
            held.append(&mut requests);
        }
        self.is_attempt_due &= sent.is_empty();
        (sent, held, is_probe_due)
    }

    /// Returns what may be sent of the records behind a brake. While a record is tried, there is no other trial.
    fn gate_at(&self, now: Instant, brake: &Brake) -> Gate {
        match brake.gate_at(now) {
            Gate::Open if self.searches.is_unanimous() => Gate::One,
            gate => gate,
        }
        .unless_tried(!self.searches.is_empty())
    }

    /// Notes that records are held up in the buffer.
    pub const fn hold(&mut self, are_unsure: bool) {
        self.brake_mut(are_unsure).holds = true;
    }

    /// Notes that no records are held up any more.
    const fn release(&mut self) {
        (self.new.holds, self.unsure.holds) = (false, false);
    }

    /// Returns whether records are held up.
    #[must_use]
    pub const fn holds(&self) -> bool {
        self.new.holds || self.unsure.holds
    }

    /// Returns when records that are held up are due, or a time in the past. Returns `None` if there are none, or if an
    /// answer decides it.
    fn due_at(&self, now: Instant) -> Option<Instant> {
        let is_tried = |brake: &Brake| {
            !self.searches.is_empty() && (self.searches.is_unanimous() || brake.doubt.is_eased())
        };
        let brakes = [&self.new, &self.unsure].into_iter();
        let decided = brakes.filter(|brake| brake.holds && !is_tried(brake));
        decided.map(|brake| brake.opens_at().unwrap_or(now)).min().filter(|_| !self.is_probing)
    }

    /// Notes that records were accepted. If they were a trial, the next records are sent at `go_on`.
    /// Returns whether they were one.
    pub fn accept(&mut self, now: Instant, go_on: Instant, are_unsure: bool) -> bool {
        let was_unanimous = self.searches.is_unanimous();
        let is_trial =
            was_unanimous || self.new.doubt.is_eased() || (are_unsure && self.unsure.doubt.is_eased());
        let after_trial = is_trial.then_some(go_on);
        self.new.accept(now, after_trial);
        if are_unsure {
            self.unsure.accept(now, after_trial);
            self.has_accepted_unsure = true;
        } else if was_unanimous {
            self.unsure.backoff = Backoff::waiting_until(go_on);
        } else if is_trial {
            // An unknown outcome of these would hold up the new ones again, before they have been sent.
            self.unsure.backoff.wait_until(go_on);
        }
        self.denied_since = None;
        is_trial
    }

    /// Notes that an outcome of a request with records is unknown. Returns whether its size may be the cause.
    pub fn doubt(&mut self, pass: Pass, kind: FaultKind, now: Instant, are_unsure: bool) -> bool {
        let is_trial = self.unsure.doubt.is_eased();
        let is_first = self.unsure.doubt.is_first_in(pass);
        if are_unsure && !is_trial && is_first && self.has_accepted_unsure {
            self.most_unsure = (self.largest_unsure / 2).max(1);
        }
        let is_new_resumed = self.new.doubt.add(pass, kind, now);
        let is_unsure_resumed = self.unsure.doubt.add(pass, kind, now);
        if are_unsure { is_unsure_resumed } else { is_new_resumed }
    }

    /// Notes that the outcome of a request without records is known. A record is sent at `go_on`. A flush waits if it
    /// `is_urgent`.
    pub fn ease(&mut self, now: Instant, go_on: Instant, is_urgent: bool) {
        for brake in [&mut self.new, &mut self.unsure] {
            brake.ease(now, go_on);
            if is_urgent {
                brake.doubt.hurry(now);
            }
        }
    }

    /// Notes that the namespace is denied.
    pub fn deny(&mut self, now: Instant) {
        self.denied_since.get_or_insert(now);
    }

    /// Returns whether a flush need not wait for another attempt. `accepted` is when any namespace was accepted last.
    #[must_use]
    pub fn is_denied_for_long(&self, now: Instant, accepted: Option<Instant>) -> bool {
        !self.is_attempt_due
            && self.denied_since.is_some_and(|since| {
                since + DENIED_PATIENCE <= now && accepted.is_some_and(|accepted| since < accepted)
            })
    }

    /// Begins a backoff of all records of the namespace.
    pub fn back_off(&mut self, pass: Pass, now: Instant, urgency: Urgency) {
        self.new.backoff.begin(pass, now, urgency);
        self.unsure.backoff.begin(pass, now, urgency);
    }

    /// Ends the backoffs at `earliest`, because a flush waits.
    fn hurry(&mut self, now: Instant, earliest: Instant) {
        self.is_attempt_due = true;
        for brake in [&mut self.new, &mut self.unsure] {
            brake.backoff.end_by(earliest);
            brake.doubt.hurry(now);
        }
    }
}

/// Identifies a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct LaneId(usize);

impl LaneId {
    /// Returns the number of the lane among the limits of warnings.
    #[must_use]
    pub fn of_warning(self) -> NamespaceId {
        NamespaceId::new(self.0)
    }
}

/// The lanes of all namespaces. There are at most as many as metrics.
#[derive(Default)]
pub struct Lanes {
    all: Vec<Lane>,
    by_namespace: FxHashMap<Arc<str>, LaneId>,
    /// The lane whose turn it is to be first.
    turn: usize,
}

impl Lanes {
    /// Returns the lane of a namespace.
    pub fn of(&mut self, namespace: &Arc<str>) -> LaneId {
        if let Some(&id) = self.by_namespace.get(namespace) {
            return id;
        }
        let id = LaneId(self.all.len());
        self.all.push(Lane::new(Arc::clone(namespace)));
        self.by_namespace.insert(Arc::clone(namespace), id);
        id
    }

    /// Lets the next pass begin with a lane, because this one stopped there.
    pub const fn set_turn(&mut self, LaneId(turn): LaneId) {
        self.turn = turn;
    }

    /// Brings lanes into the order of their turns.
    pub fn order<T>(&self, lanes: &mut [(LaneId, T)]) {
        lanes.sort_by_key(|&(LaneId(id), _)| (id < self.turn, id));
    }

    /// Returns whether no requests with records are queued or in flight.
    #[must_use]
    pub fn are_settled(&self) -> bool {
        self.all.iter().all(|lane| lane.searches.is_empty())
    }

    /// Returns the oldest pass that has records in requests.
    #[must_use]
    pub fn oldest_pass(&self) -> Option<Pass> {
        self.all.iter().filter_map(|lane| lane.searches.oldest_pass()).min()
    }

    /// Returns when records that are held up are due, or a time in the past.
    #[must_use]
    pub fn due_at(&self, now: Instant) -> Option<Instant> {
        self.all.iter().filter_map(|lane| lane.due_at(now)).min()
    }

    /// Notes that no records are held up any more.
    pub fn release(&mut self) {
        self.all.iter_mut().for_each(Lane::release);
    }

    /// Returns the lanes whose records are held up.
    pub fn holding(&self) -> impl Iterator<Item = LaneId> {
        self.all.iter().enumerate().filter(|(_, lane)| lane.holds()).map(|(id, _)| LaneId(id))
    }

    /// Returns whether records are held up.
    #[must_use]
    pub fn are_any_held(&self) -> bool {
        self.all.iter().any(Lane::holds)
    }

    /// Ends all backoffs at `earliest`, because a flush waits.
    pub fn hurry(&mut self, now: Instant, earliest: Instant) {
        self.all.iter_mut().for_each(|lane| lane.hurry(now, earliest));
    }
}

impl Index<LaneId> for Lanes {
    type Output = Lane;

    fn index(&self, LaneId(id): LaneId) -> &Lane {
        &self.all[id]
    }
}

impl IndexMut<LaneId> for Lanes {
    fn index_mut(&mut self, LaneId(id): LaneId) -> &mut Lane {
        &mut self.all[id]
    }
}
