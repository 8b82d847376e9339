//! After everything was delivered, one thing goes wrong without a pause, and nothing else. What is promised for it can then be checked
//! more exactly than among all that happens in a run.

mod observed;

use std::time::Duration;

use fastrand::Rng;
use tokio::time::sleep;

use super::{
    rules,
    run::{GOOD_MINUTES, World},
    settings::{NAMESPACES, pick},
    weather::{Episode, Trouble},
};
use observed::Observed;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Nothing.
    Calm,
    /// Requests to one namespace fail.
    OneFails(Trouble, &'static str),
    /// Nothing is delivered.
    Outage,
    /// Everything is throttled.
    Throttled,
    /// CloudWatch accepts few requests.
    Scarce,
    /// Requests with records get no answer, but those without do.
    Unanswered(Trouble),
    /// Requests with a record of a metric get no answer. It is made once.
    OneUnanswered(Trouble),
    /// Everything is refused.
    Refused,
    /// Large requests fail.
    OnlySmall(Trouble, usize),
}

/// What a namespace can suffer from alone.
const OF_ONE: [Trouble; 6] = [
    Trouble::LostRequest,
    Trouble::ServerError,
    Trouble::Transient,
    Trouble::Foreign,
    Trouble::RefusesAll,
    Trouble::Denied,
];

/// What can leave the outcome of records unknown.
const UNKNOWN: [Trouble; 4] =
    [Trouble::LostAnswer, Trouble::LostRequest, Trouble::ServerError, Trouble::Foreign];

/// The time between two records of a series.
const PAUSE: Duration = Duration::from_secs(20);

/// The metric whose record gets no answer.
const LONE: usize = 0;

/// The length of a trial.
const LENGTH: Duration = Duration::from_hours(3);
const LENGTH_OF_OUTAGE: Duration = Duration::from_mins(45);

/// In scarcity, one request of a process is accepted in this time, in seconds.
const SCARCE_SECONDS: f64 = 400.0;

impl Kind {
    fn draw(rng: &mut Rng) -> Self {
        match rng.u8(..9) {
            0 => Self::Calm,
            1 => Self::OneFails(*pick(rng, &OF_ONE), NAMESPACES[rng.usize(..NAMESPACES.len())]),
            2 => Self::Outage,
            3 => Self::Throttled,
            4 => Self::Scarce,
            5 => Self::Unanswered(*pick(rng, &UNKNOWN)),
            6 => Self::Refused,
            7 => Self::OneUnanswered(*pick(rng, &UNKNOWN)),
            _ => {
                Self::OnlySmall(*pick(rng, &[Trouble::TooLarge, Trouble::LosesLarge]), *pick(rng, &[10, 100]))
            }
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Calm => "trials: nothing goes wrong",
            Self::OneFails(..) => "trials: one namespace fails",
            Self::Outage => "trials: nothing is delivered",
            Self::Throttled => "trials: all is throttled",
            Self::Scarce => "trials: few requests are accepted",
            Self::Unanswered(_) => "trials: records get no answer",
            Self::OneUnanswered(_) => "trials: one record gets no answer",
            Self::Refused => "trials: everything is refused",
            Self::OnlySmall(..) => "trials: large requests fail",
        }
    }

    const fn length(self) -> Duration {
        if matches!(self, Self::Outage) { LENGTH_OF_OUTAGE } else { LENGTH }
    }

    fn begin(self, world: &World) {
        let lasts = self.length();
        let episode = |trouble| Episode::constant(trouble, lasts);
        #[expect(clippy::cast_precision_loss, reason = "at most eight")]
        let processes = world.settings.processes.len() as f64;
        match self {
            Self::Calm => {}
            Self::OneFails(trouble, namespace) => world.cloud.begin(episode(trouble).of_namespace(namespace)),
            Self::Outage => world.cloud.begin(episode(Trouble::Unreachable)),
            Self::Throttled => world.cloud.begin(episode(Trouble::Throttled)),
            Self::Scarce => world.cloud.limit(processes / SCARCE_SECONDS),
            Self::Unanswered(trouble) => world.cloud.begin(episode(trouble).above(0)),
            Self::Refused => world.cloud.begin(episode(Trouble::RefusesAll)),
            Self::OnlySmall(trouble, size) => world.cloud.begin(episode(trouble).above(size)),
            Self::OneUnanswered(trouble) => world.cloud.begin(episode(trouble).of_metric(LONE)),
        }
    }

    /// Returns whether records are sent rarely for long after an answer that is not CloudWatch's, also while a flush waits.
    const fn is_foreign(self) -> bool {
        let (Self::OneFails(trouble, _) | Self::Unanswered(trouble) | Self::OneUnanswered(trouble)) = self
        else {
            return false;
        };
        matches!(trouble, Trouble::Foreign)
    }
}

/// A trial that is over.
pub struct Trial {
    kind: Kind,
    /// Of what fails alone, records are made once, and when the trouble has ended, there is neither a record nor a flush that could
    /// remind the flusher of what waits.
    is_silent: bool,
    all: Vec<Observed>,
}

/// Does a trial, when everything was delivered.
pub async fn run(world: &World, rng: &mut Rng) -> Trial {
    let (kind, is_silent) = (Kind::draw(rng), rng.bool());
    world.journal.note(format_args!("trial: {kind:?}, silent {is_silent}"));
    world.journal.count(kind.name(), 1);
    world.journal.count("trials: no more records and no flush", is_silent.into());
    let mut all = Vec::new();
    for process in world.all() {
        all.push(Observed::begin(process, rng).await);
    }
    for observed in &mut all {
        observed.record(rng, |_, _| true);
    }
    kind.begin(world);
    let is_made = |metric, namespace: &str| match kind {
        Kind::OneUnanswered(_) => metric != LONE,
        Kind::OneFails(_, failing) => !is_silent || namespace != failing,
        _ => true,
    };
    let rounds = kind.length().as_secs() / PAUSE.as_secs();
    for round in 1..rounds {
        world.journal.begin_step();
        sleep(PAUSE).await;
        for observed in &mut all {
            rules::check(&observed.process);
            observed.check_in_time(kind);
            if kind == Kind::Calm {
                observed.check_half_full();
            }
            if round + 3_600 / PAUSE.as_secs() == rounds {
                observed.begin_last_hour();
            }
            observed.record(rng, is_made);
        }
        if world.journal.is_broken() {
            break;
        }
    }
    for observed in &all {
        observed.check_end(kind);
    }
    world.cloud.recover_for_good();
    for observed in all.iter().filter(|_| !kind.is_foreign() && !is_silent) {
        observed.check_flush(kind).await;
    }
    Trial { kind, is_silent, all }
}

impl Trial {
    /// Returns the number of minutes in which good records are made while it is waited until everything is delivered.
    pub const fn good_minutes(&self) -> u64 {
        if self.is_silent { 0 } else { GOOD_MINUTES }
    }

    /// Checks what became of the records, when everything was delivered again.
    pub fn check_delivered(&self) {
        for observed in &self.all {
            observed.check_delivered(self.kind);
        }
    }
}
