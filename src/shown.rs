//! What a message shows of a text that somebody else wrote, or that is set where it does not belong.
//!
//! Such a text can be a secret: a token in place of the path of its file, or a key that a command prints. Messages reach
//! logs. In doubt, the text is left out.

use hkm_core::secret::{REDACTED, looks_like_secret};
use url::Url;

/// The minimum length of a run of characters of Base64 that is taken for a secret.
const MIN_KEY: usize = 16;

/// The length of a secret access key of AWS.
const SECRET_ACCESS_KEY: usize = 40;

/// The maximum length of a path that is shown, in bytes.
const MAX_PATH: usize = 256;

/// What a word contains that a secret may follow, in lower case.
const NAMES: [&str; 11] =
    ["token", "pass", "pwd", "secret", "key", "credential", "auth", "bearer", "basic", "cookie", "session"];

/// The names of schemes of `Authorization`. A secret follows without a colon.
const SCHEMES: [&str; 2] = ["bearer", "basic"];

/// Returns a line without words that could hold a secret, without control characters and with single blanks.
#[must_use]
pub fn line(text: &str) -> String {
    let is_shown = |character: &char| !character.is_control() || character.is_whitespace();
    let text: String = text.chars().filter(is_shown).collect();
    // Braces begin JSON. All its values are left out.
    let (text, json) = text.split_at(text.find('{').unwrap_or(text.len()));
    let (mut follows_name, mut is_value) = (false, false);
    let mut shown = Vec::new();
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|character: char| !character.is_alphanumeric()).to_lowercase();
        if bare.is_empty() && word.len() < MIN_KEY {
            is_value |= follows_name && word.contains([':', '=']);
            shown.push(word);
            continue;
        }
        let is_plain = bare.chars().all(char::is_alphabetic);
        let is_hidden = is_value || (follows_name && !is_plain) || holds_secret(word);
        shown.push(if is_hidden { REDACTED } else { word });
        // A file of credentials is no name of one.
        follows_name = is_name(&bare) && !bare.contains('/');
        let has_colon = word.trim_end_matches(['"', '\'', '`']).ends_with([':', '=']);
        is_value = SCHEMES.contains(&&*bare) || (follows_name && has_colon);
    }
    if !json.is_empty() {
        shown.push(REDACTED);
    }
    shown.join(" ")
}

/// Returns a text without a secret that it quotes. The text may have been cut within it.
#[must_use]
pub fn without(text: &str, secret: &str) -> String {
    let Some((at, _)) = secret.get(..MIN_KEY).and_then(|start| text.match_indices(start).next()) else {
        return text.to_owned();
    };
    let (before, quoted) = text.split_at(at);
    let same = quoted.bytes().zip(secret.bytes()).take_while(|(one, other)| one == other).count();
    let after = quoted.get(same..).unwrap_or_default();
    format!("{before}{REDACTED}{}", without(after, secret))
}

fn is_name(word: &str) -> bool {
    let word = word.to_lowercase();
    NAMES.iter().any(|name| word.contains(name))
}

fn holds_secret(word: &str) -> bool {
    let is_assignment = word.contains('=')
        || word.split_once(':').is_some_and(|(name, value)| {
            is_name(name) && value.contains(|character: char| character.is_alphanumeric())
        });
    let is_url_with_more = word.contains("://") && word.contains(['@', '?', '#']);
    let has_password = word.split_once('@').is_some_and(|(user, _)| user.contains(':'));
    is_assignment
        || is_url_with_more
        || has_password
        || word.split(|character| !is_of_base64(character)).any(could_be_key)
        || has_secret_part(word)
}

const fn is_of_base64(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '+' | '/' | '=' | '_' | '-')
}

/// Returns whether characters of Base64 could be a key. The names of errors are words of letters.
fn could_be_key(run: &str) -> bool {
    let has = |class: fn(&u8) -> bool| run.as_bytes().iter().any(class);
    let is_name = run.bytes().all(|byte| byte.is_ascii_alphabetic()) && !looks_like_secret(run);
    let is_mixed = has(u8::is_ascii_digit) || (has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase));
    run.len() >= MIN_KEY && is_mixed && !is_name
}

/// Returns whether a part of a text looks like a secret, if the text is split at all characters that names do not have.
fn has_secret_part(text: &str) -> bool {
    let is_of_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    text.split(|character| !is_of_name(character)).any(looks_like_secret)
}

/// Returns a value of at most `max` characters for a message. Returns `None` if it is longer or looks like a secret.
#[must_use]
pub fn short(value: &str, max: usize) -> Option<&str> {
    (value.chars().count() <= max && !has_secret_part(value) && !is_secret_access_key(value)).then_some(value)
}

