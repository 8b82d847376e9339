//! Reads `/etc/resolv.conf` as glibc does: see resolv.conf(5). A line or an option that is not understood costs only
//! itself.
//!
//! `timeout` and `attempts` have no effect: servers are asked side by side, see [`crate::sink::network::race`]. Neither has `edns0`,
//! because no answer needs it, nor `single-request`, because each question has a socket of its own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};

use super::{exchange::Family, literal};

/// The maximum number of servers (`MAXNS`).
const MAX_SERVERS: usize = 3;

/// The maximum of `ndots` (`RES_MAXNDOTS`).
const MAX_DOTS: usize = 15;

const PORT: u16 = 53;

/// Whom to ask for which names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// At least one.
    pub servers: Vec<SocketAddr>,
    /// Whether the system names these servers. Otherwise, this machine is asked.
    pub is_named: bool,
    /// The domains in which a name is looked for.
    pub search: Vec<String>,
    /// A name with as many dots is looked for as it is first.
    pub dots: usize,
    /// Whether each lookup begins with another server.
    pub is_rotated: bool,
    /// Whether servers are asked over TCP.
    pub over_tcp: bool,
    /// The kinds of addresses to ask for.
    pub families: &'static [Family],
}

/// What replaces or completes the file.
#[derive(Clone, Copy, Debug, Default)]
pub struct Overrides<'a> {
    /// `LOCALDOMAIN`: domains in place of those in the file.
    pub search: Option<&'a str>,
    /// `RES_OPTIONS`: more options.
    pub options: Option<&'a str>,
    /// The domain of the machine, if nothing else gives a domain.
    pub domain: Option<&'a str>,
}

impl Configuration {
    /// Makes a configuration without a file.
    pub fn new(servers: Vec<SocketAddr>, search: Vec<String>) -> Self {
        let is_named = !servers.is_empty();
        let servers = if is_named { servers } else { vec![(Ipv4Addr::LOCALHOST, PORT).into()] };
        Self {
            servers,
            is_named,
            search,
            dots: 1,
            is_rotated: false,
            over_tcp: false,
            families: &[Family::V4, Family::V6],
        }
    }

    /// Reads the file. `zone` returns the index of a network interface.
    pub fn parse(text: &str, overrides: Overrides, zone: impl Fn(&str) -> Option<u32>) -> Self {
        let mut servers = Vec::new();
        let mut search = None;
        let mut options = Vec::new();
        for line in text.lines() {
            // A keyword that does not begin the line is none.
            let mut words = line.split([';', '#']).next().unwrap_or_default().split_whitespace();
            match words.next() {
                Some(keyword) if !line.starts_with(keyword) => {}
                Some("nameserver") => {
                    servers.extend(words.next().and_then(|word| server(word, &zone)));
                }
                Some("domain") => search = words.next().map(|domain| vec![domain.to_owned()]).or(search),
                Some("search") => {
                    let domains: Vec<_> = words.map(str::to_owned).collect();
                    search = Some(domains).filter(|domains| !domains.is_empty()).or(search);
                }
                Some("options") => options.extend(words),
                _ => {}
            }
        }
        servers.truncate(MAX_SERVERS);
        if let Some(domains) = overrides.search {
            search = Some(domains.split_whitespace().map(str::to_owned).collect());
        }
        let search = search.unwrap_or_else(|| overrides.domain.map(str::to_owned).into_iter().collect());
        let mut configuration = Self::new(servers, search);
        for option in options.into_iter().chain(overrides.options.unwrap_or_default().split_whitespace()) {
            configuration.set(option);
        }
        configuration
    }

    fn set(&mut self, option: &str) {
        match option.split_once(':') {
            Some(("ndots", dots)) => self.dots = dots.parse().unwrap_or(0).min(MAX_DOTS),
            None if option == "rotate" => self.is_rotated = true,
            None if option == "use-vc" => self.over_tcp = true,
            None if option == "no-aaaa" => self.families = &[Family::V4],
            _ => {}
        }
    }

    /// Returns the servers in the order in which a lookup asks them. `turn` is the number of the lookup.
    pub fn servers_at(&self, turn: usize) -> Vec<SocketAddr> {
        let mut servers = self.servers.clone();
        if self.is_rotated {
            servers.rotate_left(turn % self.servers.len());
        }
        servers
    }

