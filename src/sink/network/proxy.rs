//! The proxy for encrypted requests: `https_proxy`, or `all_proxy` if that is not set. Hosts in `no_proxy` are reached
//! without it. Names in lower case come first, as for curl and Node.
//!
//! Unencrypted requests use no proxy, such as those to credential services on link-local addresses.

use std::{borrow::Cow, fmt};

use aws_smithy_types::base64;
use http::{HeaderValue, Uri, uri::Scheme};
use percent_encoding::percent_decode_str;
use thiserror::Error;
use url::Url;

use crate::environment::Environment;
use crate::sink::network::no_proxy::NoProxy;

/// The maximum number of unusable members of `NO_PROXY` that a warning shows.
const MAX_SHOWN: usize = 3;

/// The proxies that the environment names.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    proxy: Option<Result<Proxy, Unusable>>,
    exceptions: NoProxy,
}

/// A proxy. Its `Display` is the host and port, without user and password.
#[derive(Clone)]
pub struct Proxy {
    /// The name of the variable that holds its URL.
    pub variable: String,
    /// Its scheme, host and port.
    pub uri: Uri,
    /// The value of `Proxy-Authorization`, which is not for logs.
    pub authorization: Option<HeaderValue>,
}

/// Why the value of a variable is no proxy. The message does not contain the value, which may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    #[error(
        "{0} names a SOCKS proxy, which is not supported. Name an HTTP proxy there, or the host in NO_PROXY if it can be \
         reached directly"
    )]
    Socks(String),
    #[error(
        "{0} is not an http or https URL such as http://user:password@host:3128. In user and password, write / ? # % and \
         @ as %2F %3F %23 %25 and %40"
    )]
    NoUrl(String),
}

impl Proxies {
    /// Reads the variables. Makes no request.
    #[must_use]
    pub fn new(environment: &Environment) -> Self {
        let set = ["HTTPS_PROXY", "ALL_PROXY"].into_iter().find_map(|name| environment.any_case(name));
        let exceptions = environment.any_case("NO_PROXY").map(|(_, value)| NoProxy::new(value));
        Self {
            proxy: set.map(|(variable, url)| Proxy::new(variable, url)),
            exceptions: exceptions.unwrap_or_default(),
        }
    }

    /// Returns the proxy through which a request goes, or `None` if it goes directly.
    ///
    /// # Errors
    /// Returns why the proxy of such a request cannot be used. It must not go directly: a proxy may be the only way that
    /// is allowed.
    pub fn on_the_way_to(&self, uri: &Uri) -> Result<Option<&Proxy>, &Unusable> {
        let (Some(proxy), Some(host)) = (&self.proxy, uri.host()) else { return Ok(None) };
        let is_encrypted = uri.scheme() == Some(&Scheme::HTTPS);
        if !is_encrypted || self.exceptions.contains(host, uri.port_u16().unwrap_or(443)) {
            return Ok(None);
        }
        proxy.as_ref().map(Some)
    }

    /// Returns a warning if the proxy cannot be used, or if members of `NO_PROXY` are no rule. A member that may hold a
    /// password is not shown.
    #[must_use]
    pub fn complaint(&self) -> Option<String> {
        if let Some(Err(why)) = &self.proxy {
            return Some(format!("{why}. What would go through the proxy is not sent"));
        }
        let unusable = self.exceptions.unusable();
        if self.proxy.is_none() || unusable.is_empty() {
            return None;
        }
        let shown =
            |member: &String| if member.contains('@') { "…".to_owned() } else { format!("{member:.64}") };
        let shown: Vec<_> = unusable.iter().take(MAX_SHOWN).map(shown).collect();
        let more = if unusable.len() > MAX_SHOWN { " and others" } else { "" };
        Some(format!(
            "NO_PROXY has members that are no host, address, range or network, and are ignored: {}{more}. Write a host without \
             scheme and path",
            shown.join(" ")
        ))
    }
}

impl Proxy {
    /// A URL without a scheme is an HTTP proxy. Without a port, it is that of the scheme, as for Node and Go. The path is
    /// ignored.
    fn new(variable: Cow<'_, str>, url: &str) -> Result<Self, Unusable> {
        let variable = variable.into_owned();
        let with_scheme =
            if has_scheme(url) { Cow::Borrowed(url) } else { Cow::Owned(format!("http://{url}")) };
        let Ok(url) = Url::parse(&with_scheme) else { return Err(Unusable::NoUrl(variable)) };
        let (scheme, default) = match url.scheme() {
            "http" => (Scheme::HTTP, 80),
            "https" => (Scheme::HTTPS, 443),
            socks if socks.starts_with("socks") => return Err(Unusable::Socks(variable)),
            _ => return Err(Unusable::NoUrl(variable)),
        };
        let port = url.port().unwrap_or(default);
        let uri = url.host_str().filter(|_| port != 0).and_then(|host| {
            Uri::builder().scheme(scheme).authority(format!("{host}:{port}")).path_and_query("/").build().ok()
        });
        let Some(uri) = uri else { return Err(Unusable::NoUrl(variable)) };
        Ok(Self { variable, uri, authorization: authorization(&url) })
    }
}

/// Returns whether a text begins like a URL, as opposed to `host:port`.
fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        rest.starts_with('/')
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    })
}

/// Returns the credentials of a URL for the scheme `Basic` of HTTP.
fn authorization(url: &Url) -> Option<HeaderValue> {
    let password = url.password().unwrap_or_default();
    if url.username().is_empty() && password.is_empty() {
        return None;
    }
    let mut pair: Vec<u8> = percent_decode_str(url.username()).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(password));
    let mut value = HeaderValue::try_from(format!("Basic {}", base64::encode(pair))).ok()?;
    value.set_sensitive(true);
    Some(value)
}

impl fmt::Display for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.uri.authority().map_or(Ok(()), |authority| formatter.write_str(authority.as_str()))
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Proxy({} of {})", self.uri, self.variable)
    }
}

#[cfg(test)]
mod tests;
