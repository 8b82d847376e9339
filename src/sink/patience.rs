//! A timeout that a freeze of the process does not trigger.
//!
//! A process that is stopped, or whose container or machine is paused, goes on with all its timers at their end. The
//! answer may have come meanwhile. It waits in the socket, and the timer is noticed first. A request whose answer is not
//! read counts as unanswered: it is sent again, and its records count twice.

use std::time::Duration;

use tokio::{
    task::yield_now,
    time::{Instant, sleep_until},
};

/// How often the runtime handles I/O before a timeout is believed. An answer passes through the tasks of the connection
/// before it gets here.
const TURNS: u32 = 32;

/// A timer that fires this late was held up by a freeze.
const FROZEN: Duration = Duration::from_millis(200);

/// The time that is granted after a freeze. A timeout of the SDK in a request for credentials fires too, and is followed by a
/// pause of up to a second.
const GRACE: Duration = Duration::from_secs(2);

/// Waits for the output of a future, for at most `time` without the freezes of the process. Returns `None` after that.
pub async fn within<F: Future + Unpin>(time: Duration, mut future: F) -> Option<F::Output> {
    let mut deadline = Instant::now() + time;
    loop {
        tokio::select! {
            biased;
            output = &mut future => return Some(output),
            () = sleep_until(deadline) => {}
        }
        let late = deadline.elapsed();
        for _ in 0..TURNS {
            tokio::select! {
                biased;
                output = &mut future => return Some(output),
                () = yield_now() => {}
            }
        }
        if late < FROZEN {
            return None;
        }
        deadline = Instant::now() + GRACE;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{sync::oneshot, time::sleep};

    const TIME: Duration = Duration::from_secs(5);

    fn simulated(test: impl AsyncFnOnce()) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.unwrap().block_on(test());
    }

    /// Passes an answer on through some tasks, as a connection does.
    async fn passed_on(answer: impl Future<Output = u32> + 'static, tasks: u32) -> u32 {
        let (sender, mut receiver) = oneshot::channel();
        tokio::task::spawn_local(async move { sender.send(answer.await) });
        for _ in 0..tasks {
            let (sender, next) = oneshot::channel();
            tokio::task::spawn_local(async move { sender.send(receiver.await.unwrap()) });
            receiver = next;
        }
        receiver.await.unwrap()
    }

    #[test]
    fn an_answer_that_does_not_come_in_time_is_none() {
        simulated(async || {
            let begin = Instant::now();
            assert_eq!(within(TIME, std::future::pending::<()>()).await, None);
            assert_eq!(begin.elapsed().as_secs(), 5);
        });
    }

    #[test]
    fn an_answer_that_is_ready_when_the_time_has_passed_is_read() {
        simulated(async || {
            let local = tokio::task::LocalSet::new();
            let answer = async {
                sleep(TIME).await;
                1
            };
            assert_eq!(local.run_until(within(TIME, Box::pin(passed_on(answer, 4)))).await, Some(1));
        });
    }

    #[test]
    fn after_a_freeze_there_is_time_to_read_the_answer() {
        simulated(async || {
            let answer = async {
                // Nothing else runs meanwhile.
                tokio::time::advance(TIME * 10).await;
                sleep(GRACE / 2).await;
                1
            };
            assert_eq!(within(TIME, Box::pin(answer)).await, Some(1));
        });
    }

    #[test]
    fn after_a_freeze_the_time_is_limited_too() {
        simulated(async || {
            let begin = Instant::now();
            let answer = async {
                tokio::time::advance(TIME * 10).await;
                std::future::pending::<()>().await;
            };
            assert_eq!(within(TIME, Box::pin(answer)).await, None);
            assert_eq!(begin.elapsed(), TIME * 10 + GRACE);
        });
    }
}
