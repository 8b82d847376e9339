//! Tests when the provider is asked for credentials, with simulated time.

use super::*;
use hkm_core::clock::ManualClock;
use std::{cell::RefCell, rc::Rc, time::SystemTime};
use tokio::task::{LocalSet, yield_now};

#[derive(Clone)]
enum Answer {
    Given(Credentials),
    Failed,
    Never,
}
use Answer::{Failed, Never};

#[derive(Clone)]
struct Scripted {
    /// Answers in their order. The last one is repeated.
    script: Rc<RefCell<Vec<Answer>>>,
    asked: Rc<RefCell<usize>>,
}

impl CredentialProvider for Scripted {
    async fn ask(&mut self) -> Result<Credentials, String> {
        *self.asked.borrow_mut() += 1;
        let next = {
            let mut script = self.script.borrow_mut();
            if script.len() > 1 { script.remove(0) } else { script[0].clone() }
        };
        match next {
            Answer::Given(credentials) => Ok(credentials),
            Failed => Err("on purpose".to_owned()),
            Never => std::future::pending().await,
        }
    }

    fn description(&self) -> &'static str {
        "the script"
    }
}

struct Bed {
    cache: CredentialCache<Scripted>,
    provider: Scripted,
    clock: Arc<ManualClock>,
}

/// An arbitrary time, in Unix milliseconds.
const NOW: i64 = 1_700_000_000_000;

impl Bed {
    fn new(script: Vec<Answer>) -> Self {
        let provider = Scripted { script: Rc::new(script.into()), asked: Rc::default() };
        let clock = Arc::new(ManualClock::at(NOW));
        let cache = CredentialCache::new(provider.clone(), ASK_TIMEOUT, Arc::clone(&clock) as Arc<dyn Clock>);
        Self { cache, provider, clock }
    }

    /// Returns the key that a put would be signed with.
    async fn key(&self) -> Result<String, String> {
        let key = self.cache.current().await.map(|credentials| credentials.access_key_id().to_owned());
        self.ask_beside().await;
        key
    }

    fn asked(&self) -> usize {
        *self.provider.asked.borrow()
    }

    async fn pass(&self, seconds: u32) {
        tokio::time::sleep(Duration::from_secs(u64::from(seconds))).await;
        self.clock.set(self.clock.now().0 + i64::from(seconds) * 1_000);
        self.ask_beside().await;
    }

    /// Lets a request run that no put waits for.
    async fn ask_beside(&self) {
        for _ in 0..64 {
            yield_now().await;
        }
    }
}

/// Returns credentials that expire this many seconds after the start of a test, or never.
fn credentials(key: &str, expiry: Option<u32>) -> Answer {
    let begin = UNIX_EPOCH + Duration::from_millis(NOW.unsigned_abs());
    let expiry: Option<SystemTime> = expiry.map(|seconds| begin + Duration::from_secs(u64::from(seconds)));
    Answer::Given(Credentials::new(key, "secret", None, expiry, "test"))
}

fn simulated(test: impl AsyncFnOnce()) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    LocalSet::new().block_on(&runtime.unwrap(), test());
}

#[test]
fn credentials_that_never_expire_are_asked_for_once() {
    simulated(async || {
        let bed = Bed::new(vec![credentials("A", None)]);
        for _ in 0..3 {
            assert_eq!(bed.key().await.unwrap(), "A");
            bed.pass(1_000_000).await;
        }
        assert_eq!(bed.asked(), 1);
    });
}

#[test]
fn credentials_are_replaced_five_minutes_before_they_expire() {
    simulated(async || {
        let bed = Bed::new(vec![credentials("A", Some(3_600)), credentials("B", Some(7_200))]);
        assert_eq!(bed.key().await.unwrap(), "A");
        bed.pass(3_299).await;
        assert_eq!(bed.key().await.unwrap(), "A");
        bed.pass(1).await;
        assert_eq!(bed.key().await.unwrap(), "A", "it is still usable");
        assert_eq!(bed.key().await.unwrap(), "B");
        assert_eq!(bed.asked(), 2);
    });
}

#[test]
fn usable_credentials_do_not_wait_for_the_next_ones() {
    simulated(async || {
        let bed = Bed::new(vec![credentials("A", Some(240)), Never]);
        bed.key().await.unwrap();
        for _ in 0..20 {
            bed.pass(11).await;
            let begin = Instant::now();
            assert_eq!(bed.key().await.unwrap(), "A");
            assert_eq!(begin.elapsed(), Duration::ZERO);
        }
        assert!(bed.asked() > 3);
        bed.pass(20).await;
        assert!(bed.key().await.unwrap_err().contains("no answer within 5s"));
    });
}

#[test]
fn usable_credentials_stay_in_use_while_replacing_them_fails_or_returns_the_same_ones() {
    simulated(async || {
        let short = || credentials("A", Some(100));
        let bed = Bed::new(vec![short(), Failed, Never, short(), credentials("B", None)]);
        for (seconds, asked, key) in
            [(0, 1, "A"), (9, 1, "A"), (1, 2, "A"), (9, 2, "A"), (1, 3, "A"), (14, 3, "A"), (1, 4, "A")]
        {
            bed.pass(seconds).await;
            assert_eq!(bed.key().await.unwrap(), key);
            assert_eq!(bed.asked(), asked);
        }
        bed.pass(10).await;
        assert_eq!(bed.key().await.unwrap(), "A");
        assert_eq!(bed.key().await.unwrap(), "B");
    });
}

