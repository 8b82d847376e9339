//! Starts one attempt after the other, without ending those before it. An attempt that takes long costs 300 ms, and so
//! does a lost packet.
//!
//! ```text
//!   0 ms     first server, or address
//!   300 ms   the second one      the attempts before it go on
//!   600 ms   the third one
//!   900 ms   the first one again, if there is another round, then the others with twice the pause, and so on
//! ```
//!
//! The first that succeeds is used. When one fails, the next one is tried at once, and it is not tried again.

use std::time::Duration;

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

/// The first pause between two attempts. RFC 8305, 5: the connection attempt delay, and time to answer from far away.
const PAUSE: Duration = Duration::from_millis(300);

/// The limits of a race.
#[derive(Clone, Copy)]
pub struct Limits {
    /// How often each is tried.
    pub rounds: u32,
    pub time: Duration,
}

/// Tries each of `count`, until one has succeeded.
///
/// # Errors
/// Returns why each of them failed. `None` if it has done nothing in time.
pub async fn race<T, E, F>(
    count: usize,
    limits: Limits,
    attempt: impl Fn(usize) -> F,
) -> Result<T, Vec<Option<E>>>
where
    T: Send + 'static,
    E: Send + 'static,
    F: Future<Output = Result<T, E>> + Send + 'static,
{
    let end = Instant::now() + limits.time;
    let mut failed: Vec<Option<E>> = (0..count).map(|_| None).collect();
    let mut order = (0..limits.rounds).flat_map(|round| (0..count).map(move |index| (round, index)));
    let mut upcoming = order.next();
    let mut attempts: JoinSet<(usize, Result<T, E>)> = JoinSet::new();
    let mut next = Instant::now();
    loop {
        while upcoming.is_some_and(|(_, index)| failed[index].is_some()) {
            upcoming = order.next();
        }
        if upcoming.is_none() && attempts.is_empty() {
            return Err(failed);
        }
        tokio::select! {
            biased;
            Some(done) = attempts.join_next() => match done {
                Ok((_, Ok(success))) => return Ok(success),
                Ok((index, Err(why))) => {
                    failed[index] = Some(why);
                    next = Instant::now();
                }
                // The attempt panicked. The next one is started in its time.
                Err(_) => {}
            },
            () = sleep_until(next), if upcoming.is_some() => {
                if let Some((round, index)) = upcoming {
                    let attempt = attempt(index);
                    attempts.spawn(async move { (index, attempt.await) });
                    next += PAUSE * (1 << round);
                }
                upcoming = order.next();
            }
            () = sleep_until(end) => return Err(failed),
        }
    }
}

#[cfg(test)]
mod tests;