/// Returns a path for a message. Returns `None` for a text that could be something else, such as the token that belongs
/// into the file.
#[must_use]
pub fn path(value: &str) -> Option<&str> {
    let is_drive = value.as_bytes().get(1) == Some(&b':') && value.as_bytes()[0].is_ascii_alphabetic();
    let is_path = value.starts_with(['/', '~', '.', '\\']) || is_drive;
    let is_secret = value.contains("eyJ") || has_secret_part(value) || is_secret_access_key(value);
    (is_path && value.len() <= MAX_PATH && !value.contains(char::is_control) && !is_secret).then_some(value)
}

/// A secret access key can begin with a slash, and have more of them.
fn is_secret_access_key(text: &str) -> bool {
    text.len() == SECRET_ACCESS_KEY && text.chars().all(is_of_base64) && could_be_key(text)
}

/// Returns scheme, host, port and path of a URL for a message. The other parts can hold a secret. Returns `None` for a text
/// that is no URL.
#[must_use]
pub fn url(value: &str) -> Option<String> {
    let mut url = Url::parse(value).ok().filter(Url::has_host)?;
    url.set_query(None);
    url.set_fragment(None);
    url.set_username("").and_then(|()| url.set_password(None)).ok()?;
    Some(url.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_secret_that_is_quoted_is_left_out_also_if_it_was_cut() {
        let secret = "IQoJb3JpZ2luX2VjEXAMPLETOKEN1234567890";
        let cut = &secret[..20];
        for (text, shown) in [
            (format!("token:{secret} in request"), "token:[redacted] in request".to_owned()),
            (format!("{secret}{secret}!"), "[redacted][redacted]!".to_owned()),
            (format!("token:{cut}"), "token:[redacted]".to_owned()),
            (format!("token:{}", &secret[..8]), format!("token:{}", &secret[..8])),
        ] {
            assert_eq!(without(&text, secret), shown);
        }
        assert_eq!(without("nothing", ""), "nothing");
    }

    #[test]
    fn a_line_is_shown_without_words_that_could_hold_a_secret() {
        for (text, shown) in [
            ("log in at https://example.com/start.", "log in at https://example.com/start."),
            ("Token has expired: run aws sso login", "Token has expired: run aws sso login"),
            ("An error occurred (ExpiredTokenException)", "An error occurred (ExpiredTokenException)"),
            ("cannot open /home/dev/.aws/config", "cannot open /home/dev/.aws/config"),
            ("sh: 1: /bin/get-credentials: not found", "sh: 1: /bin/get-credentials: not found"),
            ("at https://bob:hunter2@idp/?token=abc&password=correcthorse now", "at [redacted] now"),
            ("at https://idp/?abc", "at [redacted]"),
            ("bob:hunter2@idp", "[redacted]"),
            ("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "[redacted]"),
            ("'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'", "[redacted]"),
            ("got {\"SecretAccessKey\": \"a\", \"SessionToken\": \"b\"}", "got [redacted]"),
            ("password: correcthorse is wrong", "password: [redacted] is wrong"),
            ("\"password\": \"correcthorse\"", "\"password\": [redacted]"),
            ("secret : x", "secret : [redacted]"),
            ("key = x", "key = [redacted]"),
            ("token:x", "[redacted]"),
            ("token 1a2b", "token [redacted]"),
            ("Authorization: Bearer x", "Authorization: [redacted] [redacted]"),
            ("\u{1b}[31mred\u{7}\rand  more", "[31mred and more"),
        ] {
            assert_eq!(line(text), shown);
        }
    }

    #[test]
    fn a_path_is_shown_and_a_token_in_its_place_is_not() {
        for value in
            ["/var/run/secrets/eks.amazonaws.com/serviceaccount/token", "~/t", "./t", "C:\\t", "../t"]
        {
            assert_eq!(path(value), Some(value));
        }
        let long = "/x".repeat(MAX_PATH);
        for value in [
            "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
            "/eyJhbGciOiJSUzI1NiJ9",
            "hunter2",
            "/alrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY1",
            "./AKIAIOSFODNN7EXAMPLE",
            &long,
            "",
            "é:",
        ] {
            assert_eq!(path(value), None);
        }
    }

    #[test]
    fn a_url_is_shown_without_user_password_query_and_fragment() {
        assert_eq!(url("http://u:p@127.0.0.1:1/get?token=s#f").as_deref(), Some("http://127.0.0.1:1/get"));
        assert_eq!(url("no url"), None);
        assert_eq!(url("data:secret"), None);
    }

    proptest! {
        #[test]
        fn no_part_of_a_key_is_shown(
            key in "[A-Za-z0-9+/]{40}", before in "(|key |it is |SecretAccessKey=|at: '|\\(|a/)", after in "(|'|\\.|,| and more)"
        ) {
            let shown = line(&format!("{before}{key}{after}"));
            for at in 0..=key.len() - 12 {
                prop_assert!(!shown.contains(&key[at..at + 12]), "{shown}");
            }
            prop_assert_eq!(short(&key, 40), None);
            prop_assert_eq!(path(&key), None);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = (line(&text), short(&text, 20), path(&text), url(&text));
        }
    }
}
