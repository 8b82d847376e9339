//! The URLs of services that options, variables and profiles name.
//!
//! A URL that cannot be meant is refused before anything is sent. Without it, requests would go elsewhere: to AWS itself,
//! for example.

use thiserror::Error;
use url::{Host, Url};

/// The maximum length of a URL, in bytes. Servers accept about 8,000 for the URL of a request.
const MAX_LENGTH: usize = 2_048;

/// The maximum length of a URL in a message, in characters.
const MAX_SHOWN: usize = 64;

/// Why the value of an option, variable or profile is not the URL of a service. The message contains neither user and
/// password nor a query.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name} must be an http or https URL{without}, not {shown}{meant}")]
pub struct BadUrl {
    name: String,
    without: &'static str,
    shown: String,
    meant: String,
}

/// What a URL has that an endpoint must not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// It is no URL, or one of another scheme.
    NoUrl,
    Blank,
    UserOrPassword,
    QueryOrFragment,
    Port,
    Length,
}

impl Flaw {
    const fn without(self) -> &'static str {
        match self {
            Self::NoUrl => "",
            Self::Blank => " without blanks",
            Self::UserOrPassword => " without user and password",
            Self::QueryOrFragment => " without query and fragment",
            Self::Port => " with a port from 1 to 65535",
            Self::Length => " of at most 2,048 characters",
        }
    }
}

/// Returns the canonical form of the URL of an endpoint, which may have a path. `name` is that of the option or variable.
///
/// # Errors
/// Returns why it is none, with the URL that was probably meant.
pub fn endpoint(name: &str, text: &str) -> Result<String, BadUrl> {
    let flaw = match parsed(text) {
        Ok(url) if url.query().is_none() && url.fragment().is_none() => return Ok(url.into()),
        Ok(_) => Flaw::QueryOrFragment,
        Err(flaw) => flaw,
    };
    Err(BadUrl::new(name, text, flaw))
}

/// Checks the URL of a request, which may have a query.
///
/// # Errors
/// Returns why it is none, with the URL that was probably meant.
pub fn check_request(name: &str, text: &str) -> Result<(), BadUrl> {
    parsed(text).map(drop).map_err(|flaw| BadUrl::new(name, text, flaw))
}

/// Returns whether a URL leads to this machine by its name or loopback address. What is no URL does not.
#[must_use]
pub fn is_local(text: &str) -> bool {
    parsed(text).is_ok_and(|url| match url.host() {
        Some(Host::Domain(name)) => is_localhost(name),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    })
}

fn is_localhost(name: &str) -> bool {
    name == "localhost" || name.ends_with(".localhost")
}

fn parsed(text: &str) -> Result<Url, Flaw> {
    if text.len() > MAX_LENGTH {
        return Err(Flaw::Length);
    }
    // A URL parser accepts `http:host` and removes blanks.
    let has_scheme = ["http://", "https://"].iter().any(|scheme| starts_with(text, scheme));
    let is_separator = |c: char| c.is_whitespace() || c.is_control();
    match Url::parse(text) {
        _ if !has_scheme => Err(Flaw::NoUrl),
        _ if text.contains(is_separator) => Err(Flaw::Blank),
        // A character of the password ends the host.
        Err(url::ParseError::InvalidPort) if text.contains('@') => Err(Flaw::UserOrPassword),
        Err(url::ParseError::InvalidPort) => Err(Flaw::Port),
        Err(_) => Err(Flaw::NoUrl),
        // `http:///host` is not `http://host`.
        Ok(_) if text.splitn(3, '/').nth(2).is_some_and(|rest| rest.starts_with(['/', '\\'])) => {
            Err(Flaw::NoUrl)
        }
        Ok(url) if !url.username().is_empty() || url.password().is_some() => Err(Flaw::UserOrPassword),
        Ok(url) if url.port() == Some(0) => Err(Flaw::Port),
        Ok(url) => Ok(url),
    }
}

fn starts_with(text: &str, scheme: &str) -> bool {
    text.get(..scheme.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(scheme))
}

impl BadUrl {
    fn new(name: &str, text: &str, flaw: Flaw) -> Self {
        let meant = meant(text, flaw).map(|url| format!(": did you mean {url}?")).unwrap_or_default();
        Self { name: name.to_owned(), without: flaw.without(), shown: shown(text), meant }
    }
}

