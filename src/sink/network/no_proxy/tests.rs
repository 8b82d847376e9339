//! Tests the rules by example, and what holds for all of them by properties.

use super::*;
use proptest::prelude::*;

fn is_direct(rules: &str, host: &str) -> bool {
    let (host, port) = match host.rsplit_once('|') {
        Some((host, port)) => (host, port.parse().unwrap()),
        None => (host, 443),
    };
    NoProxy::new(rules).contains(host, port)
}

fn assert_all(rows: &[(&str, &[&str], &[&str])]) {
    for (rules, direct, proxied) in rows {
        for host in *direct {
            assert!(is_direct(rules, host), "{rules} contains {host}");
        }
        for host in *proxied {
            assert!(!is_direct(rules, host), "{rules} does not contain {host}");
        }
        assert!(NoProxy::new(rules).unusable().is_empty(), "{rules}");
    }
}

#[test]
fn a_star_contains_names_and_addresses_also_among_others() {
    let all: &[&str] = &["example.com", "10.0.0.1", "[::1]", "localhost"];
    assert_all(&[("*", all, &[]), (" * ", all, &[]), ("a.test,*", all, &[]), ("* b.test", all, &[])]);
    assert_all(&[("*:8443", &["10.0.0.1|8443"], &["10.0.0.1"])]);
}

#[test]
fn a_domain_contains_itself_and_its_subdomains_in_any_case_with_or_without_dots() {
    let within: &[&str] =
        &["example.com", "EXAMPLE.com", "a.example.com", "a.b.Example.Com.", "example.com."];
    let outside: &[&str] = &["notexample.com", "example.com.test", "com", "example.co", "10.0.0.1", "[::1]"];
    for rule in
        ["example.com", ".example.com", "Example.COM", "example.com.", ".example.com.", "*.example.com"]
    {
        assert_all(&[(rule, within, outside)]);
    }
    assert_all(&[("localhost", &["localhost", "a.localhost"], &["127.0.0.1", "[::1]"])]);
    assert_all(&[("under_score.test", &["a.under_score.test"], &["score.test"])]);
}

#[test]
fn a_name_outside_ascii_is_the_same_as_its_punycode() {
    let bücher: &[&str] = &["xn--bcher-kva.example", "bücher.example", "BÜCHER.example", "a.bücher.example"];
    for rule in ["bücher.example", ".Bücher.example", "xn--bcher-kva.example", "XN--BCHER-KVA.example"] {
        assert_all(&[(rule, bücher, &["bucher.example"])]);
    }
}

#[test]
fn a_port_restricts_a_rule_to_it() {
    assert_all(&[
        (
            "example.com:8443",
            &["example.com|8443", "a.example.com|8443"],
            &["example.com", "example.com|844"],
        ),
        (".example.com:443", &["example.com", "a.example.com"], &["a.example.com|80"]),
        ("*.example.com:443", &["a.example.com"], &["a.example.com|80"]),
        ("10.0.0.1:8443", &["10.0.0.1|8443"], &["10.0.0.1"]),
        ("[::1]:8443", &["[::1]|8443", "::1|8443"], &["[::1]", "[::2]|8443"]),
        ("<local>:443", &["intranet"], &["intranet|80"]),
    ]);
}

#[test]
fn an_address_is_the_same_in_any_spelling() {
    let loopback: &[&str] = &["::1", "[::1]", "[0:0:0:0:0:0:0:1]", "[0000::0001]"];
    for rule in ["::1", "[::1]", "0:0:0:0:0:0:0:1", "[0:0::1]"] {
        assert_all(&[(rule, loopback, &["[::2]", "127.0.0.1"])]);
    }
    let one: &[&str] =
        &["10.0.0.1", "[::ffff:10.0.0.1]", "[::ffff:a00:1]", "10.1", "0x0a.0.0.1", "167772161"];
    for rule in ["10.0.0.1", "::ffff:10.0.0.1", "[::FFFF:a00:1]", "10.1"] {
        assert_all(&[(rule, one, &["10.0.0.10", "110.0.0.1", "a.10.0.0.1.test"])]);
    }
    for rule in [".10.0.0.1", "*.10.0.0.1"] {
        assert_all(&[(rule, &["10.0.0.1"], &["10.0.0.10", "110.0.0.1"])]);
    }
    assert_all(&[("2001:DB8::a", &["[2001:db8:0::A]"], &["[2001:db8::b]"])]);
}

#[test]
fn a_network_contains_its_addresses_and_no_names() {
    assert_all(&[
        ("10.0.0.0/8", &["10.255.0.1", "[::ffff:10.1.2.3]"], &["11.0.0.1", "ten.test", "[a00::1]"]),
        ("10.1.2.3/8", &["10.0.0.1"], &["11.0.0.1"]),
        ("192.168.0.0/16", &["192.168.7.7"], &["192.169.0.1"]),
        ("10.0.0.1/32", &["10.0.0.1"], &["10.0.0.2"]),
        ("0.0.0.0/0", &["1.2.3.4"], &["[::1]", "a.test"]),
        ("fd00::/8", &["[fd12:3456::1]"], &["[fe80::1]", "253.0.0.1"]),
        ("[fd00::]/8", &["[fd12:3456::1]"], &["[fe80::1]"]),
        ("::/0", &["[fe80::1]"], &["1.2.3.4"]),
        ("::ffff:10.0.0.0/104", &["10.255.0.1", "[::ffff:10.1.2.3]"], &["11.0.0.1"]),
    ]);
}

