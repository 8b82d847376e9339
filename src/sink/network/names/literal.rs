//! Reads addresses as the C library does: IPv6, and IPv4 in one to four parts, each of them decimal, octal or hexadecimal.
//! `127.1`, `0x7f.1` and `2130706433` are 127.0.0.1.

use std::net::{IpAddr, Ipv4Addr};

/// Returns the address that a host is, with or without brackets. A name gives `None`.
#[must_use]
pub fn address(host: &str) -> Option<IpAddr> {
    let bare = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(host);
    bare.parse().ok().or_else(|| ipv4(host).map(IpAddr::V4))
}

/// As `inet_aton`: the last part fills all bytes that are left.
fn ipv4(text: &str) -> Option<Ipv4Addr> {
    let mut bits: u32 = 0;
    let mut left = 4;
    let mut parts = text.split('.').peekable();
    while let Some(part) = parts.next() {
        let value = number(part)?;
        if parts.peek().is_none() {
            let is_too_large = left < 4 && value >> (8 * left) != 0;
            return (left > 0 && !is_too_large).then(|| Ipv4Addr::from(bits | value));
        }
        left -= 1;
        if left == 0 || value > 255 {
            return None;
        }
        bits |= value << (8 * left);
    }
    None
}

fn number(text: &str) -> Option<u32> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (&text[2..], 16),
        [b'0', _, ..] => (&text[1..], 8),
        _ => (text, 10),
    };
    // `from_str_radix` takes a sign.
    if digits.starts_with('+') { None } else { u32::from_str_radix(digits, radix).ok() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_address_is_read_as_inet_aton_reads_it() {
        for (text, address) in [
            ("127.0.0.1", Some("127.0.0.1")),
            ("127.1", Some("127.0.0.1")),
            ("10.1.258", Some("10.1.1.2")),
            ("0x7f.0.0.1", Some("127.0.0.1")),
            ("0177.1", Some("127.0.0.1")),
            ("2130706433", Some("127.0.0.1")),
            ("4294967295", Some("255.255.255.255")),
            ("::1", Some("::1")),
            ("[::1]", Some("::1")),
            ("4294967296", None),
            ("127.0.0.256", None),
            ("256.1", None),
            ("1.2.3.4.5", None),
            ("1.2.3.4.", None),
            ("1..2", None),
            ("+1", None),
            ("08.1", None),
            ("0x", None),
            ("", None),
            ("a.b", None),
        ] {
            assert_eq!(super::address(text), address.map(|address| address.parse().unwrap()), "{text}");
        }
    }
}
