//! The proxy for encrypted requests: `HTTPS_PROXY`, or `ALL_PROXY` if that is not set. Hosts in `NO_PROXY` are reached
//! without it.
//!
//! Unencrypted requests use no proxy, such as those to credential services on link-local addresses.

use http::Uri;
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::environment::Environment;

/// The proxy that the environment names.
#[derive(Debug)]
pub struct Proxy {
    /// The host and port, without user and password.
    authority: String,
    matcher: Matcher,
}

impl Proxy {
    /// Reads the variables, with names in upper or lower case. A URL without a scheme is an HTTP proxy, as for curl.
    ///
    /// # Errors
    /// Returns the name of a variable whose value is not an http or https URL.
    pub fn new(environment: &Environment) -> Result<Option<Self>, &'static str> {
        let set = ["HTTPS_PROXY", "ALL_PROXY"]
            .into_iter()
            .find_map(|name| environment.any_case(name).map(|url| (name, url)));
        let Some((name, url)) = set else { return Ok(None) };
        let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
        let uri: Uri = url.parse().map_err(|_| name)?;
        let authority = authority(&uri).ok_or(name)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(name);
        }
        let mut matcher = Matcher::builder().https(url);
        if let Some(rules) = environment.any_case("NO_PROXY") {
            matcher = matcher.no(rules);
        }
        Ok(Some(Self { authority, matcher: matcher.build() }))
    }

    /// Returns the proxy with its user and password, if requests to a URI use it.
    #[must_use]
    pub fn intercept(&self, uri: &Uri) -> Option<Intercept> {
        self.matcher.intercept(uri)
    }

    /// Returns the host and port of the proxy, if requests to an endpoint use it.
    #[must_use]
    pub fn on_the_way_to(&self, endpoint: &str) -> Option<String> {
        let endpoint = endpoint.parse().ok()?;
        self.intercept(&endpoint).map(|_| self.authority.clone())
    }
}

fn authority(uri: &Uri) -> Option<String> {
    let host = uri.host()?;
    if let Some(port) = uri.port() {
        return Some(format!("{host}:{port}"));
    }
    // If text follows the host, it is an invalid port.
    uri.authority()?.as_str().ends_with(host).then(|| host.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: &str = "https://monitoring.us-east-1.amazonaws.com";

    fn proxy(variables: &[(&str, &str)]) -> Result<Option<Proxy>, &'static str> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Proxy::new(&Environment::new(owned.collect()))
    }

    #[test]
    fn the_name_of_a_proxy_has_no_password() {
        for (url, name) in [
            ("http://proxy.test:3128", "proxy.test:3128"),
            ("http://user:p%40ss@proxy.test:3128/", "proxy.test:3128"),
            ("https://proxy.test", "proxy.test"),
            ("proxy.test:3128", "proxy.test:3128"),
            ("http://[::1]:3128", "[::1]:3128"),
        ] {
            let proxy = proxy(&[("HTTPS_PROXY", url)]).unwrap().unwrap();
            assert_eq!(proxy.on_the_way_to(ENDPOINT).as_deref(), Some(name), "{url}");
        }
        assert!(proxy(&[("HTTPS_PROXY", "")]).unwrap().is_none());
    }

    #[test]
    fn requests_to_encrypted_endpoints_that_are_not_in_no_proxy_use_the_proxy() {
        let variables = [("ALL_PROXY", "http://proxy.test:3128"), ("NO_PROXY", "127.0.0.1,.internal")];
        for (endpoint, is_proxied) in [
            (ENDPOINT, true),
            ("http://monitoring.us-east-1.amazonaws.com", false),
            ("https://127.0.0.1:8443", false),
            ("https://vpce.internal", false),
        ] {
            let proxy = proxy(&variables).unwrap().unwrap();
            assert_eq!(proxy.on_the_way_to(endpoint).is_some(), is_proxied, "{endpoint}");
        }
    }

    #[test]
    fn a_value_that_is_not_an_http_url_is_refused_with_the_name_of_its_variable() {
        for url in
            ["http://proxy.test:port", "http://proxy.test:99999", "socks5://proxy.test:1", "http://", "a b"]
        {
            assert_eq!(proxy(&[("HTTPS_PROXY", url)]).unwrap_err(), "HTTPS_PROXY", "{url}");
        }
    }
}
