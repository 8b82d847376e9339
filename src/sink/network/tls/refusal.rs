//! Says why a TLS handshake failed, and what a user can do about it.

use std::{error::Error, fmt};

use aws_smithy_types::date_time::{DateTime, Format};
use rustls::{
    AlertDescription, CertificateError, InvalidMessage, OtherError, PeerIncompatible,
    pki_types::{CertificateDer, SignatureVerificationAlgorithm, UnixTime},
};

use super::certificate::issuer;

/// The maximum number of names of a certificate in a message.
const MAX_NAMES: usize = 5;

/// The algorithms of certificates that ring verifies.
const SUPPORTED: &str = "Supported are RSA of 2,048 to 8,192 bits with SHA-256, SHA-384 or SHA-512 (by PSS only with a salt \
                         as long as the hash), ECDSA of P-256 or P-384 with SHA-256 or SHA-384, and Ed25519";

/// What is missing in a certificate, if nothing else is wrong with it.
#[derive(Clone, Copy, Debug)]
pub enum Missing {
    /// No authority is known that issued it, or it is an authority's.
    Issuer,
    /// The authority with the name of its issuer has another key.
    Signature,
}

impl Missing {
    /// Returns what is missing by an error of webpki, which checks validity and purpose before it. `algorithms` are those that
    /// it was given.
    #[must_use]
    pub fn new(error: &rustls::Error, algorithms: &[&dyn SignatureVerificationAlgorithm]) -> Option<Self> {
        let rustls::Error::InvalidCertificate(error) = error else { return None };
        match error {
            CertificateError::UnknownIssuer => Some(Self::Issuer),
            CertificateError::BadSignature => Some(Self::Signature),
            // The authority has a key of another kind. If no signature of such a key can be verified, it may be the right one.
            CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext {
                public_key_algorithm_id: kind,
                ..
            } => algorithms
                .iter()
                .any(|algorithm| algorithm.public_key_alg_id().as_ref() == kind.as_slice())
                .then_some(Self::Signature),
            CertificateError::Other(OtherError(other)) => {
                matches!(other.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity)).then_some(Self::Issuer)
            }
            _ => None,
        }
    }
}

/// A certificate for which no trusted authority vouches.
#[derive(Debug)]
pub struct Untrusted {
    missing: Missing,
    issuer: Option<String>,
    sources: Vec<String>,
}

impl Untrusted {
    /// `last` is the last certificate that the server showed.
    #[must_use]
    pub fn new(missing: Missing, last: &CertificateDer<'_>, sources: &[String]) -> Self {
        Self { missing, issuer: issuer(last), sources: sources.to_owned() }
    }
}

impl fmt::Display for Untrusted {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the server's certificate is not trusted (UnknownIssuer): ")?;
        match (&self.issuer, self.missing) {
            (None, _) => formatter.write_str("it is self-signed"),
            (Some(issuer), Missing::Issuer) => write!(formatter, "its issuer \"{issuer}\" is not trusted"),
            (Some(issuer), Missing::Signature) => {
                write!(formatter, "its issuer \"{issuer}\" has not the key of the trusted one of that name")
            }
        }?;
        let sources = if self.sources.is_empty() { "none".to_owned() } else { self.sources.join(", ") };
        write!(
            formatter,
            ". Trusted certificates: {sources}. To trust one more, name a file with it in NODE_EXTRA_CA_CERTS, or in \
             AWS_CA_BUNDLE to trust no others"
        )
    }
}

impl Error for Untrusted {}

/// Returns the description of an error for which the one of rustls is not enough. `url` is what names the server: the endpoint,
/// or the variable of a proxy.
#[must_use]
pub fn describe(error: &rustls::Error, url: &str) -> Option<String> {
    let described = match error {
        rustls::Error::InvalidCertificate(refusal) => return Some(describe_certificate(refusal, url)),
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(
            PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
            | PeerIncompatible::ServerDoesNotSupportTls12Or13,
        ) => "the server speaks neither TLS 1.2 nor TLS 1.3 (ProtocolVersion)",
        rustls::Error::AlertReceived(AlertDescription::HandshakeFailure) => {
            "the server refused the TLS handshake (HandshakeFailure): it has no cipher suite or signature in common, or asks \
             for a certificate of the client, which is not supported"
        }
        rustls::Error::AlertReceived(AlertDescription::CertificateRequired) => {
            "the server asks for a certificate of the client, which is not supported (CertificateRequired)"
        }
        rustls::Error::InvalidMessage(InvalidMessage::InvalidContentType) => {
            return Some(format!(
                "the server does not speak TLS (InvalidContentType): check whether {url} should be an http URL"
            ));
        }
        _ => return None,
    };
    Some(described.to_owned())
}

fn describe_certificate(refusal: &CertificateError, url: &str) -> String {
    let issuers = "the server's certificate, or that of one of its issuers,";
    match refusal {
        CertificateError::ExpiredContext { time, not_after } => {
            let (time, not_after) = (date(*time), date(*not_after));
            format!(
                "{issuers} expired at {not_after}. By this system's clock, which may be wrong, it is {time}"
            )
        }
        CertificateError::NotValidYetContext { time, not_before } => {
            let (time, not_before) = (date(*time), date(*not_before));
            format!(
                "{issuers} is not valid before {not_before}. By this system's clock, which may be wrong, it is {time}"
            )
        }
        CertificateError::NotValidForNameContext { expected, presented } => {
            let (expected, names) = (expected.to_str(), names(presented));
            format!("the server's certificate is not valid for the name {expected}: {names}. Check {url}")
        }
        CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            format!("{issuers} has a signature or a key that is not supported. {SUPPORTED}")
        }
        CertificateError::Other(OtherError(other)) if other.is::<Untrusted>() => other.to_string(),
        refusal => format!("the server's certificate is refused: {refusal}"),
    }
}

fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "it has no subject alternative name, and a common name does not count".to_owned();
    }
    let shown: Vec<_> = presented.iter().take(MAX_NAMES).map(|name| plain(name)).collect();
    match presented.len().saturating_sub(MAX_NAMES) {
        0 => format!("it is for {}", shown.join(", ")),
        others => format!("it is for {} and {others} more", shown.join(", ")),
    }
}

/// Returns a name without the type that rustls writes around it: `DnsName("localhost")`.
fn plain(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
    inner.map_or(name, |inner| inner.trim_matches('"'))
}

fn date(time: UnixTime) -> String {
    i64::try_from(time.as_secs())
        .ok()
        .and_then(|seconds| DateTime::from_secs(seconds).fmt(Format::DateTime).ok())
        .unwrap_or_else(|| time.as_secs().to_string())
}
