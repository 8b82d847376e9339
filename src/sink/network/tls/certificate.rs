//! Facts about one certificate.

use std::time::Duration;

use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, Error, KeyUsage};

/// The maximum length of a name in a message, in characters.
const MAX_NAME_CHARS: usize = 64;

/// The object identifiers of the attributes of a name, as DER, the most telling first: common name, organizational unit,
/// organization.
const ATTRIBUTES: [[u8; 5]; 3] = [[6, 3, 0x55, 4, 3], [6, 3, 0x55, 4, 11], [6, 3, 0x55, 4, 10]];

/// Returns whether a certificate may sign others. As for OpenSSL, that is one whose basic constraints say so, or one of
/// version 1, which has no extensions.
#[must_use]
pub fn is_authority(certificate: &CertificateDer<'_>) -> bool {
    let Ok(parsed) = EndEntityCert::try_from(certificate) else { return true };
    // webpki looks at the validity first, then at the basic constraints, and then for the issuer. There is none.
    let refusal =
        |time| parsed.verify_for_usage(&[], &[], &[], time, KeyUsage::server_auth(), None, None).err();
    let refusal = match refusal(UnixTime::since_unix_epoch(Duration::ZERO)) {
        Some(Error::CertNotValidYet { not_before, .. }) => refusal(not_before),
        at_epoch => at_epoch,
    };
    matches!(refusal, Some(Error::CaUsedAsEndEntity))
}

/// Returns who issued a certificate, for a message. Returns `None` if it issued itself, or does not say.
#[must_use]
pub fn issuer(certificate: &CertificateDer<'_>) -> Option<String> {
    let parsed = EndEntityCert::try_from(certificate).ok()?;
    if parsed.issuer() == parsed.subject() { None } else { describe(parsed.issuer()) }
}

/// Returns one attribute of a name that is encoded as DER, as text that a message can quote. This is no parser: what it
/// returns is read by people only.
fn describe(name: &[u8]) -> Option<String> {
    ATTRIBUTES.iter().find_map(|attribute| {
        let at = name.windows(attribute.len()).position(|window| window == attribute)?;
        // The type of the string, its length in one byte, and the string.
        let [_, length, rest @ ..] = name.get(at + attribute.len()..)? else { return None };
        let text = String::from_utf8_lossy(rest.get(..usize::from(*length))?);
        let shown = text.chars().filter(|char| !char.is_control() && *char != '"');
        Some(shown.take(MAX_NAME_CHARS).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rustls::pki_types::pem::PemObject;

    fn read(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    #[test]
    fn what_says_that_it_is_an_authority_and_what_is_of_version_1_may_sign() {
        for (pem, expected) in [
            (include_str!("../../../../testkit/certificates/ca.pem"), true),
            (include_str!("../../../../testkit/certificates/expired-ca.pem"), true),
            (include_str!("../../../../testkit/certificates/version-1-ca.pem"), true),
            (include_str!("../../../../testkit/certificates/self-signed-authority.pem"), true),
            (include_str!("../../../../testkit/certificates/self-signed.pem"), false),
            (include_str!("../../../../testkit/certificates/server.pem"), false),
            (include_str!("../../../../testkit/certificates/not-yet-valid.pem"), false),
        ] {
            let certificate = read(pem);
            assert_eq!(is_authority(&certificate), expected, "{:?}", issuer(&certificate));
        }
    }

    #[test]
    fn the_issuer_is_described_unless_it_is_the_certificate_itself() {
        let server = read(include_str!("../../../../testkit/certificates/server.pem"));
        assert_eq!(issuer(&server).as_deref(), Some("Throw-away CA of the tests"));
        let authority = read(include_str!("../../../../testkit/certificates/ca.pem"));
        assert_eq!(issuer(&authority), None);
    }

    #[test]
    fn a_hostile_name_is_shown_without_control_characters_and_shortened() {
        let text = format!("\"\n{}", "x".repeat(100));
        let name = [&[6, 3, 0x55, 4, 3, 12, 102][..], text.as_bytes()].concat();
        assert_eq!(describe(&name), Some("x".repeat(MAX_NAME_CHARS)));
    }

    proptest! {
        #[test]
        fn a_name_of_any_bytes_is_described_or_not(mut name in any::<Vec<u8>>(), end in any::<Vec<u8>>()) {
            name.extend(ATTRIBUTES[0]);
            name.extend(end);
            let described = describe(&name);
            prop_assert!(described.is_none_or(|text| text.chars().count() <= MAX_NAME_CHARS));
        }
    }
}
