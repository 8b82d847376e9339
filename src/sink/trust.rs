//! The trusted certificate authorities: those in the file of `AWS_CA_BUNDLE` or, if that is not set, `SSL_CERT_FILE`.
//! Without a usable file, the authorities of the system are trusted.

use std::io;

use aws_smithy_http_client::tls::TrustStore;
use aws_smithy_types::base64;
use hkm_core::warning::WarningKind;
use rustls::{
    RootCertStore,
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
) -> io::Result<TrustStore> {
    let asked_for = BUNDLES.iter().find_map(|name| environment.get(name).map(|file| (name, file)));
    if let Some((name, file)) = asked_for {
        let read = match files.read(file.as_ref(), MAX_CERTIFICATES_BYTES).await {
            Err(Problem::System(error)) if is_shortage(&error) => return Err(error),
            read => read.map_err(|problem| problem.to_string()),
        };
        match read.and_then(checked) {
            Ok(bundle) => return Ok(TrustStore::empty().with_pem_certificate(bundle)),
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
    Ok(TrustStore::empty().with_pem_certificate(system))
}

/// Returns the certificates of the system, as PEM. The SDK would read them once, and without a look at errors.
fn system() -> io::Result<String> {
    let CertificateResult { certs, errors, .. } = rustls_native_certs::load_native_certs();
    for error in errors {
        match error.kind {
            ErrorKind::Io { inner, .. } if is_shortage(&inner) => return Err(inner),
            _ => {}
        }
    }
    let mut roots = RootCertStore::empty();
    let mut bundle = String::new();
    for certificate in certs {
        if roots.add(certificate.clone()).is_ok() {
            bundle.push_str("-----BEGIN CERTIFICATE-----\n");
            bundle.push_str(&base64::encode(certificate));
            bundle.push_str("\n-----END CERTIFICATE-----\n");
        }
    }
    Ok(bundle)
}

/// Checks a bundle of PEM certificates. The SDK panics on a bundle that cannot be parsed.
fn checked(bundle: Vec<u8>) -> Result<Vec<u8>, String> {
    let certificates = CertificateDer::pem_slice_iter(&bundle)
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
    Ok(bundle)
}
