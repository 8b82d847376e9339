//! Resolves names as the system's C library would, without it: the C library reads the environment, which JavaScript may
//! be writing.
//!
//! ```text
//!   name -- an address, localhost? -----------------------------------------------> addresses
//!            | /etc/hosts has it? ------------------------------------------------> addresses
//!            | /etc/resolv.conf: servers, search domains
//!            v
//!           lookup: a task of its own, which everyone who asks for the name waits for
//!            | each name of the search list      `lookup`      A and AAAA side by side
//!            | each server                       `crate::sink::network::race` the next one after 300 ms without an answer
//!            v one question                      `exchange`    UDP, and TCP for a long answer
//!           kept for its time to live  ---------------------------------------------> addresses
//! ```
//!
//! The files are read for each new connection, so a change takes effect at once. Whoever waits is told that there is no
//! answer before its time to connect has passed. The lookup goes on, and its answer serves the next connection.
//!
//! `/etc/nsswitch.conf` is not read: files, then DNS, is its order everywhere, and other sources are plug-ins of the C
//! library. The answers of this machine's systemd-resolved, for example, come through DNS.

#[cfg_attr(windows, expect(dead_code, reason = "Windows has no such file"))]
mod configuration;
mod error;
mod exchange;
mod hosts;
mod literal;
mod lookup;
mod order;
mod system;

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use domain::base::Name;
use tokio::{
    sync::watch,
    time::{Instant, timeout_at},
};

pub use self::error::NameError;
use self::{
    configuration::Configuration,
    error::Why,
    lookup::{Found, look_up},
    order::sorted,
    system::System,
};
use crate::environment::Environment;

/// The maximum time that somebody waits for a name. Connecting has two seconds, of which the rest is for the connection.
const MAX_WAIT: Duration = Duration::from_millis(1_700);

/// The maximum time for which an answer is kept.
const MAX_KEPT: Duration = Duration::from_mins(1);

/// The maximum number of addresses of a host of which it is known that they took no connection.
const MAX_FAILED: usize = 64;

/// Resolves names. Clones share the answers.
#[derive(Clone)]
pub struct Names(Arc<Shared>);

struct Shared {
    system: tokio::sync::Mutex<System>,
    lookups: Mutex<Lookups>,
    warn: Box<dyn Fn(String) + Send + Sync>,
}

#[derive(Default)]
struct Lookups {
    /// The answers are those of its servers.
    configuration: Option<Arc<Configuration>>,
    by_name: HashMap<String, watch::Receiver<State>>,
    /// The addresses of each host that took no connection, the last failure last.
    failed: HashMap<String, Vec<IpAddr>>,
    /// The number of lookups so far.
    turn: usize,
}

/// The state of a lookup.
#[derive(Debug)]
enum State {
    Asking,
    /// One family has answered.
    Early(Vec<IpAddr>),
    Found(Kept),
    Failed(NameError),
}

/// An answer. It is kept for its time to live, or until it has been used once: the answer of a slow server may come when
/// nobody waits for it any more, and the next connection would wait in vain again.
#[derive(Debug)]
struct Kept {
    addresses: Vec<IpAddr>,
    since: Instant,
    ttl: Duration,
    is_used: AtomicBool,
}

impl Kept {
    fn is_current(&self) -> bool {
        let limit = if self.is_used.load(Ordering::Relaxed) { self.ttl } else { MAX_KEPT };
        self.since.elapsed() < limit
    }
}

/// Returns whether a new connection can use a lookup, or wait for it.
fn is_current(lookup: &watch::Receiver<State>) -> bool {
    match &*lookup.borrow() {
        State::Asking | State::Early(_) => lookup.has_changed().is_ok(),
        State::Found(kept) => kept.is_current(),
        State::Failed(_) => false,
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Names").finish_non_exhaustive()
    }
}

impl Names {
    /// `warn` is called if the system names no server.
    pub fn new(environment: &Environment, warn: impl Fn(String) + Send + Sync + 'static) -> Self {
        let system = tokio::sync::Mutex::new(System::new(environment));
        Self(Arc::new(Shared { system, lookups: Mutex::default(), warn: Box::new(warn) }))
    }