#[test]
fn expired_credentials_are_replaced_at_once_and_never_used() {
    simulated(async || {
        let bed = Bed::new(vec![credentials("A", Some(5)), credentials("B", Some(8)), Failed]);
        assert_eq!(bed.key().await.unwrap(), "A");
        bed.pass(5).await;
        assert_eq!(bed.key().await.unwrap(), "B");
        bed.pass(3).await;
        assert_eq!(bed.key().await.unwrap_err(), "on purpose");
    });
}

#[test]
fn credentials_that_have_already_expired_are_used_once_and_a_failure_after_that() {
    simulated(async || {
        let bed = Bed::new(vec![credentials("A", Some(0))]);
        assert_eq!(bed.key().await.unwrap(), "A");
        for _ in 0..2 {
            assert!(bed.key().await.unwrap_err().contains("clock"));
            assert_eq!(bed.asked(), 1);
        }
    });
}

#[test]
fn credentials_that_only_a_wrong_clock_takes_for_expired_are_kept() {
    simulated(async || {
        let bed = Bed::new(vec![credentials("A", Some(0)), Failed]);
        assert_eq!(bed.key().await.unwrap(), "A");
        bed.clock.set(NOW - 3_600_000);
        for _ in 0..2 {
            assert_eq!(bed.key().await.unwrap(), "A");
            assert_eq!(bed.asked(), 1);
        }
    });
}

#[test]
fn credentials_that_are_not_valid_in_a_header_are_a_failure() {
    simulated(async || {
        let token = Credentials::new("A", "secret", Some("to\nken".to_owned()), None, "test");
        for (answer, part) in
            [(credentials("A\nB", None), "access key id"), (Answer::Given(token), "session token")]
        {
            let bed = Bed::new(vec![answer]);
            assert!(bed.key().await.unwrap_err().contains(part));
        }
    });
}

#[test]
fn a_failure_is_remembered_for_a_second_doubling_to_a_minute() {
    simulated(async || {
        let bed = Bed::new(vec![Failed]);
        for (asked, seconds) in [1, 2, 4, 8, 16, 32, 60, 60].into_iter().enumerate() {
            assert_eq!(bed.key().await.unwrap_err(), "on purpose");
            assert_eq!(bed.asked(), asked + 1);
            bed.pass(seconds - 1).await;
            assert_eq!(bed.key().await.unwrap_err(), "on purpose");
            assert_eq!(bed.asked(), asked + 1);
            bed.pass(1).await;
        }
        // After a success, the next failure is remembered for a second again.
        *bed.provider.script.borrow_mut() = vec![credentials("A", Some(100_000)), Failed];
        assert_eq!(bed.key().await.unwrap(), "A");
        bed.pass(100_000).await;
        for asked in [10, 11] {
            assert!(bed.key().await.is_err());
            assert_eq!(bed.asked(), asked);
            bed.pass(1).await;
        }
    });
}

#[test]
fn a_provider_that_does_not_answer_has_failed_after_five_seconds() {
    simulated(async || {
        let bed = Bed::new(vec![Never]);
        let began = Instant::now();
        let (first, second) = tokio::join!(bed.key(), bed.key());
        assert_eq!(first.unwrap_err(), "no answer within 5s");
        assert_eq!(second.unwrap_err(), "no answer within 5s");
        assert_eq!((bed.asked(), began.elapsed()), (1, Duration::from_secs(5)));
    });
}

#[test]
fn a_flush_asks_again_unless_the_last_failure_is_less_than_a_second_old() {
    simulated(async || {
        let bed = Bed::new(vec![Failed]);
        for (seconds, asked) in [(0, 1), (1, 2), (1, 3), (0, 3)] {
            bed.pass(seconds).await;
            bed.cache.hurry();
            assert!(bed.key().await.is_err());
            assert_eq!(bed.asked(), asked);
        }
    });
}

#[test]
fn refused_credentials_are_replaced_at_most_once_in_ten_seconds() {
    simulated(async || {
        let bed = Bed::new(vec![credentials("A", None), credentials("B", None), credentials("C", None)]);
        assert_eq!(bed.key().await.unwrap(), "A");
        bed.pass(60).await;
        for (seconds, key) in [(0, "B"), (9, "B"), (1, "C")] {
            bed.cache.refuse();
            bed.pass(seconds).await;
            assert_eq!(bed.key().await.unwrap(), key);
        }
        bed.pass(60).await;
        assert_eq!((bed.key().await.unwrap().as_str(), bed.asked()), ("C", 3), "not refused");
    });
}

#[test]
fn credentials_without_an_id_or_a_secret_are_a_failure() {
    let without_secret = Answer::Given(Credentials::new("A", "", None, None, "test"));
    for answer in [credentials("", None), without_secret] {
        simulated(async || {
            let told = Bed::new(vec![answer.clone()]).key().await.unwrap_err();
            assert_eq!(told, "the script: the credentials have no access key id or no secret");
        });
    }
}
