//! Unknown outcomes in a row. A record that is sent again after one may count twice, so after a few of them nothing is sent
//! but requests without records, which copy nothing. When the outcome of one of these is known, one record is sent, and all
//! others when it was accepted.

use std::time::Duration;

use tokio::time::Instant;

use super::pass::Pass;
use crate::outcome::FaultKind;

/// The number of passes in a row with an unknown outcome after which no records are sent.
const MAX_UNKNOWN: u32 = 3;

/// The number of passes since the last success whose answers were not CloudWatch's, after which records are sent rarely. A
/// proxy may let records through and spoil the answer.
const MAX_FOREIGN: u32 = 5;

/// The time between two passes after that.
const FOREIGN_INTERVAL: Duration = Duration::from_mins(10);

/// The time before that between the answer to a request without records and one with a record. A captive portal that is open
/// for a moment does not use up the passes.
const FOREIGN_PAUSE: Duration = Duration::from_secs(5);

/// The pause before a record is sent once more, if requests without records have known outcomes and the last one with a
/// record had none. It doubles each time, so that a record alone gets few copies.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const MAX_PAUSE: Duration = Duration::from_mins(10);

/// The maximum pause while a flush waits.
const FLUSH_PAUSE: Duration = Duration::from_secs(30);

/// The unknown outcomes since the last success.
#[derive(Clone, Debug, Default)]
pub struct Doubt {
    unknown: u32,
    foreign: u32,
    /// The last pass that was counted.
    counted: Pass,
    /// How often one record was sent whose outcome is unknown.
    trials: u32,
    /// No records are sent before.
    until: Option<Instant>,
    /// The outcome of a request without records is known, and none with records was accepted since.
    is_eased: bool,
    /// One record was accepted, and nothing else is known since.
    is_resumed: bool,
}

impl Doubt {
    /// Counts an unknown outcome of a request with records. Those of one pass count once. Returns whether one record was
    /// accepted just before: the size of the request may be the cause.
    pub fn add(&mut self, pass: Pass, kind: FaultKind, now: Instant) -> bool {
        if self.counted >= pass {
            return false;
        }
        self.counted = pass;
        self.trials = self.trials.saturating_add(u32::from(std::mem::take(&mut self.is_eased)));
        self.until = None;
        let is_resumed = std::mem::take(&mut self.is_resumed);
        if is_resumed {
            self.unknown = MAX_UNKNOWN;
        }
        self.unknown = self.unknown.saturating_add(1);
        if kind == FaultKind::Foreign {
            self.foreign = self.foreign.saturating_add(1);
            self.until = (self.foreign >= MAX_FOREIGN).then(|| now + FOREIGN_INTERVAL);
        }
        is_resumed
    }

    /// Returns whether no unknown outcome of this pass was counted.
    #[must_use]
    pub fn is_first_in(&self, pass: Pass) -> bool {
        self.counted < pass
    }

    /// Call this if records were accepted.
    pub fn clear(&mut self) {
        *self = Self { counted: self.counted, is_resumed: self.is_eased, ..Self::default() };
    }

    /// Call this if the outcome of a request is known that copies nothing. One record may be sent then, after a pause. After
    /// one more unknown outcome, none are sent again.
    pub fn ease(&mut self, now: Instant) {
        self.is_eased = true;
        let of_trials = self
            .trials
            .checked_sub(1)
            .map(|doublings| (FIRST_PAUSE * (1 << doublings.min(16))).min(MAX_PAUSE));
        // Other outcomes can follow one that was foreign, so its pause is not all.
        if let Some(pause) = of_trials.max((self.foreign > 0).then_some(FOREIGN_PAUSE)) {
            self.until.get_or_insert(now + pause);
        }
        self.unknown = self.unknown.min(MAX_UNKNOWN - 1);
    }

    /// Shortens the pause, because a flush waits.
    pub fn hurry(&mut self, now: Instant) {
        if self.foreign < MAX_FOREIGN {
            self.until = self.until.map(|until| until.min(now + FLUSH_PAUSE));
        }
    }

    /// Returns the time before which no records are sent.
    #[must_use]
    pub const fn until(&self) -> Option<Instant> {
        self.until
    }

    /// Returns whether only one record may be sent.
    #[must_use]
    pub const fn is_eased(&self) -> bool {
        self.is_eased
    }

    /// Returns whether no records are sent.
    #[must_use]
    pub fn holds_at(&self, now: Instant) -> bool {
        self.unknown >= MAX_UNKNOWN || self.until.is_some_and(|until| now < until)
    }
}
