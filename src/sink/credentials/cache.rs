//! Caches credentials. They are requested before a put, not during it.
//!
//! ```text
//!   put -> current -- usable? ----------------------------> sign
//!             |          |                                   ^
//!             |          +-- expiring soon: ask beside it    |
//!             |                                              |
//!             +-- none, expired, or refused: ask ------------+
//!                    |
//!                    +-- failed: remembered for 1 s, doubling to 1 min
//! ```
//!
//! Credentials that have expired when they are given are used for one put, because the system's clock may be wrong.
//!
//! A put without credentials was therefore certainly not sent. A service that does not answer is not asked for each
//! put. Credentials that CloudWatch refuses are replaced.

use std::{
    cell::RefCell,
    rc::Rc,
    sync::Arc,
    time::{Duration, UNIX_EPOCH},
};

use aws_sdk_cloudwatch::config::Credentials;
use hkm_core::clock::{Clock, UnixMillis};
use tokio::{sync::Mutex, task::spawn_local, time::Instant};

use crate::sink::patience::within;

/// The maximum time for a request for credentials.
pub const ASK_TIMEOUT: Duration = Duration::from_secs(5);

/// The same if the metadata service of the instance is asked. It answers within milliseconds, if it can be reached. The end
/// of a process waits for it.
pub const ASK_INSTANCE_TIMEOUT: Duration = Duration::from_secs(1);

/// How long the first failure is remembered. Each further one is remembered twice as long.
const FIRST_FAILURE: Duration = Duration::from_secs(1);

/// The maximum time for which a failure is remembered.
const MAX_FAILURE: Duration = Duration::from_mins(1);

/// Credentials are replaced this long before they expire. EC2 and ECS provide the next ones five minutes ahead.
const REFRESH_AHEAD_MS: i64 = 5 * 60 * 1_000;

/// The minimum time between two attempts to replace credentials that are still usable.
const REFRESH_INTERVAL: Duration = Duration::from_secs(10);

/// A source of credentials.
pub trait CredentialProvider {
    /// Returns credentials, or why there are none.
    fn ask(&mut self) -> impl Future<Output = Result<Credentials, String>>;

    /// Returns a description of the source, for error messages.
    fn description(&self) -> &str;
}

/// Holds the credentials to sign with.
pub struct CredentialCache<P>(Rc<Shared<P>>);

struct Shared<P> {
    clock: Arc<dyn Clock>,
    timeout: Duration,
    // Locked while the provider is asked, so that other puts which need credentials wait for the same answer.
    provider: Mutex<P>,
    // Never borrowed while something is waited for.
    state: RefCell<State>,
}

#[derive(Default)]
struct State {
    credentials: Option<Credentials>,
    /// Credentials that had expired when they were given, by a clock that may be wrong. They are used once: CloudWatch's
    /// answer tells the time.
    doubtful: Option<Credentials>,
    /// CloudWatch refused the credentials.
    is_refused: bool,
    /// When the provider last answered, or the timeout ended.
    asked_at: Option<Instant>,
    /// Failures since the last success.
    failures: u32,
    /// The latest failure.
    failure: String,
}

impl<P: CredentialProvider + 'static> CredentialCache<P> {
    /// Makes a cache for the credentials of a provider, which gives them within `timeout`.
    pub fn new(provider: P, timeout: Duration, clock: Arc<dyn Clock>) -> Self {
        Self(Rc::new(Shared { clock, timeout, provider: Mutex::new(provider), state: RefCell::default() }))
    }

    /// Returns credentials that have not expired, or those just given. Asks the provider if necessary. Those that expire soon
    /// are returned at once, and the provider is asked beside them, on the same thread. Call it in a `LocalSet`.
    ///
    /// # Errors
    /// Returns why there are none.
    pub async fn current(&self) -> Result<Credentials, String> {
        let shared = &self.0;
        match shared.need() {
            Need::None => {}
            Need::Soon => {
                // If the lock is held, the provider is being asked.
                if shared.provider.try_lock().is_ok() {
                    let shared = Rc::clone(shared);
                    spawn_local(async move { shared.ask().await });
                }
            }
            Need::Now => shared.ask().await,
        }
        let now = shared.time();
        let mut state = shared.state.borrow_mut();
        let doubtful = state.doubtful.take();
        state.usable(now).cloned().or(doubtful).ok_or_else(|| state.failure.clone())
    }

    /// Call this if CloudWatch refused the current credentials. The provider is then asked for others.
    pub fn refuse(&self) {
        self.0.state.borrow_mut().is_refused = true;
    }

    /// Call this when a flush is requested. If the next put needs credentials, it asks the provider despite a failure
    /// that is remembered, unless the provider was asked less than a second ago.
    pub fn hurry(&self) {
        let mut state = self.0.state.borrow_mut();
        if !state.asked_within(FIRST_FAILURE) {
            state.asked_at = None;
        }
    }
}