/// Returns a text as it can be shown: quoted, short, without user, password, query and fragment.
fn shown(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    // A password may contain any of these characters, if it is not encoded.
    let begin = text.rfind('@').map_or(0, |at| at + 1);
    let visible = if begin > end { "" } else { &text[begin..end] };
    let short: String = visible.chars().take(MAX_SHOWN).collect();
    let before = if begin > 0 { "…@" } else { "" };
    let after = if end < text.len() || short.len() < visible.len() { "…" } else { "" };
    format!("\"{before}{}{after}\"", short.escape_debug())
}

/// Returns the URL that was probably meant.
fn meant(text: &str, flaw: Flaw) -> Option<String> {
    let url = match flaw {
        Flaw::NoUrl => with_scheme(text)?,
        Flaw::UserOrPassword | Flaw::QueryOrFragment => {
            let mut url = Url::parse(text).ok()?;
            url.set_query(None);
            url.set_fragment(None);
            url.set_username("").and_then(|()| url.set_password(None)).ok()?;
            url.into()
        }
        Flaw::Blank | Flaw::Port | Flaw::Length => return None,
    };
    let url = parsed(&url).ok()?;
    if !is_plausible(&url) || url.query().is_some() || url.fragment().is_some() {
        return None;
    }
    let text = String::from(url);
    let text = text.strip_suffix('/').unwrap_or(&text);
    (text.len() <= MAX_SHOWN).then(|| text.to_owned())
}

/// Returns whether the host looks like one: `${VARIABLE}` is a host for a URL parser, and so is `http` in
/// `https://http//host`.
fn is_plausible(url: &Url) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match url.host() {
        Some(Host::Domain(name)) => !matches!(name, "http" | "https") && name.bytes().all(is_of_name),
        host => host.is_some(),
    }
}

/// Returns the scheme that was meant by letters of its own, such as `htp` or `htpps`. `ftp` and others are none of them.
fn misspelt(scheme: &str) -> Option<&'static str> {
    let scheme = scheme.to_ascii_lowercase();
    let is_misspelt =
        scheme.bytes().all(|byte| b"htps".contains(&byte)) && scheme.contains('t') && scheme.contains('p');
    is_misspelt.then_some(if scheme.contains('s') { "https" } else { "http" })
}

