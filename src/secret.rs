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
}
