//! The way out: TLS, names and proxies, all from the snapshot of the environment.

use std::net::{IpAddr, Ipv4Addr};

use aws_sdk_cloudwatch::config::{RuntimeComponents, SharedHttpClient};
use aws_smithy_dns::HickoryDnsResolver;
use aws_smithy_http_client::{
    Builder, Connector,
    proxy::ProxyConfig,
    tls::{Provider, TlsContext, rustls_provider::CryptoMode},
};
use hkm_core::warning::WarningKind;

use super::{proxy::Proxy, trust::trust_store};
use crate::environment::Environment;

/// The client that all requests go through.
pub struct Http {
    pub client: SharedHttpClient,
    /// Host and port of the proxy on the way to the endpoint.
    pub proxy: Option<String>,
}

/// Builds the client. `warn` is told of settings that cannot be used.
pub fn client(environment: &Environment, endpoint: &str, warn: &impl Fn(WarningKind, String)) -> Http {
    let trust = trust_store(environment, !endpoint.starts_with("http://"), warn);
    let proxy = Proxy::new(environment).unwrap_or_else(|name| {
        // Not the value: there may be a password in it.
        warn(WarningKind::Proxy, format!("{name} is not used, requests go out directly: it is no http URL"));
        None
    });
    let config = proxy.as_ref().map_or_else(ProxyConfig::disabled, |proxy| proxy.config.clone());
    let proxy = proxy.and_then(|proxy| proxy.on_the_way_to(endpoint));
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