    /// Returns the addresses of a host, at least one, in the order in which to try them.
    ///
    /// # Errors
    /// Returns why there are none.
    pub async fn lookup(&self, host: &str) -> Result<Vec<IpAddr>, NameError> {
        if let Some(address) = literal::address(host) {
            return Ok(vec![address]);
        }
        let end = Instant::now() + MAX_WAIT;
        let name = host.strip_suffix('.').unwrap_or(host);
        let configuration = {
            let mut system = self.0.system.lock().await;
            let listed =
                system.hosts(name).await.map_err(|error| NameError::new(host, Why::System(error)))?;
            if hosts::is_localhost(name) && is_valid(name) {
                return Ok(hosts::with_loopback(listed));
            }
            if !listed.is_empty() {
                return Ok(self.sorted(host, &listed));
            }
            system.configuration().await.map_err(|error| NameError::new(host, Why::System(error)))?
        };
        let mut state = self.state(host, configuration.clone());
        let usable = timeout_at(end, state.wait_for(|state| !matches!(state, State::Asking))).await;
        let addresses = match usable.ok().and_then(Result::ok).as_deref() {
            Some(State::Early(addresses)) => addresses.clone(),
            Some(State::Found(kept)) => {
                kept.is_used.store(true, Ordering::Relaxed);
                kept.addresses.clone()
            }
            Some(State::Failed(error)) => return Err(error.clone()),
            Some(State::Asking) | None => {
                return Err(NameError::new(host, Why::NotYet(configuration.servers)));
            }
        };
        Ok(self.sorted(host, &addresses))
    }

    /// Tells that addresses of a host took no connection. The others are tried first from now on. If there are no others,
    /// the answer is forgotten, because the host may have moved.
    pub fn have_failed(&self, host: &str, tried: &[IpAddr]) {
        let mut lookups = self.lookups();
        let has_others = lookups.by_name.get(host).is_some_and(|lookup| match &*lookup.borrow() {
            State::Early(addresses) | State::Found(Kept { addresses, .. }) => {
                addresses.iter().any(|address| !tried.contains(address))
            }
            State::Asking | State::Failed(_) => true,
        });
        if !has_others {
            lookups.by_name.remove(host);
        }
        let failed = lookups.failed.entry(host.to_owned()).or_default();
        failed.retain(|address| !tried.contains(address));
        failed.extend(tried);
        failed.drain(..failed.len().saturating_sub(MAX_FAILED));
    }

    fn sorted(&self, host: &str, addresses: &[IpAddr]) -> Vec<IpAddr> {
        let failed = self.lookups().failed.get(host).cloned().unwrap_or_default();
        sorted(addresses, &failed)
    }

    /// Returns the state of the lookup of a name. Starts one, unless there is a current one.
    fn state(&self, host: &str, configuration: Configuration) -> watch::Receiver<State> {
        let mut lookups = self.lookups();
        if lookups.configuration.as_deref() != Some(&configuration) {
            if !configuration.is_named {
                (self.0.warn)(system::no_servers());
            }
            lookups.configuration = Some(Arc::new(configuration));
            lookups.by_name.clear();
        }
        lookups.by_name.retain(|_, lookup| is_current(lookup));
        if let Some(state) = lookups.by_name.get(host) {
            return state.clone();
        }
        let (sender, state) = watch::channel(State::Asking);
        lookups.by_name.insert(host.to_owned(), state.clone());
        lookups.turn = lookups.turn.wrapping_add(1);
        if let Some(configuration) = lookups.configuration.clone() {
            tokio::spawn(run(host.to_owned(), configuration, lookups.turn, sender));
        }
        state
    }

    fn lookups(&self) -> MutexGuard<'_, Lookups> {
        self.0.lookups.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn run(host: String, configuration: Arc<Configuration>, turn: usize, state: watch::Sender<State>) {
    let early = |addresses| _ = state.send(State::Early(addresses));
    let result = look_up(&host, &configuration, turn, early).await;
    let _ = state.send(match result {
        Ok(Found { addresses, ttl }) => {
            let ttl = ttl.unwrap_or_default().min(MAX_KEPT);
            State::Found(Kept { addresses, since: Instant::now(), ttl, is_used: AtomicBool::new(false) })
        }
        Err(error) => State::Failed(error),
    });
}

/// Returns whether a name can be asked for: each label has 1 to 63 characters.
fn is_valid(name: &str) -> bool {
    Name::vec_from_str(name).is_ok()
}
