//! A sink for tests. It answers from a script, and keeps the requests in memory.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt,
    rc::Rc,
    time::Duration,
};

use super::Sink;
use crate::{outcome::Outcome, request::Request};

/// The answer to one request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub outcome: Outcome,
    /// How long the answer takes.
    pub after: Duration,
}

/// A sink that answers requests from a script, in order. After the end of the script, each request is applied at
/// once.
#[derive(Debug, Default)]
pub struct MemorySink {
    pub script: RefCell<VecDeque<Answer>>,
    /// Requests that were answered, with their outcomes.
    pub requests: RefCell<Vec<(Request, Outcome)>>,
    /// The number of next requests at which it panics.
    pub panics: Cell<u32>,
    /// The number of calls of [`Sink::hurry`].
    pub hurried: Cell<u32>,
    judge: RefCell<Option<Judge>>,
    /// How long it takes in addition until a judged outcome is unknown.
    pub patience: Cell<Duration>,
    in_flight: Cell<usize>,
    most_in_flight: Cell<usize>,
    /// The maximum number of requests in flight, each time between two moments without any.
    pub peaks: RefCell<Vec<usize>>,
}

/// Decides the outcome of a request. It replaces the script.
struct Judge(Box<dyn Fn(&Request) -> Outcome>);

impl fmt::Debug for Judge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Judge")
    }
}

impl MemorySink {
    /// Answers each request with what `judge` returns, a millisecond later.
    pub fn judge(&self, judge: impl Fn(&Request) -> Outcome + 'static) {
        *self.judge.borrow_mut() = Some(Judge(Box::new(judge)));
    }

    fn answer(&self, request: &Request) -> Answer {
        if let Some(Judge(judge)) = &*self.judge.borrow() {
            let outcome = judge(request);
            let patience = self.patience.get();
            let waits = if matches!(outcome, Outcome::Unknown(_)) { patience } else { Duration::ZERO };
            return Answer { outcome, after: Duration::from_millis(1) + waits };
        }
        let next = self.script.borrow_mut().pop_front();
        next.unwrap_or(Answer { outcome: Outcome::Applied, after: Duration::ZERO })
    }
}

impl Sink for Rc<MemorySink> {
    async fn put(&self, request: &Request) -> Outcome {
        if self.panics.get() > 0 {
            self.panics.set(self.panics.get() - 1);
            panic!("on purpose");
        }
        let Answer { outcome, after } = self.answer(request);
        self.in_flight.set(self.in_flight.get() + 1);
        self.most_in_flight.set(self.most_in_flight.get().max(self.in_flight.get()));
        tokio::time::sleep(after).await;
        self.in_flight.set(self.in_flight.get() - 1);
        if self.in_flight.get() == 0 {
            self.peaks.borrow_mut().push(self.most_in_flight.take());
        }
        self.requests.borrow_mut().push((request.clone(), outcome.clone()));
        outcome
    }

    fn hurry(&self) {
        self.hurried.set(self.hurried.get() + 1);
    }
}
