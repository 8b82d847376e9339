//! The search for the culprits of a refused request.
//!
//! CloudWatch refuses a request as a whole if one of its datums is invalid, and also if it refuses everything that is sent to
//! a namespace, or a proxy does not let requests pass. A search tells the two
//! apart. It sends the halves of a refused request, and the halves of those that are refused, down to single values.
//!
//! - A single value that is refused is set aside until the rest is settled. If a part of the request was accepted, a request
//!   without records follows. If it gets another answer than the value, the value is sent once more, and dropped if it is
//!   refused again.
//!   A record that was accepted after a refusal of everything stands for such a part in the next passes; see
//!   [`CULPRITS_BY_EVIDENCE`].
//! - If no part was accepted, or if the request without records gets the same answer, everything is refused. All records are
//!   kept.
//!
//! The number of refusals of a search is limited, so that a refusal of everything costs few requests. After a pass in which
//! everything was refused, the next pass sends one record, and the others only if it is accepted.

use std::{collections::BTreeMap, sync::Arc};

use super::pass::Pass;
use crate::{outcome::Fault, request::Request};

/// The maximum number of refusals in a pass in which nothing was accepted. If there is evidence that CloudWatch does not refuse
/// everything, the values that were set aside by then are sent once more. Halving a full request down to a single value
/// takes 11 for its 1,000 datums, and 8 more for the 150 values of a datum.
const MAX_UNANIMOUS_REFUSALS: u32 = 32;

/// The maximum number of refusals in a search. The values that were set aside by then are sent once more. The next pass
/// continues with the others.
const MAX_REFUSALS: u32 = 128;

/// When CloudWatch has refused everything, and then accepts one record, this shows that it does not refuse everything any more. So
/// many culprits are dropped on that evidence in passes that accept nothing. If they come one in a pass, which is so after unknown
/// outcomes, each would otherwise wait for another record that is accepted.
const CULPRITS_BY_EVIDENCE: u32 = 16;

/// Identifies a search: the packed request that it began with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SearchId(u64);

/// What is known about one packed request and its parts.
#[derive(Debug)]
pub struct Search {
    pub pass: Pass,
    /// Requests that are queued or in flight.
    outstanding: usize,
    has_accepted: bool,
    refusals: u32,
    /// Single values that were refused, each in a request of its own.
    suspects: Vec<Request>,
    /// Why the last of them was refused.
    fault: Option<Fault>,
    /// The request without records.
    control: Control,
    /// The suspects are sent once more.
    is_confirming: bool,
    /// The search is over. What is refused from now on and can be halved is merged back.
    is_over: bool,
}

/// A request without records, which shows whether everything is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Control {
    Unsent,
    Sent,
    /// It got another answer than the suspects.
    Passed,
    /// It got the same answer.
    Failed,
}

/// What is known about the searches of a pass.
#[derive(Debug, Default)]
struct Tally {
    searches: usize,
    has_accepted: bool,
    has_failed: bool,
    refusals: u32,
}

/// What to do with a request that was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Send the halves.
    Halve,
    /// A single value. Set it aside.
    SetAside,
    /// A single value that was refused twice, while another part of the request was accepted. Drop it.
    Culprit,
    /// Merge back the parts of this search that are not set aside.
    Stop,
    /// Merge back all that the pass has not delivered: nothing was accepted.
    AllRefused,
}

/// The suspects of a search when all other parts of the request are settled.
#[derive(Debug, PartialEq)]
pub enum Conclusion {
    /// Send a request of this namespace without records. They are still set aside.
    Control(Arc<str>),
    /// Send each of them once more.
    Confirm(Vec<Request>),
    /// Merge them back: no part of the request was accepted.
    Keep(Vec<Request>, Option<Fault>),
}

/// All searches of a namespace, by pass.
#[derive(Debug, Default)]
pub struct Searches {
    next: u64,
    by_id: BTreeMap<SearchId, Search>,
    passes: BTreeMap<Pass, Tally>,
    /// Everything was refused in the last pass.
    is_unanimous: bool,
    /// The number of culprits for which there is evidence; see [`CULPRITS_BY_EVIDENCE`].
    evidence: u32,
}

impl Searches {
    /// Begins with a packed request of a pass, which is queued.
    pub fn begin(&mut self, pass: Pass) -> SearchId {
        let id = SearchId(self.next);
        self.next += 1;
        self.passes.entry(pass).or_default().searches += 1;
        let search = Search {
            pass,
            outstanding: 1,
            has_accepted: self.evidence > 0,
            refusals: 0,
            suspects: Vec::new(),
            fault: None,
            control: Control::Unsent,
            is_confirming: false,
            is_over: false,
        };
        self.by_id.insert(id, search);
        id
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.passes.is_empty()
    }

    /// Returns the oldest pass that has records in requests.
    #[must_use]
    pub fn oldest_pass(&self) -> Option<Pass> {
        self.passes.keys().next().copied()
    }

    /// Counts requests that were added to the queue.
    pub fn add(&mut self, id: SearchId, requests: usize) {
        if let Some(search) = self.by_id.get_mut(&id) {
            search.outstanding += requests;
        }
    }

    /// Notes that a request was accepted.
    pub fn accept(&mut self, id: SearchId) {
        if std::mem::take(&mut self.is_unanimous) {
            self.evidence = CULPRITS_BY_EVIDENCE;
        }
        if let Some(search) = self.by_id.get_mut(&id) {
            search.has_accepted = true;
            self.passes.entry(search.pass).or_default().has_accepted = true;
        }
    }

