//! A sink for tests: answers from a script, and remembers what it was given.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    time::Duration,
};

use super::Sink;
use crate::{outcome::Outcome, request::Request};

/// What the sink does with one request.
#[derive(Clone, Debug)]
pub struct Answer {
    pub outcome: Outcome,
    pub after: Duration,
}

/// Answers requests from a script, in order, and [`Outcome::Applied`] at once when the script has ended.
#[derive(Debug, Default)]
pub struct MemorySink {
    pub script: RefCell<VecDeque<Answer>>,
    pub requests: RefCell<Vec<(Request, Outcome)>>,
    /// How many of the next requests it panics over.
    pub panics: Cell<u32>,
    /// How often it was told to hurry.
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
