//! The state of the loop.

use std::{collections::VecDeque, pin::Pin, sync::Arc};

use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use super::{
    MAX_CONCURRENT_REQUESTS,
    backoff::Backoff,
    denied::Denied,
    doubt::Doubt,
    flushes::Flushes,
    pass::{Cursor, Pass},
    search::{SearchId, Searches},
};
use crate::{
    outcome::Outcome,
    request::{MAX_DATUMS_PER_REQUEST, Request},
};

/// The state of the loop.
pub struct Progress {
    pub(super) pass: Pass,
    pub(super) searches: Searches,
    pub(super) queue: VecDeque<Sent>,
    pub(super) in_flight: FuturesUnordered<Attempt>,
    pub(super) most_in_flight: usize,
    /// The maximum number of datums of a request. It is lowered if a proxy gives no answer to large ones.
    pub(super) most_datums: usize,
    pub(super) last_pass_at: Option<Instant>,
    pub(super) cursor: Cursor,
    pub(super) doubt: Doubt,
    pub(super) denied: Denied,
    /// The namespace of the last request with records.
    pub(super) namespace: Option<Arc<str>>,
    /// A request without records is in flight.
    pub(super) is_probing: bool,
    pub(super) flushes: Flushes,
    pub(super) next_flush: Option<Instant>,
    pub(super) next_drain: Option<Instant>,
    pub(super) backoff: Backoff,
    pub(super) buffer_full_points: u64,
}

impl Default for Progress {
    fn default() -> Self {
        Self {
            pass: Pass::default(),
            searches: Searches::default(),
            queue: VecDeque::new(),
            in_flight: FuturesUnordered::new(),
            most_in_flight: MAX_CONCURRENT_REQUESTS,
            most_datums: MAX_DATUMS_PER_REQUEST,
            last_pass_at: None,
            cursor: Cursor::default(),
            doubt: Doubt::default(),
            denied: Denied::default(),
            namespace: None,
            is_probing: false,
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
    pub(super) pass: Pass,
    /// `None` for a request without records.
    pub(super) search: Option<SearchId>,
    pub(super) request: Request,
}

pub(super) type Attempt = Pin<Box<dyn Future<Output = (Sent, Outcome)>>>;
