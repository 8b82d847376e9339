//! The way out: TLS, names and proxies, all from the snapshot of the environment.

use std::net::{IpAddr, Ipv4Addr};

use aws_sdk_cloudwatch::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_dns::HickoryDnsResolver;
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};

use ::http::Uri;

use super::trust::trust_store;
use crate::{environment::Environment, warning::WarningKind};

/// The client that all requests go through.
pub struct Http {
    pub client: SharedHttpClient,
    /// Host and port of the proxy for encrypted requests.
    pub proxy: Option<String>,
}

/// Builds the client. `warn` is told of settings that cannot be used.
pub fn client(environment: &Environment, is_encrypted: bool, warn: &impl Fn(WarningKind, String)) -> Http {
    let trust = trust_store(environment, is_encrypted, warn);
    let (config, proxy) = match proxy(environment) {
        Ok(Some((config, authority))) => (config, Some(authority).filter(|_| is_encrypted)),
        Ok(None) => (ProxyConfig::disabled(), None),
        Err(name) => {
            // Not the value: there may be a password in it.
            warn(
                WarningKind::Proxy,
                format!("{name} is not used, requests go out directly: it is no http URL"),
            );
            (ProxyConfig::disabled(), None)
        }
    };
    let client = Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(config.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        let connector = connector.tls_provider(Provider::rustls(CryptoMode::Ring));
        let context = TlsContext::builder().with_trust_store(trust.clone()).build();
        let connector = match context {
            Ok(context) => connector.tls_context(context),
            Err(_) => connector,
        };
        connector.build_with_resolver(resolver())
    });
    Http { client, proxy }
}

/// Resolves names without the C library. Where the system names no servers, a local one is asked: literal
/// addresses and `/etc/hosts` work all the same.
fn resolver() -> HickoryDnsResolver {
    let builder = HickoryDnsResolver::builder();
    if cfg!(windows) || hickory_resolver::system_conf::read_system_conf().is_ok() {
        builder.build()
    } else {
        builder.nameservers(&[IpAddr::V4(Ipv4Addr::LOCALHOST)], 53).build()
    }
}

/// `HTTPS_PROXY` for what is encrypted, with its host and port; credentials services on the link-local network are
/// asked directly. Without a scheme it is an HTTP proxy, as for curl. Or the name of a variable that cannot be used.
fn proxy(environment: &Environment) -> Result<Option<(ProxyConfig, String)>, &'static str> {
    let set = ["HTTPS_PROXY", "ALL_PROXY"]
        .into_iter()
        .find_map(|name| environment.any_case(name).map(|url| (name, url)));
    let Some((name, url)) = set else { return Ok(None) };
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    let uri: Uri = url.parse().map_err(|_| name)?;
    let authority = match (uri.host(), uri.port()) {
        (Some(host), Some(port)) => format!("{host}:{port}"),
        // A port that is none is no port either.
        (Some(host), None) if uri.authority().is_some_and(|all| all.as_str().ends_with(host)) => {
            host.to_owned()
        }
        _ => return Err(name),
    };
    let proxy = ProxyConfig::https(uri).map_err(|_| name)?;
    Ok(Some(match environment.any_case("NO_PROXY") {
        Some(rules) => (proxy.no_proxy(rules), authority),
        None => (proxy, authority),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn authority(url: &str) -> Result<Option<String>, &'static str> {
        let environment = Environment::new([("HTTPS_PROXY".to_owned(), url.to_owned())].into());
        proxy(&environment).map(|found| found.map(|(_, authority)| authority))
    }

    #[test]
    fn a_proxy_is_named_without_its_password() {
        for (url, name) in [
            ("http://proxy.test:3128", "proxy.test:3128"),
            ("http://user:p%40ss@proxy.test:3128/", "proxy.test:3128"),
            ("https://proxy.test", "proxy.test"),
            ("proxy.test:3128", "proxy.test:3128"),
            ("http://[::1]:3128", "[::1]:3128"),
        ] {
            assert_eq!(authority(url).unwrap().as_deref(), Some(name), "{url}");
        }
        assert_eq!(authority(""), Ok(None));
    }

    #[test]
    fn what_is_no_http_url_is_refused_by_the_name_of_its_variable() {
        for url in
            ["http://proxy.test:port", "http://proxy.test:99999", "socks5://proxy.test:1", "http://", "a b"]
        {
            assert_eq!(authority(url), Err("HTTPS_PROXY"), "{url}");
        }
    }
}