#[test]
fn a_range_contains_its_ends_and_what_is_between_them() {
    assert_all(&[
        (
            "10.0.0.9-10.0.1.1",
            &["10.0.0.9", "10.0.0.255", "10.0.1.1", "[::ffff:10.0.1.0]"],
            &["10.0.0.8", "10.0.1.2", "[::1]", "a.test"],
        ),
        ("10.0.0.1-10.0.0.1", &["10.0.0.1"], &["10.0.0.2"]),
    ]);
}

#[test]
fn local_contains_names_without_a_dot() {
    assert_all(&[("<local>", &["localhost", "intranet", "intranet."], &["a.test", "10.0.0.1", "[::1]"])]);
}

#[test]
fn commas_and_blanks_separate_and_empty_members_are_none() {
    for rules in ["a.test,b.test", "a.test b.test", " a.test ,\tb.test, ", ",,a.test,, ,\nb.test\r\n"] {
        assert_all(&[(rules, &["a.test", "b.test"], &["c.test"])]);
    }
    assert_all(&[("", &[], &["a.test", "10.0.0.1"]), (" , ", &[], &["a.test"])]);
}

#[test]
fn a_member_that_is_no_rule_is_skipped_and_told() {
    for member in [
        "http://a.test",
        "a.test/path",
        "a.test:",
        "a.test:0",
        "a.test:99999",
        "a.test:+1",
        "10.0.0.0/33",
        "10.0.0.0/8:443",
        "a*.test",
        "*a.test",
        "**",
        "*.",
        ".",
        "..",
        "..a.test",
        "user@a.test",
        "[::1",
        "[a.test]",
        "a;b",
        "10.0.0.9-10.0.0.1",
        "10.0.0.1-10.0.0.9:443",
        "::1-::9",
        "fe80::1%eth0",
        "256.0.0.1",
        "::1/129",
        "<all>",
    ] {
        let rules = NoProxy::new(&format!("b.test,{member},10.0.0.1"));
        assert_eq!(rules.unusable(), [member]);
        assert!(rules.contains("b.test", 443) && rules.contains("10.0.0.1", 443), "{member}");
        assert!(!rules.contains("a.test", 443), "{member}");
    }
}

fn label() -> impl Strategy<Value = String> {
    "[a-z]([a-z0-9-]{0,6}[a-z0-9])?"
        // Punycode has rules of its own.
        .prop_filter("no Punycode", |label| !label.starts_with("xn-"))
}

fn domain() -> impl Strategy<Value = String> {
    prop::collection::vec(label(), 2..4).prop_map(|labels| labels.join("."))
}

fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        domain(),
        label(),
        any::<Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<Ipv6Addr>().prop_map(|address| format!("[{address}]")),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(rules in "\\PC*", host in "\\PC*", port: u16) {
        let _ = NoProxy::new(&rules).contains(&host, port);
    }

    #[test]
    fn each_member_is_a_rule_or_told(members in prop::collection::vec("[-a-z0-9.:*/\\[\\]@]{1,12}", 0..6)) {
        let rules = NoProxy::new(&members.join(","));
        prop_assert_eq!(rules.rules.len() + rules.unusable.len(), members.len());
    }

    #[test]
    fn a_host_contains_itself_and_a_name_what_is_below_it(host in host(), below in label(), port in 1u16..) {
        let rules = NoProxy::new(&host);
        prop_assert!(rules.contains(&host, port));
        let is_name = host.starts_with(|first: char| first.is_ascii_lowercase());
        prop_assert_eq!(rules.contains(&format!("{below}.{host}"), port), is_name);
        let longer = format!("{below}{host}");
        prop_assert!(!is_name || !rules.contains(&longer, port));
        let with_port = NoProxy::new(&format!("{host}:{port}"));
        prop_assert!(with_port.contains(&host, port));
        prop_assert!(!with_port.contains(&host, port.wrapping_add(1)));
    }

    #[test]
    fn what_a_list_contains_is_what_one_of_its_members_contains(
        members in prop::collection::vec(host(), 0..5), host in host(), separator in "[, \t]{1,3}"
    ) {
        let alone = members.iter().any(|member| NoProxy::new(member).contains(&host, 443));
        prop_assert_eq!(NoProxy::new(&members.join(&separator)).contains(&host, 443), alone);
    }

    #[test]
    fn a_network_contains_the_addresses_with_its_first_bits(network: u32, address: u32, length in 0u32..=32) {
        let rule = format!("{}/{length}", Ipv4Addr::from(network));
        let differing = (network ^ address).leading_zeros() < length;
        prop_assert_eq!(is_direct(&rule, &Ipv4Addr::from(address).to_string()), !differing);
    }
}
