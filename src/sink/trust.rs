//! Which certificate authorities are trusted: those of `AWS_CA_BUNDLE`, else the system's.

use aws_smithy_http_client::tls::TrustStore;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

use crate::environment::Environment;

/// The trusted authorities, or, when the bundle that was asked for cannot be used, the system's and why.
#[must_use]
pub fn trust_store(environment: &Environment) -> (TrustStore, Option<String>) {
    let Some(file) = environment.get("AWS_CA_BUNDLE") else {
        return (TrustStore::default(), None);
    };
    match bundle(file) {
        Ok(bundle) => (TrustStore::empty().with_pem_certificate(bundle), None),
        Err(problem) => {
            let warning =
                format!("AWS_CA_BUNDLE is not used, the system's certificates are: {file}: {problem}");
            (TrustStore::default(), Some(warning))
        }
    }
}

/// Reads a bundle in PEM. Checked here, because the SDK panics over one that does not parse.
fn bundle(file: &str) -> Result<Vec<u8>, String> {
    let bundle = std::fs::read(file).map_err(|error| error.to_string())?;
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
