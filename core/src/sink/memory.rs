//! A sink for tests. It answers from a script, and keeps the requests in memory.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
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
}

impl Sink for std::rc::Rc<MemorySink> {
    async fn put(&self, request: &Request) -> Outcome {
        if self.panics.get() > 0 {
            self.panics.set(self.panics.get() - 1);
            panic!("on purpose");
        }
        let next = self.script.borrow_mut().pop_front();
        let Answer { outcome, after } =
            next.unwrap_or(Answer { outcome: Outcome::Applied, after: Duration::ZERO });
        tokio::time::sleep(after).await;
        self.requests.borrow_mut().push((request.clone(), outcome.clone()));
        outcome
    }

    fn hurry(&self) {
        self.hurried.set(self.hurried.get() + 1);
    }
}
