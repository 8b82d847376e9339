//! What goes wrong between a process and CloudWatch, and for how long.

use std::time::Duration;

use fastrand::Rng;
use hkm_core::{
    outcome::{Fault, FaultKind, Outcome, classify},
    request::{Datum, Request},
};
use serde::Serialize;
use tokio::time::Instant;

use super::settings::{NAMESPACES, any_magnitude, metric_name, pick};

/// After this time without an answer, a request has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A kind of trouble.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Trouble {
    Throttled,
    /// CloudWatch applies the request, and the answer is lost.
    LostAnswer,
    /// The request is lost.
    LostRequest,
    /// Requests above a size are lost, as some proxies do.
    LosesLarge,
    /// CloudWatch says that it failed. It may have applied the request.
    ServerError,
    /// CloudWatch says that it failed before it applied anything.
    Transient,
    /// What answers is not CloudWatch. It may have passed the request on.
    Foreign,
    /// Everything is refused as invalid.
    RefusesAll,
    /// Requests above a size are refused.
    TooLarge,
    Denied,
    Unreachable,
    NoCredentials,
    NoInstanceRole,
    BadSignature,
    /// Requests and answers take long.
    Slow,
    /// The sender panics.
    Panic,
}

impl Trouble {
    pub const ALL: [Self; 16] = [
        Self::Throttled,
        Self::LostAnswer,
        Self::LostRequest,
        Self::LosesLarge,
        Self::ServerError,
        Self::Transient,
        Self::Foreign,
        Self::RefusesAll,
        Self::TooLarge,
        Self::Denied,
        Self::Unreachable,
        Self::NoCredentials,
        Self::NoInstanceRole,
        Self::BadSignature,
        Self::Slow,
        Self::Panic,
    ];

    /// Returns the name under which it is counted.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Throttled => "trouble: throttled",
            Self::LostAnswer => "trouble: answer lost, applied",
            Self::LostRequest => "trouble: request lost, not applied",
            Self::LosesLarge => "trouble: large request lost",
            Self::ServerError => "trouble: server error",
            Self::Transient => "trouble: failed before it applied",
            Self::Foreign => "trouble: foreign answer",
            Self::RefusesAll => "trouble: everything refused",
            Self::TooLarge => "trouble: too large",
            Self::Denied => "trouble: denied",
            Self::Unreachable => "trouble: unreachable",
            Self::NoCredentials => "trouble: no credentials",
            Self::NoInstanceRole => "trouble: no instance role",
            Self::BadSignature => "trouble: bad signature",
            Self::Slow => "trouble: slow",
            Self::Panic => "trouble: panic of the sender",
        }
    }

    const fn is_of_size(self) -> bool {
        matches!(self, Self::TooLarge | Self::LosesLarge)
    }
}

/// What CloudWatch does with a request, and what the process hears of it.
#[derive(Clone, Debug)]
pub struct Answer {
    pub outcome: Outcome,
    pub is_applied: bool,
    pub after: Duration,
    pub panics: bool,
}

impl Answer {
    pub const fn accepted(after: Duration) -> Self {
        Self { outcome: Outcome::Applied, is_applied: true, after, panics: false }
    }

    pub const fn refused(outcome: Outcome, after: Duration) -> Self {
        Self { outcome, is_applied: false, after, panics: false }
    }
}

/// A trouble that lasts for a time.
#[derive(Clone, Debug)]
pub struct Episode {
    pub trouble: Trouble,
    /// `None`: all of them.
    namespace: Option<&'static str>,
    /// `None`: all of them.
    process: Option<usize>,
    /// The share of the requests that it concerns.
    share: f64,
    /// It concerns requests with more datums. `None`: also those without any.
    above: Option<usize>,
    /// It concerns requests with a datum of this metric of a process. `None`: all of them.
    metric: Option<usize>,
    pub until: Instant,
}

