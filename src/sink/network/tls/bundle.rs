//! Finds the certificates in the contents of a file: PEM blocks with any text around them, or one certificate as DER.
//!
//! What cannot be used is left out and described. A description says where it is, and quotes nothing but the label of a
//! block: the file may hold a private key.

use std::collections::HashSet;

use aws_smithy_types::base64;
use rustls::pki_types::CertificateDer;
use webpki::anchor_from_trusted_cert;

/// The maximum number of certificates of which the problem is described.
const MAX_DESCRIBED: usize = 3;

/// The maximum length of a label that is quoted.
const MAX_LABEL: usize = 30;

/// What was found in a file.
#[derive(Default)]
pub struct Bundle {
    /// Valid X.509 certificates. None is repeated.
    pub certificates: HashSet<CertificateDer<'static>>,
    /// The number of blocks that should be certificates.
    members: usize,
    /// The first problems, and the number of all.
    described: Vec<String>,
    problems: usize,
    /// The label of the last block that is something else.
    other: Option<String>,
    is_utf16: bool,
}

/// A PEM block whose end was not found yet.
struct Block {
    line: usize,
    label: String,
    base64: Vec<u8>,
}

impl Bundle {
    #[must_use]
    pub fn new(contents: &[u8]) -> Self {
        let mut bundle = Self::default();
        let der = CertificateDer::from(contents);
        if anchor_from_trusted_cert(&der).is_ok() {
            bundle.certificates.insert(der.into_owned());
            return bundle;
        }
        bundle.is_utf16 = contents.starts_with(&[0xff, 0xfe]) || contents.starts_with(&[0xfe, 0xff]);
        bundle.read_pem(contents.strip_prefix(b"\xef\xbb\xbf").unwrap_or(contents));
        bundle
    }

    fn read_pem(&mut self, text: &[u8]) {
        let mut open: Option<Block> = None;
        for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
            let line = line.trim_ascii();
            if let Some(label) = label(line, b"-----BEGIN ") {
                let begun = Block { line: index + 1, label, base64: Vec::new() };
                if let Some(block) = open.replace(begun) {
                    self.add(&block, false);
                }
            } else if label(line, b"-----END ").is_some() {
                if let Some(block) = open.take() {
                    self.add(&block, true);
                }
            } else if let Some(block) = &mut open {
                block.base64.extend_from_slice(line);
            }
        }
        if let Some(block) = open {
            self.add(&block, false);
        }
    }

    fn add(&mut self, block: &Block, has_end: bool) {
        if !block.label.ends_with("CERTIFICATE") {
            self.other = Some(block.label.clone());
            return;
        }
        self.members += 1;
        match certificate(block, has_end) {
            Ok(certificate) => _ = self.certificates.insert(certificate),
            Err(problem) => {
                self.problems += 1;
                if self.problems <= MAX_DESCRIBED {
                    let (number, line) = (self.members, block.line);
                    self.described.push(format!("certificate {number} in line {line} {problem}"));
                }
            }
        }
    }

    /// Returns whether there is a certificate, valid or not.
    #[must_use]
    pub fn has_members(&self) -> bool {
        self.members > 0 || !self.certificates.is_empty()
    }

    /// Returns what cannot be used, or `None` if there is a certificate and each is used.
    #[must_use]
    pub fn problem(&self) -> Option<String> {
        if !self.has_members() {
            let instead = match &self.other {
                _ if self.is_utf16 => ": it is UTF-16 text".to_owned(),
                Some(label) => format!(": it holds {label}"),
                None => String::new(),
            };
            return Some(format!("there is no certificate in it{instead}"));
        }
        let others = match self.problems.saturating_sub(MAX_DESCRIBED) {
            0 => String::new(),
            others => format!(", and {others} more"),
        };
        let of = format!("of {} certificates", self.members);
        (self.problems > 0)
            .then(|| format!("{} {of} cannot be used: {}{others}", self.problems, self.described.join(", ")))
    }
}

/// Returns the label of a line that begins or ends a PEM block. A label of other characters than those of RFC 7468's
/// labels is not quoted.
fn label(line: &[u8], prefix: &[u8]) -> Option<String> {
    let label = line.strip_prefix(prefix)?.strip_suffix(b"-----")?;
    let is_quotable = label.len() <= MAX_LABEL
        && label.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b' ');
    Some(if is_quotable { String::from_utf8_lossy(label).into_owned() } else { "something else".to_owned() })
}

fn certificate(block: &Block, has_end: bool) -> Result<CertificateDer<'static>, &'static str> {
    if !has_end {
        return Err("has no end");
    }
    // It says for what it is trusted, or distrusted. Node skips it too.
    if block.label == "TRUSTED CERTIFICATE" {
        return Err("is a TRUSTED CERTIFICATE, which `openssl x509` can convert");
    }
    let text = str::from_utf8(&block.base64).map_err(|_| "is not base64")?;
    let der = CertificateDer::from(base64::decode(text).map_err(|_| "is not base64")?);
    anchor_from_trusted_cert(&der).map_err(|_| "is not an X.509 certificate")?;
    Ok(der)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CA: &str = include_str!("../../../../testkit/certificates/ca.pem");
    const BROKEN: &str = include_str!("../../../../testkit/certificates/broken.pem");
    const KEY: &str = include_str!("../../../../testkit/certificates/server.key");

    #[test]
    fn a_bad_member_costs_no_other_and_is_told_with_its_place() {
        let bundle = Bundle::new(format!("{BROKEN}{CA}").as_bytes());
        assert_eq!(bundle.certificates.len(), 1);
        let problem = bundle.problem().unwrap();
        let expected =
            "1 of 2 certificates cannot be used: certificate 1 in line 1 is not an X.509 certificate";
        assert_eq!(problem, expected);
    }

    #[test]
    fn a_message_quotes_nothing_of_a_key_and_no_label_of_other_characters() {
        assert_eq!(
            Bundle::new(KEY.as_bytes()).problem().unwrap(),
            "there is no certificate in it: it holds PRIVATE KEY"
        );
        let secret = Bundle::new(
            b"-----BEGIN hunter2-----\n-----END hunter2-----\n-----BEGIN hunter2 CERTIFICATE-----",
        );
        assert!(!secret.problem().unwrap().contains("hunter2"));
    }

    #[test]
    fn a_message_is_short_however_many_members_are_bad() {
        let problem = Bundle::new(BROKEN.repeat(10_000).as_bytes()).problem().unwrap();
        assert!(problem.ends_with(", and 9997 more"), "{problem}");
        assert!(problem.len() < 300, "{problem}");
    }

    proptest! {
        #[test]
        fn whatever_is_around_a_certificate_it_is_found(before in any::<Vec<u8>>(), after in any::<Vec<u8>>()) {
            let contents = [&*before, b"\n", CA.as_bytes(), &*after].concat();
            prop_assert_eq!(Bundle::new(&contents).certificates.len(), 1);
        }
    }
}
