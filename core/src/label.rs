//! Makes labels valid as dimension values. Labels that differ stay different.
//!
//! CloudWatch accepts [1 to 1,024 printable ASCII characters, not blank][Dimension]. It refuses a colon at the start of
//! the name of a dimension, but not of its value.
//!
//! A label that has to be changed ends in `~` and a hash of the whole label: 16 hexadecimal digits, the first of the
//! SHA-256 of its UTF-8. The hash is the same in every process, on every platform and in every version.
//!
//! [Dimension]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html

use std::borrow::Cow;

use sha2::{Digest, Sha256};

/// The maximum length of a dimension value, in characters. Source: `Dimension`, `Value`.
pub const MAX_LABEL_CHARACTERS: usize = 1_024;

/// Precedes the hash of a changed label.
const HASH_MARK: char = '~';
const HASH_DIGITS: usize = 16;
/// The maximum number of characters that are kept of a changed label.
const MAX_KEPT: usize = MAX_LABEL_CHARACTERS - HASH_DIGITS - 1;

/// Replaces one or more characters outside printable ASCII.
const REPLACEMENT: char = '?';

/// Returns whether a label leaves its dimension out.
#[must_use]
pub fn is_blank(label: &str) -> bool {
    label.bytes().all(|byte| byte == b' ')
}

/// Makes a label valid as a dimension value, unless it is blank. Borrows the label if nothing changes.
///
/// A label that looks like a changed one is changed too, because it could otherwise equal one.
#[must_use]
pub fn acceptable(label: &str) -> Cow<'_, str> {
    if label.len() <= MAX_LABEL_CHARACTERS && label.bytes().all(is_printable) && !looks_changed(label) {
        return Cow::Borrowed(label);
    }
    let mut changed = String::with_capacity(MAX_LABEL_CHARACTERS.min(label.len() + HASH_DIGITS + 1));
    let mut is_replacing = false;
    for character in label.chars() {
        if changed.len() == MAX_KEPT {
            break;
        }
        let is_kept = matches!(character, ' '..='~');
        if is_kept || !is_replacing {
            changed.push(if is_kept { character } else { REPLACEMENT });
        }
        is_replacing = !is_kept;
    }
    changed.push(HASH_MARK);
    changed.push_str(&hash(label));
    changed.into()
}

const fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}

fn hash(label: &str) -> String {
    let first =
        Sha256::digest(label).iter().take(HASH_DIGITS / 2).fold(0, |hash, &byte| hash << 8 | u64::from(byte));
    format!("{first:0HASH_DIGITS$x}")
}

fn looks_changed(label: &str) -> bool {
    label.rsplit_once(HASH_MARK).is_some_and(|(_, hash)| {
        hash.len() == HASH_DIGITS && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::cases;
    use proptest::prelude::*;
    use std::collections::HashMap;

    /// Texts of which many become the same without a hash.
    fn label() -> impl Strategy<Value = String> {
        prop_oneof![
            "[ae\u{e9}\u{e8}~?:\t\u{200f}\u{1f511}検索翻訳]{0,4}",
            "[ -~]{0,40}",
            ".{0,1200}",
            (1_000..1_030_usize, "[ab\u{e9}]{0,3}").prop_map(|(length, end)| "a".repeat(length) + &end),
            "[a\u{e9}]{1,2}".prop_map(|label| acceptable(&label).into_owned()),
        ]
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn any_label_that_is_not_blank_is_made_valid(label in label()) {
            prop_assume!(!is_blank(&label));
            let valid = acceptable(&label);
            prop_assert!((1..=MAX_LABEL_CHARACTERS).contains(&valid.len()));
            prop_assert!(valid.bytes().all(is_printable));
            prop_assert!(!is_blank(&valid));
        }

        #[test]
        fn labels_that_differ_stay_different(labels in prop::collection::vec(label(), 2..60)) {
            let mut originals = HashMap::new();
            for label in &labels {
                let original = *originals.entry(acceptable(label)).or_insert(label);
                prop_assert_eq!(original, label);
            }
        }

        #[test]
        fn a_valid_label_is_not_changed(label in "[ -}]{0,1024}") {
            prop_assert!(matches!(acceptable(&label), Cow::Borrowed(same) if same == label));
        }
    }

    #[test]
    fn a_changed_label_keeps_what_is_printable_and_ends_in_its_hash() {
        // `printf %s LABEL | sha256sum | cut -c1-16`
        for (label, expected) in [
            ("検索", "?~1b6b1a6f89315f6e"),
            ("über straße", "?ber stra?e~b1a29f7ab9801d9e"),
            ("a\r\nb", "a?b~18745f36a05e2907"),
        ] {
            assert_eq!(acceptable(label), expected);
        }
    }

    #[test]
    fn a_label_of_the_maximum_length_is_kept_and_a_longer_one_is_cut() {
        let longest = "a".repeat(MAX_LABEL_CHARACTERS);
        assert_eq!(acceptable(&longest), longest);
        let cut = acceptable(&(longest + "b")).into_owned();
        assert_eq!(cut.len(), MAX_LABEL_CHARACTERS);
        assert!(cut.starts_with(&"a".repeat(MAX_KEPT)) && looks_changed(&cut));
    }

    #[test]
    fn a_colon_at_the_start_is_kept() {
        assert_eq!(acceptable(":a"), ":a");
    }
}
