//! The trusted certificate authorities: those in the file of `AWS_CA_BUNDLE` or, if that is not set, `SSL_CERT_FILE`.
//! Without a usable file, the authorities of the system are trusted.

use aws_smithy_http_client::tls::TrustStore;
use hkm_core::warning::WarningKind;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use super::files::{Files, MAX_CERTIFICATES_BYTES};
use crate::environment::Environment;

/// Variables that name a bundle of certificates. The first that is set is used.
const BUNDLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];

/// Returns the trusted authorities. `warn` is called if a bundle cannot be used, and if requests are encrypted and the
/// system has no certificates.
pub async fn trust_store(
    environment: &Environment,
    is_encrypted: bool,
    files: &mut Files,
    warn: &impl Fn(WarningKind, String),
) -> TrustStore {
    let asked_for = BUNDLES.iter().find_map(|name| environment.get(name).map(|file| (name, file)));
    if let Some((name, file)) = asked_for {
        match bundle(file, files).await {
            Ok(bundle) => return TrustStore::empty().with_pem_certificate(bundle),
            Err(problem) => {
                let message =
                    format!("{name} is not used: {file}: {problem}. The system's certificates are used");
                warn(WarningKind::CertificateBundle, message);
            }
        }
    }
    if is_encrypted && rustls_native_certs::load_native_certs().certs.is_empty() {
        warn(
            WarningKind::NoCertificates,
            "This system has no CA certificates, so that CloudWatch cannot be reached: install the package \
             ca-certificates, or set AWS_CA_BUNDLE"
                .to_owned(),
        );
    }
    TrustStore::default()
}

/// Reads and checks a bundle of PEM certificates. The SDK panics on a bundle that cannot be parsed.
async fn bundle(file: &str, files: &mut Files) -> Result<Vec<u8>, String> {
    let bundle =
        files.read(file.as_ref(), MAX_CERTIFICATES_BYTES).await.map_err(|error| error.to_string())?;
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
