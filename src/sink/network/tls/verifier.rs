//! Verifies the certificate of a server as webpki does, with one addition: a certificate that the environment names is
//! accepted from the server itself. Node accepts it too, and webpki refuses it.
//!
//! A certificate that `openssl req -x509` makes says that it is an authority. For webpki, no authority is a server's, and
//! what is no authority needs one.

use std::sync::Arc;

use rustls::{
    CertificateError, DigitallySignedStruct, Error, OtherError, RootCertStore, SignatureScheme,
    client::{
        danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier},
        verify_server_cert_signed_by_trust_anchor, verify_server_name,
    },
    crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature},
    pki_types::{CertificateDer, ServerName, UnixTime},
    server::ParsedCertificate,
};

use super::{
    refusal::{Missing, Untrusted},
    trust::Trust,
};

/// Verifies certificates.
#[derive(Debug)]
pub struct Verifier {
    trust: Trust,
    algorithms: WebPkiSupportedAlgorithms,
}

impl Verifier {
    #[must_use]
    pub const fn new(trust: Trust, algorithms: WebPkiSupportedAlgorithms) -> Self {
        Self { trust, algorithms }
    }

    /// Verifies that an authority vouches for a certificate, or that the environment names it.
    fn verify_trust(
        &self,
        end_entity: &CertificateDer<'_>,
        parsed: &ParsedCertificate<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<(), Error> {
        let verify = |authorities: &_, intermediates| {
            let algorithms = self.algorithms.all;
            verify_server_cert_signed_by_trust_anchor(parsed, authorities, intermediates, now, algorithms)
        };
        if self.trust.named.contains(end_entity) {
            // Without authorities, all that webpki can find amiss but the issuer is the validity or the purpose.
            return match verify(&RootCertStore::empty(), &[]) {
                Err(error) if Missing::new(&error, self.algorithms.all).is_some() => Ok(()),
                result => result,
            };
        }
        let Err(error) = verify(&self.trust.authorities, intermediates) else { return Ok(()) };
        let Some(missing) = Missing::new(&error, self.algorithms.all) else { return Err(error) };
        let last = intermediates.last().unwrap_or(end_entity);
        let untrusted = Untrusted::new(missing, last, &self.trust.sources);
        Err(CertificateError::Other(OtherError(Arc::new(untrusted))).into())
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(end_entity)?;
        self.verify_trust(end_entity, &parsed, intermediates, now)?;
        verify_server_name(&parsed, server_name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.algorithms.supported_schemes()
    }
}
