//! The reason why a name has no addresses.

use std::{error::Error, fmt, io, net::SocketAddr, sync::Arc};

use super::exchange::Trouble;

/// What came of a server that gave no answer. `None` if it said nothing.
pub type Silence = (SocketAddr, Option<Trouble>);

/// Says which name has no addresses, which servers were asked, and why.
#[derive(Clone, Debug)]
pub struct NameError {
    name: String,
    why: Arc<Why>,
}

#[derive(Debug)]
pub enum Why {
    /// It cannot be asked for: a label is empty or too long.
    NotAName,
    NoSuchName(Vec<SocketAddr>),
    NoAddresses(Vec<SocketAddr>),
    Failed(Vec<Silence>),
    /// No server has answered so far.
    NotYet(Vec<SocketAddr>),
    /// The files of the system could not be read.
    System(io::Error),
}

impl NameError {
    #[must_use]
    pub fn new(name: &str, why: Why) -> Self {
        Self { name: name.to_owned(), why: Arc::new(why) }
    }

    /// Replaces the reason by another one, unless that says less.
    pub fn prefer(&mut self, why: Why) {
        if why.rank() > self.why.rank() {
            self.why = Arc::new(why);
        }
    }
}

impl Why {
    const fn rank(&self) -> u8 {
        match self {
            Self::NotAName => 0,
            Self::NoSuchName(_) => 1,
            Self::NoAddresses(_) => 2,
            Self::Failed(_) => 3,
            Self::NotYet(_) | Self::System(_) => 4,
        }
    }
}

impl fmt::Display for NameError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the name {} was not resolved: ", self.name)?;
        match &*self.why {
            Why::NotAName => write!(formatter, "a label of it is empty or longer than 63 characters"),
            Why::NoSuchName(servers) => write!(formatter, "no such name, says {}", list(servers)),
            Why::NoAddresses(servers) => write!(formatter, "it has no addresses, says {}", list(servers)),
            Why::NotYet(servers) => write!(formatter, "no answer from {}", list(servers)),
            Why::System(error) => write!(formatter, "{error}"),
            Why::Failed(silence) => {
                let mut told: Vec<String> = Vec::new();
                let mute: Vec<_> = silence
                    .iter()
                    .filter(|(_, trouble)| trouble.is_none())
                    .map(|(server, _)| *server)
                    .collect();
                if !mute.is_empty() {
                    told.push(format!("no answer from {}", list(&mute)));
                }
                for (server, trouble) in silence {
                    told.extend(trouble.as_ref().map(|trouble| format!("{} {trouble}", short(*server))));
                }
                told.dedup();
                write!(formatter, "{}", told.join(", "))
            }
        }
    }
}

impl Error for NameError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &*self.why {
            Why::System(error) => Some(error),
            Why::Failed(silence) => silence.iter().find_map(|(_, trouble)| match trouble {
                Some(Trouble::System(error)) => Some(error as _),
                _ => None,
            }),
            _ => None,
        }
    }
}

fn list(servers: &[SocketAddr]) -> String {
    let mut names: Vec<_> = servers.iter().map(|server| short(*server)).collect();
    names.dedup();
    names.join(", ")
}

/// Returns the address of a server. All of them have the same port.
fn short(server: SocketAddr) -> String {
    match server {
        SocketAddr::V6(address) if address.scope_id() != 0 => {
            format!("{}%{}", address.ip(), address.scope_id())
        }
        _ => server.ip().to_string(),
    }
}