    /// Returns the names to look for, in their order, as `res_search` does. A name that ends in a dot is complete.
    pub fn candidates(&self, name: &str) -> Vec<String> {
        if let Some(complete) = name.strip_suffix('.') {
            return vec![complete.to_owned()];
        }
        let dots = name.bytes().filter(|byte| *byte == b'.').count();
        let mut candidates: Vec<_> = self
            .search
            .iter()
            .map(|domain| domain.trim_matches('.'))
            .map(|domain| if domain.is_empty() { name.to_owned() } else { format!("{name}.{domain}") })
            .collect();
        let place = if dots >= self.dots { 0 } else { candidates.len() };
        candidates.insert(place, name.to_owned());
        let mut known = Vec::new();
        candidates.retain(|candidate| {
            let is_new = !known.contains(candidate);
            known.push(candidate.clone());
            is_new
        });
        candidates
    }
}

/// Reads the address of a server. An IPv6 address can name the interface behind `%`.
fn server(text: &str, zone: impl Fn(&str) -> Option<u32>) -> Option<SocketAddr> {
    let Some((address, interface)) = text.split_once('%') else {
        return literal::address(text).map(|address| SocketAddr::new(address, PORT));
    };
    let IpAddr::V6(address) = address.parse().ok()? else { return None };
    let scope = interface.parse().ok().or_else(|| zone(interface)).unwrap_or(0);
    Some(SocketAddrV6::new(address, PORT, 0, scope).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Configuration {
        Configuration::parse(text, Overrides::default(), |name| (name == "eth0").then_some(7))
    }

    fn servers(text: &str) -> Vec<String> {
        parse(text).servers.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_not_understood_costs_only_itself() {
        let text = "nonsense\nnameserver here\nnameserver 10.0.0.1 # first\noptions retrans:1 ndots:x rotate\n\u{fffd}\n\
            nameserver\t10.0.0.2;second\r\n nameserver 10.0.0.8\nNAMESERVER 10.0.0.9\nnameserver fe80::1%eth0\nnameserver 10.0.0.4";
        assert_eq!(servers(text), ["10.0.0.1:53", "10.0.0.2:53", "[fe80::1%7]:53"]);
        assert!(parse(text).is_rotated);
        assert_eq!(parse(text).dots, 0);
    }

    #[test]
    fn a_file_without_servers_means_this_machine() {
        for text in ["", "# nothing\n", "nameserver\n", "options rotate"] {
            assert_eq!(servers(text), ["127.0.0.1:53"], "{text}");
            assert!(!parse(text).is_named);
        }
    }

    #[test]
    fn each_lookup_begins_with_another_server_if_they_are_rotated() {
        let begins = |options: &str| {
            let configuration = parse(&format!("nameserver 10.0.0.1\nnameserver 10.0.0.2\n{options}"));
            [0, 1, 2].map(|turn| configuration.servers_at(turn)[0].ip().to_string())
        };
        assert_eq!(begins(""), ["10.0.0.1"; 3]);
        assert_eq!(begins("options rotate"), ["10.0.0.1", "10.0.0.2", "10.0.0.1"]);
    }

    #[test]
    fn the_last_domains_count() {
        assert_eq!(parse("domain a\nsearch b c # d").search, ["b", "c"]);
        assert_eq!(parse("search b c\ndomain a b").search, ["a"]);
        assert_eq!(parse("search b c\nsearch\ndomain").search, ["b", "c"]);
        let overrides = Overrides { domain: Some("machine"), ..Overrides::default() };
        assert_eq!(Configuration::parse("", overrides, |_| None).search, ["machine"]);
        let overrides =
            Overrides { search: Some("x y"), options: Some("ndots:99 no-aaaa use-vc"), ..overrides };
        let configuration = Configuration::parse("search a\noptions ndots:2", overrides, |_| None);
        assert_eq!(configuration.search, ["x", "y"]);
        assert_eq!(configuration.dots, MAX_DOTS);
        assert!(configuration.over_tcp && configuration.families == [Family::V4]);
    }

    #[test]
    fn a_name_with_few_dots_is_looked_for_in_the_domains_first() {
        let configuration = parse("search a.test . b.test.\noptions ndots:2");
        assert_eq!(configuration.candidates("x"), ["x.a.test", "x", "x.b.test"]);
        assert_eq!(configuration.candidates("x.y"), ["x.y.a.test", "x.y", "x.y.b.test"]);
        assert_eq!(configuration.candidates("x.y.z"), ["x.y.z", "x.y.z.a.test", "x.y.z.b.test"]);
        assert_eq!(configuration.candidates("x."), ["x"]);
    }
}
