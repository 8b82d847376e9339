//! TLS: which certificate authorities are trusted, and how the certificate of a server is verified.
//!
//! ```text
//!   files of variables --> [`bundle`], [`folder`] --+
//!                                                   +--> [`trust`] --> [`verifier`] --> the handshake --> [`refusal`]
//!   files of the system, Mozilla's list ------------+
//! ```
//!
//! A certificate is verified against the system's clock. No variable turns the verification off.

pub mod bundle;
pub mod certificate;
pub mod folder;
pub mod refusal;
pub mod trust;
pub mod verifier;

use std::{io, sync::Arc};

use hkm_core::warning::WarningKind;
use rustls::{ClientConfig, crypto::ring};

use self::{trust::trust, verifier::Verifier};
use crate::environment::Environment;
use crate::sink::files::Files;

/// Returns how TLS connections are made. `warn` is called at most once, with what cannot be used of the certificates that
/// the environment names. `is_encrypted` is whether requests to CloudWatch use TLS.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left. The authorities are read once in the
/// life of the process, so they must not be taken for absent then.
pub async fn tls(
    environment: &Environment,
    is_encrypted: bool,
    files: &mut Files,
    warn: &impl Fn(WarningKind, String),
) -> io::Result<ClientConfig> {
    let (trust, mut problems) = trust(environment, files).await?;
    if is_encrypted && environment.get("NODE_TLS_REJECT_UNAUTHORIZED") == Some("0") {
        problems.push(
            "NODE_TLS_REJECT_UNAUTHORIZED=0 has no effect on metrics: certificates are verified. Name the \
             certificate to trust in NODE_EXTRA_CA_CERTS"
                .to_owned(),
        );
    }
    if !problems.is_empty() {
        warn(WarningKind::Certificates, problems.join(". "));
    }
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(trust, provider.signature_verification_algorithms);
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}
