//! The values that were refused alone, and whether there was evidence that CloudWatch does not refuse everything.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use hkm_core::{outcome::Outcome, request::Request, series::SeriesId};

use super::{cloud::is_refused, journal::Journal};

/// The values that were refused alone.
#[derive(Debug, Default)]
pub struct Alone {
    /// How much evidence there was when a value was refused alone for the first time.
    evidence_at: BTreeMap<(SeriesId, i64, u64), u32>,
    namespaces: BTreeMap<Arc<str>, Evidence>,
}

/// What is known about a namespace.
#[derive(Debug, Default)]
struct Evidence {
    /// Why values were refused alone.
    reasons: BTreeSet<String>,
    /// How often a request without records got another answer than one of these values.
    count: u32,
}

impl Alone {
    /// Enters an answer. Returns whether it is a refusal after which a value may be dropped that CloudWatch does not refuse for its
    /// content: it was refused alone before, and meanwhile a request without records got another answer.
    pub fn answer(&mut self, journal: &Journal, request: &Request, outcome: &Outcome) -> bool {
        let evidence = self.namespaces.entry(Arc::clone(&request.namespace)).or_default();
        if request.datums.is_empty() {
            evidence.add(outcome);
        }
        let (Outcome::Rejected(fault), [datum]) = (outcome, &request.datums[..]) else { return false };
        let [sample] = datum.samples[..] else { return false };
        journal.count("values refused alone", 1);
        evidence.reasons.insert(fault.message.clone());
        let place = (datum.id, datum.window.0, sample.value.to_bits());
        let before = *self.evidence_at.entry(place).or_insert(evidence.count);
        before < evidence.count && !is_refused(datum)
    }
}

impl Evidence {
    /// Enters the answer to a request without records.
    fn add(&mut self, outcome: &Outcome) {
        let is_other = match outcome {
            Outcome::Applied => true,
            Outcome::Rejected(fault) | Outcome::TooLarge(fault) => {
                self.reasons.iter().any(|reason| *reason != fault.message)
            }
            Outcome::NotApplied(_) | Outcome::Unknown(_) => false,
        };
        self.count += u32::from(is_other);
    }
}
