//! Tests which proxy is used for a request, by the variables.

use super::*;
use proptest::prelude::*;

const ENDPOINT: &str = "https://monitoring.us-east-1.amazonaws.com";

fn proxies(variables: &[(&str, &str)]) -> Proxies {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Proxies::new(&Environment::new(owned.collect()))
}

fn way(variables: &[(&str, &str)], to: &str) -> Result<Option<String>, Unusable> {
    let proxies = proxies(variables);
    let proxy = proxies.on_the_way_to(&to.parse().unwrap());
    proxy.map(|proxy| proxy.map(ToString::to_string)).map_err(Clone::clone)
}

fn proxy(url: &str) -> Result<Proxy, Unusable> {
    Proxy::new("HTTPS_PROXY".into(), url)
}

#[test]
fn a_proxy_is_known_by_its_host_and_port_without_a_password() {
    for (url, uri) in [
        ("http://proxy.test:3128", "http://proxy.test:3128/"),
        ("http://user:p%40ss@proxy.test:3128/", "http://proxy.test:3128/"),
        ("HTTP://Proxy.Test:3128/path?query#fragment", "http://proxy.test:3128/"),
        ("https://proxy.test", "https://proxy.test:443/"),
        ("http://proxy.test", "http://proxy.test:80/"),
        ("proxy.test:3128", "http://proxy.test:3128/"),
        ("proxy.test", "http://proxy.test:80/"),
        ("user:pass@proxy.test:3128", "http://proxy.test:3128/"),
        ("http://[::1]:3128", "http://[::1]:3128/"),
        ("[::1]:3128", "http://[::1]:3128/"),
        ("http://bücher.example:1", "http://xn--bcher-kva.example:1/"),
        ("http://127.1:1", "http://127.0.0.1:1/"),
    ] {
        let proxy = proxy(url).unwrap();
        assert_eq!(proxy.uri.to_string(), uri, "{url}");
        assert!(!format!("{proxy}{proxy:?}").contains("ss"), "{url}");
    }
}

#[test]
fn user_and_password_are_decoded() {
    for (url, pair) in [
        ("http://user:p%40ss%3Aw%25rd@proxy.test", Some("user:p@ss:w%rd")),
        ("user:pass@proxy.test:1", Some("user:pass")),
        ("http://user@proxy.test", Some("user:")),
        ("http://:pass@proxy.test", Some(":pass")),
        ("http://user:p@ss@proxy.test", Some("user:p@ss")),
        ("http://dom%5Cuser:p%C3%A4ss@proxy.test", Some("dom\\user:päss")),
        ("http://proxy.test", None),
        ("http://@proxy.test", None),
        ("http://:@proxy.test", None),
    ] {
        let expected = pair.map(|pair| format!("Basic {}", base64::encode(pair)));
        let authorization = proxy(url).unwrap().authorization;
        assert_eq!(authorization.as_ref().map(|value| value.to_str().unwrap()), expected.as_deref(), "{url}");
        assert!(authorization.is_none_or(|value| value.is_sensitive()));
    }
}

#[test]
fn a_value_that_is_not_an_http_url_is_refused_by_the_name_of_its_variable() {
    for url in [
        "http://proxy.test:port",
        "http://proxy.test:99999",
        "http://proxy.test:0",
        "ftp://proxy.test:1",
        "http://",
        "a b",
        "http://user:pa#ss@proxy.test:1",
        "http://user:pa/ss@proxy.test:1",
        "::1:3128",
        "http://[::1",
        "http:///",
    ] {
        assert_eq!(proxy(url).unwrap_err(), Unusable::NoUrl("HTTPS_PROXY".to_owned()), "{url}");
    }
    for url in [
        "socks://proxy.test:1",
        "socks5://proxy.test:1",
        "SOCKS5H://user:pass@proxy.test",
        "socks4a://proxy.test",
    ] {
        let refused = proxy(url).unwrap_err();
        assert_eq!(refused, Unusable::Socks("HTTPS_PROXY".to_owned()), "{url}");
        assert!(!refused.to_string().contains("pass@"));
    }
}

#[test]
fn lower_case_comes_before_upper_and_https_before_all() {
    let mut variables =
        vec![("https_proxy", "a:1"), ("HTTPS_PROXY", "b:1"), ("all_proxy", "c:1"), ("ALL_PROXY", "d:1")];
    while let [(_, first), ..] = variables[..] {
        assert_eq!(way(&variables, ENDPOINT), Ok(Some(first.to_owned())));
        // An empty variable is not set.
        variables[0].1 = " ";
        let next = variables.get(1).map(|(_, url)| (*url).to_owned());
        assert_eq!(way(&variables, ENDPOINT), Ok(next));
        variables.remove(0);
    }
    let exceptions = [("HTTPS_PROXY", "a:1"), ("no_proxy", "a.test"), ("NO_PROXY", "*")];
    assert_eq!(way(&exceptions, ENDPOINT), Ok(Some("a:1".to_owned())));
}

#[test]
fn encrypted_requests_to_hosts_that_are_not_in_no_proxy_use_the_proxy() {
    let variables =
        [("ALL_PROXY", "http://proxy.test:3128"), ("NO_PROXY", "127.0.0.1,.internal,port.test:8443")];
    for (to, is_proxied) in [
        (ENDPOINT, true),
        ("http://monitoring.us-east-1.amazonaws.com", false),
        ("https://127.0.0.1:8443", false),
        ("https://vpce.internal", false),
        ("https://port.test:8443", false),
        ("https://port.test", true),
        ("https://[::1]:8443", true),
    ] {
        assert_eq!(way(&variables, to).unwrap().is_some(), is_proxied, "{to}");
    }
}

#[test]
fn a_proxy_that_cannot_be_used_stops_what_would_go_through_it_and_nothing_else() {
    let variables = [("ALL_PROXY", "socks5://proxy.test:1"), ("NO_PROXY", "direct.test")];
    assert_eq!(way(&variables, ENDPOINT), Err(Unusable::Socks("ALL_PROXY".to_owned())));
    assert_eq!(way(&variables, "https://direct.test"), Ok(None));
    assert_eq!(way(&variables, "http://169.254.170.2"), Ok(None));
}

#[test]
fn a_complaint_names_members_of_no_proxy_that_are_no_rule_but_no_password() {
    let unusable = "http://a.test,b.test,http://user:pass@c.test,d.test:x,e.test:y";
    let told = proxies(&[("HTTPS_PROXY", "proxy.test"), ("NO_PROXY", unusable)]).complaint().unwrap();
    assert!(told.contains(": http://a.test … d.test:x and others."), "{told}");
    assert_eq!(
        proxies(&[("HTTPS_PROXY", "proxy.test"), ("NO_PROXY", "*.test, 10.0.0.0/8")]).complaint(),
        None
    );
    assert_eq!(proxies(&[("NO_PROXY", unusable)]).complaint(), None);
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_or_is_quoted(secret in "[a-z]{12}", before in "\\PC{0,20}", after in "\\PC{0,20}") {
        let url = format!("{before}:{secret}@{after}");
        match proxy(&url) {
            Ok(proxy) => {
                let told = format!("{proxy}{proxy:?}");
                prop_assert!(!told.contains(&secret));
            }
            Err(why) => prop_assert!(!why.to_string().contains(&secret)),
        }
    }
}
