//! Namespaces that CloudWatch denies. A policy can allow some namespaces and not others, so a denial holds up the records of
//! its namespace alone. In a process with one namespace, it is a failure like any other.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use tokio::time::Instant;

use super::{
    backoff::{Backoff, Urgency},
    pass::Pass,
};

/// The namespaces of the process, and those that are denied.
#[derive(Default)]
pub struct Denied {
    known: FxHashSet<Arc<str>>,
    backoffs: FxHashMap<Arc<str>, (Backoff, Instant)>,
}

impl Denied {
    /// Notes that records have a namespace.
    pub fn note(&mut self, namespace: &Arc<str>) {
        if !self.known.contains(namespace) {
            self.known.insert(Arc::clone(namespace));
        }
    }

    /// Returns whether a denial concerns some of the records only.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.known.len() > 1
    }

    /// Starts a backoff of a namespace.
    pub fn add(&mut self, namespace: &Arc<str>, pass: Pass, now: Instant, urgency: Urgency) {
        let (mut backoff, _) = self.backoffs.remove(namespace).unwrap_or_else(|| (Backoff::default(), now));
        let until = backoff.begin(pass, now, urgency);
        self.backoffs.insert(Arc::clone(namespace), (backoff, until));
    }

    /// Notes that records of a namespace were accepted.
    pub fn clear(&mut self, namespace: &Arc<str>) {
        self.backoffs.remove(namespace);
    }

    /// Ends all backoffs, because a flush tries at once.
    pub fn hurry(&mut self, now: Instant) {
        self.backoffs.values_mut().for_each(|(_, until)| *until = now);
    }

    /// Returns the end of the backoff of a namespace, if it lasts.
    #[must_use]
    pub fn until(&self, namespace: &Arc<str>, now: Instant) -> Option<Instant> {
        self.backoffs.get(namespace).map(|(_, until)| *until).filter(|until| now < *until)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.backoffs.is_empty()
    }
}
