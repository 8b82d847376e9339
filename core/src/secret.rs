//! Tells the name of an environment variable from what might be in it.
//!
//! The `key` label is meant to be a name such as `OPENAI_API_KEY_2`. A caller who passes the secret itself
//! must not find it in CloudWatch, so whatever does not look like a name is replaced.

/// Stands where a secret would have been.
pub const REDACTED: &str = "[redacted]";

/// How issuers begin the credentials that they hand out.
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

/// Shorter texts that mix cases and digits are taken for names.
const SHORTEST_MIXED_SECRET: usize = 20;

/// Whether a `key` label could be a secret rather than a variable's name.
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
    fn what_could_be_a_secret_does_not() {
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
        fn names_in_capitals_pass_unless_they_begin_as_a_credential_does(name in "[B-Z_][A-Z0-9_]{0,80}") {
            prop_assert!(!looks_like_secret(&name));
        }

        #[test]
        fn short_names_pass_whatever_their_case(name in "[B-DL-M][A-Za-z0-9]{0,18}") {
            prop_assert!(!looks_like_secret(&name));
        }

        #[test]
        fn a_character_that_no_name_has_is_the_sign_of_a_secret(
            before in "[A-Z0-9_]{0,30}",
            sign in "[^A-Za-z0-9_]",
            after in "[A-Z0-9_]{0,30}",
        ) {
            let secret = format!("{before}{sign}{after}");
            prop_assert!(looks_like_secret(&secret));
        }

        #[test]
        fn whatever_follows_the_beginning_of_a_credential_is_secret(
            prefix in prop::sample::select(PREFIXES.as_slice()),
            rest in "[A-Za-z0-9_]{0,40}",
        ) {
            let secret = format!("{prefix}{rest}");
            prop_assert!(looks_like_secret(&secret));
        }

        #[test]
        fn long_texts_that_mix_cases_and_digits_are_secret_wherever_these_stand(
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
