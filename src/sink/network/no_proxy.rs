//! The hosts that are reached without a proxy: the value of `NO_PROXY`.
//!
//! There is no standard. The rules are those of curl, with those of Node and Go that curl does not have: ports, ranges, and
//! `*.` in front of a domain. Members are separated by commas or blanks:
//!
//! | member | hosts |
//! | --- | --- |
//! | `*` | all, names and addresses |
//! | `example.com`, `.example.com`, `*.example.com` | the domain and its subdomains |
//! | `10.0.0.1`, `.10.0.0.1`, `*.10.0.0.1`, `::1`, `[::1]` | the address, in any spelling |
//! | `10.0.0.0/8`, `fd00::/8` | the addresses of the network |
//! | `10.0.0.1-10.0.0.9` | the IPv4 addresses from the first to the last |
//! | `<local>` | names without a dot |
//!
//! A port may follow all but a network and a range: `example.com:8443`, `[::1]:8443`. A name is never resolved for a comparison.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::RangeInclusive,
};

use ipnet::IpNet;
use url::Host;

/// The members of `NO_PROXY`.
#[derive(Clone, Debug, Default)]
pub struct NoProxy {
    rules: Vec<Rule>,
    /// Members that are no rule, in their order.
    unusable: Vec<String>,
}

#[derive(Clone, Debug)]
struct Rule {
    hosts: Hosts,
    /// `None` for all ports.
    port: Option<u16>,
}

#[derive(Clone, Debug)]
enum Hosts {
    All,
    /// A domain and its subdomains.
    Domain(String),
    Network(IpNet),
    Range(RangeInclusive<IpAddr>),
    /// Names without a dot.
    Local,
}

/// A host, as it is compared.
enum Name {
    Domain(String),
    Address(IpAddr),
}

impl NoProxy {
    #[must_use]
    pub fn new(value: &str) -> Self {
        let mut all = Self::default();
        for member in value.split(|c: char| c == ',' || c.is_whitespace()).filter(|it| !it.is_empty()) {
            match Rule::new(member) {
                Some(rule) => all.rules.push(rule),
                None => all.unusable.push(member.to_owned()),
            }
        }
        all
    }

    /// Returns whether a host is reached without a proxy. `host` is that of a URL: an IPv6 address may be in brackets.
    #[must_use]
    pub fn contains(&self, host: &str, port: u16) -> bool {
        let Some(name) = Name::new(host) else { return false };
        self.rules.iter().any(|rule| rule.port.is_none_or(|only| only == port) && rule.hosts.contains(&name))
    }

    /// Returns the members that are no rule.
    #[must_use]
    pub fn unusable(&self) -> &[String] {
        &self.unusable
    }
}

impl Rule {
    fn new(member: &str) -> Option<Self> {
        if let Some(network) = network(member) {
            return Some(Self { hosts: Hosts::Network(network), port: None });
        }
        if let Some(range) = range(member) {
            return Some(Self { hosts: Hosts::Range(range), port: None });
        }
        let (host, port) = with_port(member)?;
        Some(Self { hosts: Hosts::new(host)?, port })
    }
}

impl Hosts {
    fn new(host: &str) -> Option<Self> {
        match host {
            "*" => return Some(Self::All),
            "<local>" => return Some(Self::Local),
            _ => {}
        }
        let bare = host.strip_prefix("*.").or_else(|| host.strip_prefix('.')).unwrap_or(host);
        match Name::new(bare)? {
            Name::Domain(domain) => Some(Self::Domain(domain)),
            // An address has no subdomains. Node accepts the dot in front of it too.
            Name::Address(address) => Some(Self::Network(address.into())),
        }
    }

    fn contains(&self, name: &Name) -> bool {
        match (self, name) {
            (Self::All, _) => true,
            (Self::Domain(domain), Name::Domain(name)) => {
                name.strip_suffix(domain.as_str()).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
            }
            (Self::Network(network), Name::Address(address)) => network.contains(address),
            (Self::Range(range), Name::Address(address)) => range.contains(address),
            (Self::Local, Name::Domain(name)) => !name.contains('.'),
            _ => false,
        }
    }
}

impl Name {
    /// Returns the canonical form: lower case, Punycode, without a dot at the end. `None` if it is no host.
    fn new(host: &str) -> Option<Self> {
        let host = host.strip_suffix('.').unwrap_or(host);
        // An IPv6 address without its brackets.
        if let Ok(address) = host.parse::<Ipv6Addr>() {
            return Some(Self::Address(IpAddr::V6(address).to_canonical()));
        }
        match Host::parse(host).ok()? {
            Host::Ipv4(address) => Some(Self::Address(address.into())),
            Host::Ipv6(address) => Some(Self::Address(IpAddr::V6(address).to_canonical())),
            // The URL standard allows more characters than a name in DNS has.
            Host::Domain(name) => {
                (!name.starts_with('.') && name.bytes().all(is_of_name)).then_some(Self::Domain(name))
            }
        }
    }
}

const fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

/// Splits the port off. An IPv6 address with a port has brackets.
fn with_port(member: &str) -> Option<(&str, Option<u16>)> {
    match member.rsplit_once(':') {
        Some((host, port)) if host.ends_with(']') || !host.contains(':') => {
            let is_number = port.bytes().all(|byte| byte.is_ascii_digit());
            let port = port.parse().ok().filter(|&port| is_number && port != 0)?;
            Some((host, Some(port)))
        }
        _ => Some((member, None)),
    }
}

/// Returns a network in CIDR notation. A network of IPv4-mapped addresses is one of IPv4 addresses.
fn network(member: &str) -> Option<IpNet> {
    let (address, length) = member.split_once('/')?;
    let bare = address.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(address);
    let network: IpNet = format!("{bare}/{length}").parse().ok()?;
    let IpNet::V6(mapped) = network else { return Some(network) };
    let inner: Option<Ipv4Addr> = mapped.addr().to_ipv4_mapped();
    match (inner, mapped.prefix_len().checked_sub(96)) {
        (Some(inner), Some(length)) => IpNet::new(inner.into(), length).ok(),
        _ => Some(network),
    }
}

/// Returns a range of IPv4 addresses.
fn range(member: &str) -> Option<RangeInclusive<IpAddr>> {
    let (first, last) = member.split_once('-')?;
    let [first, last]: [Ipv4Addr; 2] = [first.parse().ok()?, last.parse().ok()?];
    (first <= last).then(|| first.into()..=last.into())
}

#[cfg(test)]
mod tests;
