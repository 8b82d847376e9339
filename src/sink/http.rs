//! The way out: TLS, names and proxies, all from the snapshot of the environment.

use std::net::{IpAddr, Ipv4Addr};

use aws_sdk_cloudwatch::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_dns::HickoryDnsResolver;
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};

use super::trust::trust_store;
use crate::{environment::Environment, warning::WarningKind};

/// Builds the client that all requests go through. `warn` is told of settings that cannot be used.
pub fn client(
    environment: &Environment,
    is_encrypted: bool,
    warn: &impl Fn(WarningKind, String),
) -> SharedHttpClient {
    let trust = trust_store(environment, is_encrypted, warn);
    let proxy = proxy(environment).unwrap_or_else(|problem| {
        warn(WarningKind::Proxy, problem);
        ProxyConfig::disabled()
    });
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(proxy.clone());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        let connector = connector.tls_provider(Provider::rustls(CryptoMode::Ring));
        let context = TlsContext::builder().with_trust_store(trust.clone()).build();
        let connector = match context {
            Ok(context) => connector.tls_context(context),
            Err(_) => connector,
        };
        connector.build_with_resolver(resolver())
    })
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

/// `HTTPS_PROXY` for what is encrypted; credentials services on the link-local network are asked directly. Without a
/// scheme it is an HTTP proxy, as for curl.
fn proxy(environment: &Environment) -> Result<ProxyConfig, String> {
    let Some((name, url)) = ["HTTPS_PROXY", "ALL_PROXY"]
        .into_iter()
        .find_map(|name| environment.any_case(name).map(|url| (name, url)))
    else {
        return Ok(ProxyConfig::disabled());
    };
    let url = if url.contains("://") { url.to_owned() } else { format!("http://{url}") };
    // Not the value: there may be a password in it.
    let proxy = ProxyConfig::https(url).map_err(|_| {
        format!("{name} is not used: it has to be an http or https URL; requests go out directly")
    })?;
    Ok(match environment.any_case("NO_PROXY") {
        Some(rules) => proxy.no_proxy(rules),
        None => proxy,
    })
}