/// Whether the provider has to be asked.
enum Need {
    None,
    /// The credentials are usable until the answer comes.
    Soon,
    Now,
}

impl<P: CredentialProvider> Shared<P> {
    fn need(&self) -> Need {
        self.state.borrow().need(self.time())
    }

    /// Returns CloudWatch's time, which decides whether credentials have expired.
    fn time(&self) -> UnixMillis {
        UnixMillis(self.clock.now().0 + self.clock.correction())
    }

    /// Asks the provider, unless another call has done so meanwhile.
    async fn ask(&self) {
        let mut provider = self.provider.lock().await;
        if matches!(self.need(), Need::None) {
            return;
        }
        let answer = within(self.timeout, Box::pin(provider.ask())).await;
        let answer = answer.unwrap_or_else(|| Err(format!("no answer within {:?}", self.timeout)));
        let answer = answer.and_then(|credentials| match check(&credentials) {
            Ok(()) => Ok(credentials),
            Err(problem) => Err(format!("{}: {problem}", provider.description())),
        });
        self.state.borrow_mut().take(answer, self.time());
    }
}

impl State {
    fn usable(&self, now: UnixMillis) -> Option<&Credentials> {
        self.credentials.as_ref().filter(|credentials| !is_expired(credentials, now))
    }

    fn need(&self, now: UnixMillis) -> Need {
        let doublings = self.failures.saturating_sub(1).min(16);
        let remembered = match self.failures {
            0 => Duration::ZERO,
            _ => (FIRST_FAILURE * (1 << doublings)).min(MAX_FAILURE),
        };
        let Some(credentials) = self.usable(now) else {
            return if self.asked_within(remembered) { Need::None } else { Need::Now };
        };
        let soon = UnixMillis(now.0 + REFRESH_AHEAD_MS);
        let is_due = self.is_refused || is_expired(credentials, soon);
        if !is_due || self.asked_within(remembered.max(REFRESH_INTERVAL)) {
            return Need::None;
        }
        if self.is_refused { Need::Now } else { Need::Soon }
    }

    fn asked_within(&self, time: Duration) -> bool {
        self.asked_at.is_some_and(|at| at.elapsed() < time)
    }

    /// Takes an answer of the provider.
    fn take(&mut self, answer: Result<Credentials, String>, now: UnixMillis) {
        self.asked_at = Some(Instant::now());
        match answer {
            Ok(credentials) if is_expired(&credentials, now) => {
                self.fail("the credentials given have expired: check the system's clock".to_owned());
                if self.usable(now).is_none() {
                    self.doubtful = Some(credentials.clone());
                    self.credentials = Some(credentials);
                }
            }
            Ok(credentials) => {
                self.credentials = Some(credentials);
                (self.is_refused, self.failures) = (false, 0);
            }
            Err(failure) => self.fail(failure),
        }
    }

    fn fail(&mut self, failure: String) {
        self.failures = self.failures.saturating_add(1);
        self.failure = failure;
    }
}

/// The maximum length of a text in a header. Servers close the connection if a header is much longer, and it would look as
/// if the request had been accepted. Session tokens have up to some kilobytes.
const MAX_SENDABLE: usize = 32 << 10;

/// Checks whether requests can be signed with credentials. The SDK panics on a text that is not valid in a header.
///
/// # Errors
/// Returns what is wrong.
pub fn check(credentials: &Credentials) -> Result<(), String> {
    if credentials.access_key_id().is_empty() || credentials.secret_access_key().is_empty() {
        return Err("the credentials have no access key id or no secret".to_owned());
    }
    let sent = [
        ("access key id", Some(credentials.access_key_id())),
        ("session token", credentials.session_token()),
    ];
    let bad = sent.into_iter().find(|(_, text)| !text.is_none_or(is_sendable));
    bad.map_or(Ok(()), |(what, _)| {
        Err(format!("the {what} is too long, or holds a character that cannot be sent"))
    })
}

/// Returns whether a text is valid in a header: visible ASCII.
fn is_sendable(text: &str) -> bool {
    text.len() <= MAX_SENDABLE && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_expired(credentials: &Credentials, now: UnixMillis) -> bool {
    credentials.expiry().is_some_and(|expiry| {
        let expiry = expiry.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        i64::try_from(expiry).is_ok_and(|expiry| expiry <= now.0)
    })
}

#[cfg(test)]
mod tests;
