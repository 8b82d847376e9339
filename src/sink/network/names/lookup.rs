//! Looks a name up: the names in the search domains in their order, and the addresses of both families at a time.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use domain::base::Name;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::{
    configuration::Configuration,
    error::{NameError, Silence, Why},
    exchange::{Answer, Family, Question, ask},
};
use crate::sink::network::race::{Limits, race};

/// Servers are asked again and again for ten seconds, each time after a longer pause.
const LIMITS: Limits = Limits { rounds: 10, time: Duration::from_secs(10) };

/// The time for the addresses of the other family, once one has answered. Longer than the resolution delay of RFC 8305
/// (50 ms), because no user waits for a delivery: a lost question was asked again by then.
const OTHER_FAMILY: Duration = Duration::from_millis(400);

/// The addresses of a name, and for how long they are valid.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub addresses: Vec<IpAddr>,
    pub ttl: Option<Duration>,
}

/// Looks a name up. `early` is called with the addresses of one family, if the other family takes long.
///
/// # Errors
/// Returns why there are no addresses.
pub async fn look_up(
    host: &str,
    configuration: &Configuration,
    turn: usize,
    early: impl Fn(Vec<IpAddr>),
) -> Result<Found, NameError> {
    let servers = configuration.servers_at(turn);
    let mut problem = NameError::new(host, Why::NotAName);
    // As in glibc, the first failure that a user can do something about is told, and any of them before "no such name".
    for candidate in configuration.candidates(host) {
        let Ok(name) = Name::vec_from_str(&candidate) else { continue };
        match both(&name, &servers, configuration, &early).await {
            Outcome::Found(found) => return Ok(found),
            Outcome::Absent(why) => problem.prefer(why),
            Outcome::Failed(silence) => {
                let is_silent = silence.iter().any(|(_, trouble)| trouble.is_none());
                problem.prefer(Why::Failed(silence));
                if is_silent {
                    break;
                }
            }
        }
    }
    Err(problem)
}

enum Outcome {
    Found(Found),
    Absent(Why),
    Failed(Vec<Silence>),
}

async fn both(
    name: &Name<Vec<u8>>,
    servers: &[SocketAddr],
    configuration: &Configuration,
    early: &impl Fn(Vec<IpAddr>),
) -> Outcome {
    let mut families: JoinSet<(Family, Result<Answer, Vec<Silence>>)> = JoinSet::new();
    for &family in configuration.families {
        let question = Question { name: name.clone(), family, over_tcp: configuration.over_tcp };
        let servers: Arc<[SocketAddr]> = servers.into();
        families.spawn(async move {
            let result = race(servers.len(), LIMITS, |index| ask(servers[index], question.clone())).await;
            (family, result.map_err(|failed| servers.iter().copied().zip(failed).collect()))
        });
    }
    let mut found = Found::default();
    let (mut absent, mut failed) = (None, None);
    let mut early_at = None;
    loop {
        tokio::select! {
            biased;
            done = families.join_next() => match done {
                None => break,
                Some(Ok((_, Ok(Answer::Addresses(addresses, ttl))))) => {
                    found.ttl = Some(found.ttl.map_or(ttl, |other| ttl.min(other)));
                    found.addresses.extend(addresses);
                    early_at = Some(Instant::now() + OTHER_FAMILY);
                }
                Some(Ok((_, Ok(Answer::NoAddresses)))) => absent = Some(Why::NoAddresses(servers.to_vec())),
                // RFC 8020: the name has no other records, so an answer to the other question is not needed. Some servers
                // ignore the question for AAAA. Others wrongly say so for AAAA alone (RFC 4074, 4.2).
                Some(Ok((Family::V4, Ok(Answer::NoSuchName)))) if found.addresses.is_empty() => {
                    return Outcome::Absent(Why::NoSuchName(servers.to_vec()));
                }
                Some(Ok((_, Ok(Answer::NoSuchName)))) => {
                    absent.get_or_insert_with(|| Why::NoSuchName(servers.to_vec()));
                }
                Some(Ok((_, Err(silence)))) => failed = Some(silence),
                Some(Err(_)) => {}
            },
            () = sleep_until(early_at.unwrap_or_else(Instant::now)), if early_at.is_some() => {
                early_at = None;
                early(found.addresses.clone());
            }
        }
    }
    match (failed, absent) {
        _ if !found.addresses.is_empty() => Outcome::Found(found),
        (Some(silence), _) => Outcome::Failed(silence),
        (None, why) => Outcome::Absent(why.unwrap_or_else(|| Why::NoSuchName(servers.to_vec()))),
    }
}
