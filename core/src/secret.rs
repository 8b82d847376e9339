//! Recognizes secrets that are passed in place of the name of an environment variable.
//!
//! The `key` label should be a name such as `OPENAI_API_KEY_2`. If a caller passes the secret itself, it must not
//! reach CloudWatch. A label that does not look like a name is therefore replaced.

/// Replaces a secret.
pub const REDACTED: &str = "[redacted]";

/// Prefixes that issuers give their credentials.
const PREFIXES: [&str; 24] = [
    "sk_",
    "pk_",
    "rk_",
    "sk-",
    "pk-",
    "AKIA",
    "ASIA",
    "ghp_",
    "gho_",
    "ghu_",
    "ghs_",
    "ghr_",
    "github_pat_",
    "glpat",
    "AIza",
    "ya29",
    "xox",
    "eyJ",
    "hf_",
    "gsk_",
    "npm_",
    "r8_",
    "dop_v1_",
    "whsec_",
];

/// The minimum length of a secret that is recognized by its mix of cases and digits. Shorter ones are taken for names.
const SHORTEST_MIXED_SECRET: usize = 20;

/// Returns whether a `key` label could be a secret and not the name of a variable.
#[must_use]
pub fn looks_like_secret(key: &str) -> bool {
    let is_name = key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let has = |class: fn(&u8) -> bool| key.as_bytes().iter().any(class);
    let is_mixed = has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_digit);
    !is_name
        || PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || (key.len() >= SHORTEST_MIXED_SECRET && is_mixed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategies::cases;
    use proptest::prelude::*;

    #[test]
    fn names_of_variables_pass() {
        for name in [
            "OPENAI_API_KEY",
            "OPENAI_API_KEY_2",
            "EXA_KEY",
            "anthropic_key_1",
            "Key1",
            "",
            "K",
            "A_RATHER_LONG_NAME_OF_A_KEY_42",
            "OpenAiApiKeyNumber1",
        ] {
            assert!(!looks_like_secret(name), "{name}");
        }
    }

    #[test]
    fn possible_secrets_do_not_pass() {
        for secret in [
            "sk-proj-1234",
            "pk-1234",
            "sk_live_1234",
            "pk_live_1234",
            "rk_live_1234",
            "AKIA1234",
            "ASIA1234",
            "ghp_1234",
            "gho_1234",
            "ghu_1234",
            "ghs_1234",
            "ghr_1234",
            "github_pat_1234",
            "glpat1234",
            "AIza1234",
            "ya291234",
            "xoxb1234",
            "eyJhbGciOiJ",
            "hf_1234",
            "gsk_1234",
            "npm_1234",
            "r8_1234",
            "dop_v1_1234",
            "whsec_1234",
            "abcdefghijABCDEFGHI1",
            "has space",
            "Bearer:abc",
            "schlüssel",
        ] {
            assert!(looks_like_secret(secret), "{secret}");
        }
    }

    #[test]
    fn twenty_characters_of_both_cases_and_digits_are_a_secret_and_nineteen_are_a_name() {
        for (key, is_secret) in [
            ("abcdefghijABCDEFGH1", false),
            ("abcdefghijABCDEFGHI1", true),
            ("abcdefghijabcdefghi1", false),
            ("ABCDEFGHIJABCDEFGHI1", false),
            ("abcdefghijABCDEFGHIJ", false),
        ] {
            assert_eq!(looks_like_secret(key), is_secret, "{key}");
        }
    }

    proptest! {
        #![proptest_config(cases(256))]

        #[test]
        fn names_in_capitals_pass_unless_they_have_the_prefix_of_a_credential(name in "[B-Z_][A-Z0-9_]{0,80}") {
            prop_assert!(!looks_like_secret(&name));
        }

        #[test]
        fn short_names_pass_in_any_case(name in "[B-DL-M][A-Za-z0-9]{0,18}") {
            prop_assert!(!looks_like_secret(&name));
        }

        #[test]
        fn a_character_that_is_invalid_in_a_name_makes_a_label_a_secret(
            before in "[A-Z0-9_]{0,30}",
            sign in "[^A-Za-z0-9_]",
            after in "[A-Z0-9_]{0,30}",
        ) {
            let secret = format!("{before}{sign}{after}");
            prop_assert!(looks_like_secret(&secret));
        }

        #[test]
        fn the_prefix_of_a_credential_makes_a_label_a_secret(
            prefix in prop::sample::select(PREFIXES.as_slice()),
            rest in "[A-Za-z0-9_]{0,40}",
        ) {
            let secret = format!("{prefix}{rest}");
            prop_assert!(looks_like_secret(&secret));
        }

        #[test]
        fn long_labels_that_mix_cases_and_digits_in_any_order_are_secrets(
            mixed in Just("a1B".to_owned() + &"x".repeat(17)).prop_flat_map(|text| {
                Just(text.chars().collect::<Vec<_>>()).prop_shuffle()
            }),
            rest in "[A-Za-z0-9_]{0,40}",
        ) {
            let secret: String = mixed.into_iter().collect();
            prop_assert!(looks_like_secret(&(secret + &rest)));
        }
    }
}
