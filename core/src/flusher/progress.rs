//! The state of the loop.

use std::{collections::VecDeque, pin::Pin};

use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::{
    MAX_CONCURRENT_REQUESTS,
    backoff::Backoff,
    flushes::Flushes,
    lane::{LaneId, Lanes},
    pass::Pass,
    search::SearchId,
};
use crate::{
    outcome::Outcome,
    request::{MAX_DATUMS_PER_REQUEST, Request},
};

/// The state of the loop.
pub struct Progress {
    pub(super) pass: Pass,
    pub(super) lanes: Lanes,
    pub(super) queue: VecDeque<Sent>,
    pub(super) in_flight: FuturesUnordered<Attempt>,
    pub(super) most_in_flight: usize,
    /// The maximum number of datums of a request. It is lowered if a proxy gives no answer to large ones.
    pub(super) most_datums: usize,
    pub(super) last_pass_at: Option<Instant>,
    /// When records were accepted last.
    pub(super) accepted_at: Option<Instant>,
    /// The last pass in which more or fewer requests were allowed to be in flight.
    pub(super) adapted_in: Pass,
    /// The number of requests with which the last pass began.
    pub(super) requests_of_pass: u32,
    /// Whether half of the maximum waited at the last drain.
    pub(super) is_half_full: bool,
    /// When the next request may be sent while the account is throttled.
    pub(super) next_send: Option<Instant>,
    pub(super) flushes: Flushes,
    pub(super) next_flush: Option<Instant>,
    pub(super) next_drain: Option<Instant>,
    /// The backoff of all namespaces.
    pub(super) backoff: Backoff,
    pub(super) buffer_full_points: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            pass: Pass::default(),
            lanes: Lanes::default(),
            queue: VecDeque::new(),
            in_flight: FuturesUnordered::new(),
            most_in_flight: MAX_CONCURRENT_REQUESTS,
            most_datums: MAX_DATUMS_PER_REQUEST,
            last_pass_at: None,
            accepted_at: None,
            adapted_in: Pass::default(),
            requests_of_pass: 0,
            is_half_full: false,
            next_send: None,
            flushes: Flushes::default(),
            next_flush: None,
            next_drain: None,
            backoff: Backoff::default(),
            buffer_full_points: 0,
        }
    }
}

/// A request that is queued or in flight.
pub(super) struct Sent {
    pub(super) lane: LaneId,
    pub(super) pass: Pass,
    /// `None` for a request without records.
    pub(super) search: Option<SearchId>,
    pub(super) request: Request,
}

/// A part of a pass: one packed request of a namespace, as a whole or divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) lane: LaneId,
    pub(super) pass: Pass,
    pub(super) search: SearchId,
}

impl Sent {
    /// Returns `None` for a request without records.
    pub(super) fn part(&self) -> Option<Part> {
        let Self { lane, pass, search, .. } = *self;
        search.map(|search| Part { lane, pass, search })
    }
}

pub(super) type Attempt = Pin<Box<dyn Future<Output = (Sent, Outcome)>>>;