    /// Notes that a request failed, whatever it contained.
    pub fn fail(&mut self, id: SearchId) {
        if let Some(search) = self.by_id.get(&id) {
            self.passes.entry(search.pass).or_default().has_failed = true;
        }
    }

    /// Decides what to do with a refused request. `is_single`: it cannot be halved. `is_too_large`: it was refused for its
    /// size, so its parts can be accepted, and none is a culprit.
    pub fn refuse(&mut self, id: SearchId, is_single: bool, is_too_large: bool) -> Verdict {
        let Some(search) = self.by_id.get_mut(&id) else { return Verdict::Stop };
        let tally = self.passes.entry(search.pass).or_default();
        tally.refusals += 1;
        search.refusals += 1;
        let is_much = !tally.has_accepted && tally.refusals >= MAX_UNANIMOUS_REFUSALS;
        if (is_much && !search.has_accepted) || (!tally.has_accepted && is_single && is_too_large) {
            return Verdict::AllRefused;
        }
        match (is_single, is_too_large) {
            (true, true) => Verdict::Stop,
            (true, false) if search.is_confirming => {
                self.evidence = self.evidence.saturating_sub(1);
                Verdict::Culprit
            }
            (true, false) => Verdict::SetAside,
            (false, _) if search.is_over => Verdict::Stop,
            (false, true) if search.has_accepted => Verdict::Halve,
            (false, _) if is_much || search.refusals >= MAX_REFUSALS => Verdict::Stop,
            (false, _) => Verdict::Halve,
        }
    }

    /// Returns whether a request of a pass was refused, and none was accepted yet. One request at a time is then sent, so that
    /// the search gets to single values in few requests.
    #[must_use]
    pub fn is_unsure_of(&self, pass: Pass) -> bool {
        self.passes.get(&pass).is_some_and(|tally| tally.refusals > 0 && !tally.has_accepted)
    }

    /// Returns whether a part of a packed request was refused, so that its other parts belong to a search.
    #[must_use]
    pub fn is_underway(&self, id: SearchId) -> bool {
        self.by_id.get(&id).is_some_and(|search| search.refusals > 0)
    }

    /// Sets a single value aside that was refused.
    pub fn set_aside(&mut self, id: SearchId, suspect: Request, fault: Fault) {
        if let Some(search) = self.by_id.get_mut(&id) {
            search.suspects.push(suspect);
            search.fault = Some(fault);
        }
    }

    /// Notes the answer to the request without records: `fault` if it was refused.
    pub fn note_control(&mut self, id: SearchId, fault: Option<&Fault>) {
        if let Some(search) = self.by_id.get_mut(&id) {
            let is_same = fault.is_some() && search.fault.as_ref() == fault;
            search.control = if is_same { Control::Failed } else { Control::Passed };
        }
    }

    /// Ends a search. Its suspects are still sent once more.
    pub fn stop(&mut self, id: SearchId) {
        if let Some(search) = self.by_id.get_mut(&id) {
            search.is_over = true;
        }
    }

    /// Gives a search up, and returns its suspects.
    pub fn give_up(&mut self, id: SearchId) -> Vec<Request> {
        self.stop(id);
        self.by_id.get_mut(&id).map(|search| std::mem::take(&mut search.suspects)).unwrap_or_default()
    }

    /// Notes that everything was refused in a pass.
    pub const fn set_unanimous(&mut self) {
        (self.is_unanimous, self.evidence) = (true, 0);
    }

    #[must_use]
    pub const fn is_unanimous(&self) -> bool {
        self.is_unanimous
    }

    /// Notes that a request is neither queued nor in flight any more. Returns what to do with the suspects, if it was the last
    /// one of its search.
    pub fn settle(&mut self, id: SearchId) -> Option<Conclusion> {
        let search = self.by_id.get_mut(&id)?;
        search.outstanding -= 1;
        if search.outstanding > 0 {
            return None;
        }
        let Some(suspect) = search.suspects.first() else {
            self.end(id);
            return None;
        };
        if search.has_accepted && search.control == Control::Unsent {
            let namespace = Arc::clone(&suspect.namespace);
            search.control = Control::Sent;
            search.outstanding = 1;
            return Some(Conclusion::Control(namespace));
        }
        let suspects = std::mem::take(&mut search.suspects);
        if search.control == Control::Passed && !search.is_confirming {
            search.is_confirming = true;
            search.outstanding = suspects.len();
            return Some(Conclusion::Confirm(suspects));
        }
        let fault = search.fault.take();
        self.fail(id);
        self.end(id);
        Some(Conclusion::Keep(suspects, fault))
    }

    fn end(&mut self, id: SearchId) {
        let Some(search) = self.by_id.remove(&id) else { return };
        if let Some(tally) = self.passes.get_mut(&search.pass) {
            tally.searches -= 1;
        }
    }

    /// Removes a pass if all its searches have ended. Returns whether it ended without a failure.
    pub fn finish(&mut self, pass: Pass) -> Option<bool> {
        let is_done = self.passes.get(&pass).is_some_and(|tally| tally.searches == 0);
        is_done.then(|| self.passes.remove(&pass).is_some_and(|tally| !tally.has_failed))
    }
}
