//! What is told of faults: the statistics keep the last one, and a warning says what a user can do.

use std::borrow::Cow;

use super::{Flusher, Pacing, lane::LaneId};
use crate::{
    outcome::{Fault, FaultKind},
    request::Request,
    sink::Sink,
    warning::WarningKind,
};

/// PutMetricData requests a second of an account and region, unless it was raised. Source: the CloudWatch service quotas.
const QUOTA: u128 = 500;

impl<S: Sink + 'static, P: Pacing> Flusher<S, P> {
    /// Stores a fault for the statistics, and warns about it.
    pub(super) fn note(&self, lane: LaneId, fault: &Fault, fate: &str) {
        self.note_fault(lane, fault);
        self.buffer.count(|counts| counts.throttled += u64::from(fault.kind == FaultKind::Throttled));
        let of_namespace = fault.kind.is_of_namespace();
        let namespace = of_namespace.then(|| &*self.progress.lanes[lane].namespace);
        let kind = WarningKind::Delivery(fault.kind, of_namespace.then(|| lane.of_warning()));
        self.warnings.warn(kind, self.clock.now(), || {
            let of_namespace = namespace.map(|namespace| format!(" of {namespace}")).unwrap_or_default();
            let advice = self.advice(fault.kind);
            format!("Metrics{of_namespace} were not delivered; {fate}. {advice}. {fault}")
        });
    }

    /// Returns what a user can do. If the account is throttled, this takes some arithmetic.
    fn advice(&self, kind: FaultKind) -> Cow<'static, str> {
        if kind != FaultKind::Throttled {
            return kind.advice().into();
        }
        let [configured, now] =
            [self.pace.configured(), self.pace.interval()].map(|interval| interval.as_millis());
        let requests = u128::from(self.progress.requests_of_pass.max(1));
        let fit = QUOTA * configured / 1_000 / requests;
        let plural = if requests == 1 { "" } else { "s" };
        format!(
            "CloudWatch throttles this account: its quota, {QUOTA} PutMetricData requests a second unless it was raised, is \
             enough for {fit} processes like this one, with {requests} request{plural} every {configured} ms. This process \
             sends them every {now} ms for now. In all processes, set flushIntervalMs to {now} or more, and flush on demand no more \
             often than that. Or ask for a higher quota"
        )
        .into()
    }

    /// Stores the fault with which a record was refused, and warns that it is dropped.
    pub(super) fn note_culprit(&self, lane: LaneId, fault: &Fault, culprit: &Request) {
        self.note_fault(lane, fault);
        self.warnings.warn(WarningKind::Rejected(lane.of_warning()), self.clock.now(), || {
            let namespace = &culprit.namespace;
            format!(
                "Metrics of {namespace} were not delivered; they are dropped: CloudWatch refuses {culprit}. {}. {fault}",
                fault.kind.advice()
            )
        });
    }

    pub(super) fn note_fault(&self, lane: LaneId, fault: &Fault) {
        let namespace = fault.kind.is_of_namespace().then(|| &self.progress.lanes[lane].namespace);
        self.buffer.note_fault(fault, namespace);
    }
}