/// Adds the scheme or its slashes, or corrects it.
fn with_scheme(text: &str) -> Option<String> {
    for scheme in ["https:", "http:"] {
        if starts_with(text, scheme) {
            return Some(format!("{scheme}//{}", text[scheme.len()..].trim_start_matches('/')));
        }
    }
    if let Some((scheme, rest)) = text.split_once(":/") {
        let scheme = misspelt(scheme)?;
        return Some(format!("{scheme}://{}", rest.trim_start_matches('/')));
    }
    let rest = text.trim_start_matches('/');
    let url = Url::parse(&format!("http://{rest}")).ok()?;
    let is_name = matches!(url.host(), Some(Host::Domain(name)) if !is_localhost(name));
    // What listens at a port of its own or on an address seldom has a certificate.
    let scheme = if is_name && url.port().is_none_or(|port| port == 443) { "https" } else { "http" };
    Some(format!("{scheme}://{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(text: &str) -> String {
        endpoint("NAME", text).unwrap_err().to_string()
    }

    #[test]
    fn an_endpoint_is_an_http_or_https_url_and_may_have_a_path() {
        for (text, canonical) in [
            ("http://localhost:4566", "http://localhost:4566/"),
            ("HTTP://LOCALHOST:4566/", "http://localhost:4566/"),
            ("https://host/base/path/", "https://host/base/path/"),
            ("https://host/with%20space", "https://host/with%20space"),
            ("https://host/a@b", "https://host/a@b"),
            ("http://[::1]:80", "http://[::1]/"),
            ("http://127.1:1", "http://127.0.0.1:1/"),
            ("https://bücher.example", "https://xn--bcher-kva.example/"),
            ("https://host:443", "https://host/"),
            ("http://under_score:1", "http://under_score:1/"),
        ] {
            assert_eq!(endpoint("NAME", text).as_deref(), Ok(canonical));
            assert_eq!(check_request("NAME", text), Ok(()));
        }
        assert_eq!(check_request("NAME", "http://127.0.0.1/v1?id=1"), Ok(()));
    }

    #[test]
    fn what_is_none_is_refused_with_what_was_probably_meant() {
        for (text, meant) in [
            ("localhost:4566", Some("http://localhost:4566")),
            ("localhost", Some("http://localhost")),
            ("127.0.0.1:4566/base", Some("http://127.0.0.1:4566/base")),
            ("[::1]:4566", Some("http://[::1]:4566")),
            ("cloudwatch.internal", Some("https://cloudwatch.internal")),
            ("cloudwatch.internal:8080", Some("http://cloudwatch.internal:8080")),
            ("//host", Some("https://host")),
            ("/host", Some("https://host")),
            ("http:/one-slash", Some("http://one-slash")),
            ("https:host:1", Some("https://host:1")),
            ("http:///host", Some("http://host")),
            ("htp://host", Some("http://host")),
            ("ttp:/host:1", Some("http://host:1")),
            ("HTTTPS://host", Some("https://host")),
            ("htpps://host", Some("https://host")),
            ("sftp://host", None),
            ("s3://host", None),
            ("ftp://host", None),
            ("unix:/run/socket", None),
            ("http://", None),
            ("https:///", None),
            ("http://a b", None),
            ("http://a\tb", None),
            ("http://host/a b", None),
            ("http://host:0", None),
            ("http://host:99999", None),
            ("http://host:port", None),
            ("http://[::1", None),
            ("http://%", None),
            ("http//localhost:1", None),
            ("https//host", None),
            ("${AWS}", None),
            ("http:${HOST}", None),
            ("?", None),
            ("", None),
        ] {
            let told = refused(text);
            assert!(told.starts_with("NAME must be an http or https URL"), "{told}");
            let advice = meant.map(|meant| format!(": did you mean {meant}?"));
            assert!(told.ends_with(advice.as_deref().unwrap_or("\"")), "{told}");
        }
    }

    #[test]
    fn neither_user_and_password_nor_query_and_fragment_belong_to_an_endpoint_and_none_is_told() {
        for (text, told) in [
            (
                "http://user:pass@host/a",
                "without user and password, not \"…@host/a\": did you mean http://host/a?",
            ),
            (
                "http://host/?pass",
                "without query and fragment, not \"http://host/…\": did you mean http://host?",
            ),
            (
                "http://host#pass",
                "without query and fragment, not \"http://host…\": did you mean http://host?",
            ),
            ("user:pass@host", "URL, not \"…@host\""),
            ("http://user:p#ss@host", "URL without user and password, not \"…@…\""),
            ("ftp://user:pass@host", "URL, not \"…@host\""),
        ] {
            assert!(refused(text).ends_with(told), "{}", refused(text));
        }
    }

    #[test]
    fn a_very_long_one_is_refused_by_its_beginning() {
        let long = format!("http://host/{}", "x".repeat(MAX_LENGTH));
        assert!(refused(&long).len() < 200, "{}", refused(&long));
        let label = format!("{}.test", "x".repeat(300));
        assert!(refused(&label).len() < 200, "{}", refused(&label));
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic_and_none_is_quoted_before_an_at(
            begin in "\\PC{0,12}", secret in "[a-z]{12}", end in "[\\PC&&[^@]]{0,12}"
        ) {
            let text = format!("{begin}{secret}@{end}");
            if let Err(refused) = endpoint("NAME", &text) {
                prop_assert!(!refused.shown.contains(&secret));
            }
        }

        #[test]
        fn what_is_accepted_is_accepted_again_and_a_proposal_is_accepted(text in "[a-z:/@.?#0-9 \\[\\]]{0,24}") {
            match endpoint("NAME", &text) {
                Ok(canonical) => prop_assert_eq!(endpoint("NAME", &canonical), Ok(canonical)),
                Err(refused) => {
                    if let Some(meant) = refused.meant.strip_prefix(": did you mean ") {
                        prop_assert!(endpoint("NAME", meant.strip_suffix('?').unwrap()).is_ok());
                    }
                }
            }
        }
    }
}
