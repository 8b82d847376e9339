//! Puts addresses in the order in which connecting tries them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Sorts addresses: those to which the system has a route first (RFC 6724, 6, rule 1), and both families in turn, IPv6 first
/// (RFC 8305, 4). Otherwise, they stay in the order in which the server gave them, which spreads the load. The addresses in
/// `failed` come after the others, in the order of `failed`.
pub fn sorted(addresses: &[IpAddr], failed: &[IpAddr]) -> Vec<IpAddr> {
    sorted_by(addresses, failed, has_route)
}

fn sorted_by(addresses: &[IpAddr], failed: &[IpAddr], has_route: impl Fn(IpAddr) -> bool) -> Vec<IpAddr> {
    let mut known = Vec::new();
    let mut counts = [0, 0];
    let mut places: Vec<_> = addresses
        .iter()
        .filter(|address| {
            let is_new = !known.contains(*address);
            known.push(**address);
            is_new
        })
        .map(|address| {
            let is_ipv4 = address.is_ipv4();
            let count = &mut counts[usize::from(is_ipv4)];
            *count += 1;
            let failure = failed.iter().position(|other| other == address);
            (!has_route(*address), failure, *count, is_ipv4, *address)
        })
        .collect();
    places.sort_unstable();
    places.into_iter().map(|(.., address)| address).collect()
}

/// Asks the system for a route. Nothing is sent.
#[expect(clippy::disallowed_methods, reason = "an address, which is not resolved")]
fn has_route(address: IpAddr) -> bool {
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    // The port means nothing.
    UdpSocket::bind((any, 0)).and_then(|socket| socket.connect((address, 53))).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(addresses: &[&str], failed: &[&str], routed: impl Fn(IpAddr) -> bool) -> Vec<String> {
        let [addresses, failed] = [addresses, failed]
            .map(|texts| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>());
        sorted_by(&addresses, &failed, routed).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn families_take_turns_in_the_order_of_the_server() {
        let given = ["10.0.0.3", "10.0.0.1", "10.0.0.3", "::3", "::1", "10.0.0.2"];
        assert_eq!(sort(&given, &[], |_| true), ["::3", "10.0.0.3", "::1", "10.0.0.1", "10.0.0.2"]);
    }

    #[test]
    fn addresses_that_failed_come_after_the_others_the_last_failure_last() {
        let given = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "::1"];
        let failed = ["10.0.0.2", "::1", "10.0.0.1", "10.0.0.9"];
        assert_eq!(sort(&given, &failed, |_| true), ["10.0.0.3", "10.0.0.2", "::1", "10.0.0.1"]);
    }

    #[test]
    fn addresses_without_a_route_are_the_last() {
        let given = ["::1", "10.0.0.1", "10.0.0.2"];
        assert_eq!(sort(&given, &[], |address| address.is_ipv4()), ["10.0.0.1", "10.0.0.2", "::1"]);
    }
}