impl Episode {
    /// Draws an episode that begins now.
    pub fn draw(rng: &mut Rng, trouble: Trouble, processes: usize) -> Self {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "milliseconds of minutes"
        )]
        let millis = any_magnitude(rng, 100.0, 2_400_000.0) as u64;
        Self {
            trouble,
            namespace: (trouble == Trouble::Denied || rng.u8(..3) == 0).then(|| *pick(rng, &NAMESPACES)),
            process: (rng.u8(..4) == 0).then(|| rng.usize(..processes)),
            share: *pick(rng, &[1.0, 1.0, 0.8, 0.5, 0.1]),
            above: Some(*pick(rng, &[0, 1, 2, 10, 100, 500])).filter(|_| trouble.is_of_size()),
            metric: None,
            until: Instant::now() + Duration::from_millis(millis),
        }
    }

    /// Makes an episode that begins now, and concerns all requests.
    pub fn constant(trouble: Trouble, lasts: Duration) -> Self {
        Self {
            trouble,
            namespace: None,
            process: None,
            share: 1.0,
            above: None,
            metric: None,
            until: Instant::now() + lasts,
        }
    }

    /// Lets it concern requests of one namespace only.
    pub const fn of_namespace(self, namespace: &'static str) -> Self {
        Self { namespace: Some(namespace), ..self }
    }

    /// Lets it concern requests with more datums only.
    pub const fn above(self, datums: usize) -> Self {
        Self { above: Some(datums), ..self }
    }

    /// Lets it concern requests with a datum of one metric only.
    pub const fn of_metric(self, metric: usize) -> Self {
        Self { metric: Some(metric), ..self }
    }

    /// Describes the episode without its end, which is a time of the machine.
    pub fn describe(&self) -> String {
        let Self { trouble, namespace, process, share, above, metric, until } = self;
        let lasts = until.saturating_duration_since(Instant::now());
        let (namespace, process) = (
            namespace.unwrap_or("all namespaces"),
            process.map_or_else(|| "all".to_owned(), |process| process.to_string()),
        );
        format!(
            "{trouble:?} for {lasts:?}: {namespace}, process {process}, share {share}, above {above:?}, metric {metric:?}"
        )
    }

    /// Returns the answer to a request, if the episode concerns it.
    pub fn judge(&self, rng: &mut Rng, process: usize, request: &Request) -> Option<Answer> {
        let is_concerned = Instant::now() < self.until
            && self.namespace.is_none_or(|namespace| namespace == &*request.namespace)
            && self.process.is_none_or(|concerned| concerned == process)
            && self.above.is_none_or(|size| request.datums.len() > size)
            && self.metric.is_none_or(|metric| request.datums.iter().any(|datum| is_of(datum, metric)))
            && rng.f64() < self.share;
        is_concerned.then(|| self.answer(rng))
    }

    fn answer(&self, rng: &mut Rng) -> Answer {
        let soon = latency(rng);
        let unknown = |kind, code| Outcome::Unknown(Fault::new(kind, code, "no answer"));
        let not_applied =
            |kind, code| Answer::refused(Outcome::NotApplied(Fault::new(kind, code, "on purpose")), soon);
        match self.trouble {
            Trouble::Throttled => throttled(soon),
            Trouble::LostAnswer | Trouble::LostRequest | Trouble::LosesLarge => Answer {
                outcome: unknown(FaultKind::Unanswered, "TimeoutError"),
                is_applied: self.trouble == Trouble::LostAnswer,
                after: if rng.bool() { PATIENCE } else { soon },
                panics: false,
            },
            Trouble::ServerError => {
                let status = *pick(rng, &[500, 502, 503, 504]);
                let outcome = classify(status, "ServiceUnavailable", "try again");
                Answer { outcome, is_applied: rng.bool(), after: soon, panics: false }
            }
            Trouble::Transient => Answer::refused(classify(400, "InternalFailure", "try again"), soon),
            Trouble::Foreign => Answer {
                outcome: unknown(FaultKind::Foreign, "Foreign"),
                is_applied: rng.u8(..4) == 0,
                after: soon,
                panics: false,
            },
            Trouble::RefusesAll => {
                Answer::refused(classify(400, "InvalidParameterValue", "nothing is valid"), soon)
            }
            Trouble::TooLarge => Answer::refused(classify(413, "", "too large"), soon),
            Trouble::Denied => Answer::refused(classify(403, "AccessDenied", "not allowed"), soon),
            Trouble::Unreachable => not_applied(FaultKind::Unreachable, "ConnectionError"),
            Trouble::NoCredentials => not_applied(FaultKind::NoCredentials, "NoCredentials"),
            Trouble::NoInstanceRole => not_applied(FaultKind::NoInstanceRole, "NoInstanceRole"),
            Trouble::BadSignature => {
                Answer::refused(classify(403, "SignatureDoesNotMatch", "the clock is off"), soon)
            }
            Trouble::Slow => Answer::accepted(Duration::from_millis(rng.u64(500..60_000))),
            Trouble::Panic => Answer {
                outcome: unknown(FaultKind::Internal, "Panic"),
                is_applied: rng.bool(),
                after: soon,
                panics: true,
            },
        }
    }
}

fn is_of(datum: &Datum, metric: usize) -> bool {
    *datum.series.metric.definition.name == *metric_name(metric)
}

pub fn throttled(after: Duration) -> Answer {
    Answer::refused(classify(400, "Throttling", "Rate exceeded"), after)
}

/// Most answers take 5 to 60 milliseconds, some no time, and one in twenty up to two seconds.
pub fn latency(rng: &mut Rng) -> Duration {
    Duration::from_millis(match rng.u8(..20) {
        0 => rng.u64(..2_000),
        1..4 => 0,
        _ => rng.u64(5..=60),
    })
}
