//! The trusted certificate authorities: those in the file of `AWS_CA_BUNDLE` or, if that is not set, `SSL_CERT_FILE`.
//! Without a usable file, the authorities of the system are trusted.

use std::{io, sync::Arc};

use hkm_core::warning::WarningKind;
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject},
};
use rustls_native_certs::{CertificateResult, ErrorKind};

use super::{
    failure::is_shortage,
    files::{Files, MAX_CERTIFICATES_BYTES, Problem},
};
use crate::environment::Environment;

/// Variables that name a bundle of certificates. The first that is set is used.
const BUNDLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// Returns how TLS connections are made. See [`trust_store`] for the parameters and errors.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left.
pub async fn tls(
    environment: &Environment,
    is_encrypted: bool,
    files: &mut Files,
    warn: &impl Fn(WarningKind, String),
) -> io::Result<ClientConfig> {
    let roots = trust_store(environment, is_encrypted, files, warn).await?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?;
    let mut config = config.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Returns the trusted authorities. `warn` is called if a bundle cannot be used, and if requests are encrypted and the
/// system has no certificates.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left. The authorities are read once in the
/// life of the process, so they must not be taken for absent then.
pub async fn trust_store(
    environment: &Environment,
    is_encrypted: bool,
    files: &mut Files,
    warn: &impl Fn(WarningKind, String),
) -> io::Result<RootCertStore> {
    let asked_for = BUNDLES.iter().find_map(|name| environment.get(name).map(|file| (name, file)));
    if let Some((name, file)) = asked_for {
        let read = match files.read(file.as_ref(), MAX_CERTIFICATES_BYTES).await {
            Err(Problem::System(error)) if is_shortage(&error) => return Err(error),
            read => read.map_err(|problem| problem.to_string()),
        };
        match read.and_then(|bundle| parsed(&bundle)) {
            Ok(roots) => return Ok(roots),
            Err(problem) => {
                let message =
                    format!("{name} is not used: {file}: {problem}. The system's certificates are used");
                warn(WarningKind::CertificateBundle, message);
            }
        }
    }
    let system = system()?;
    if is_encrypted && system.is_empty() {
        warn(
            WarningKind::NoCertificates,
            "This system has no CA certificates, so that CloudWatch cannot be reached: install the package \
             ca-certificates, or set AWS_CA_BUNDLE"
                .to_owned(),
        );
    }
    Ok(system)
}

/// Returns the certificates of the system.
fn system() -> io::Result<RootCertStore> {
    let CertificateResult { certs, errors, .. } = rustls_native_certs::load_native_certs();
    for error in errors {
        match error.kind {
            ErrorKind::Io { inner, .. } if is_shortage(&inner) => return Err(inner),
            _ => {}
        }
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(certs);
    Ok(roots)
}

/// Parses a bundle of PEM certificates.
fn parsed(bundle: &[u8]) -> Result<RootCertStore, String> {
    let certificates = CertificateDer::pem_slice_iter(bundle)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| error.to_string())?;
    if certificates.is_empty() {
        return Err("there is no certificate in it".to_owned());
    }
    let mut roots = RootCertStore::empty();
    certificates
        .into_iter()
        .try_for_each(|certificate| roots.add(certificate))
        .map_err(|error| error.to_string())?;
    Ok(roots)
}
