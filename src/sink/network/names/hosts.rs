//! Reads `/etc/hosts`: an address and its names in each line.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns the addresses that the file gives for a name, in the order of its lines. A line that is not understood gives
/// none.
pub fn addresses(text: &str, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|word| word.parse().ok()) else { continue };
        if words.any(|other| other.eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Adds the addresses of loopback to what the file gives for `localhost` or a name below it. A file often has only one
/// of them, and the server may listen on the other. RFC 6761, 6.3: no server is asked for such a name.
pub fn with_loopback(mut found: Vec<IpAddr>) -> Vec<IpAddr> {
    for address in [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)] {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

/// Returns whether a name is `localhost` or below it.
pub fn is_localhost(name: &str) -> bool {
    name.rsplit('.').next().is_some_and(|last| last.eq_ignore_ascii_case("localhost"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_lines_with_the_name_count_in_any_case() {
        let text = "# 10.0.0.9 a.test\n10.0.0.1\tb.test  A.test # a.test\r\nno address a.test\n::2 a.TEST\n10.0.0.1 a.test\n10.0.0.3 a.test.other\n";
        let expected: [IpAddr; 2] = ["10.0.0.1".parse().unwrap(), "::2".parse().unwrap()];
        assert_eq!(addresses(text, "a.test"), expected);
        assert_eq!(addresses("10.0.0.1 #a.test", "a.test"), [] as [IpAddr; 0]);
    }

    #[test]
    fn localhost_has_both_addresses_of_loopback() {
        let six: IpAddr = "::1".parse().unwrap();
        let four: IpAddr = "127.0.0.1".parse().unwrap();
        assert_eq!(with_loopback(vec![six]), [six, four]);
        assert_eq!(with_loopback(vec![]), [four, six]);
        for (name, expected) in
            [("localhost", true), ("a.LocalHost", true), ("localhost.test", false), ("notlocalhost", false)]
        {
            assert_eq!(is_localhost(name), expected, "{name}");
        }
    }
}
