//! Reads the answer of a `credential_process`: a JSON object with `Version` 1.
//!
//! The format is in "Sourcing credentials with an external process" of the AWS SDKs and Tools Reference Guide.

use std::time::SystemTime;

use aws_sdk_cloudwatch::{
    config::Credentials,
    primitives::{DateTime, DateTimeFormat},
};
use aws_smithy_json::deserialize::{
    Token, json_token_iter,
    token::{expect_start_object, skip_value},
};

use super::Problem;

const NO_JSON: Problem = Problem::Answer("is not a JSON object");

/// Returns the credentials of an answer. No error holds a part of it.
pub fn parse(answer: &[u8]) -> Result<Credentials, Problem> {
    let fields = fields(answer)?;
    let wrong = |problem| Err(Problem::Answer(problem));
    if fields.version != Some(1.0) {
        return wrong("has no Version, or another one than 1");
    }
    let Some(key) = fields.access_key_id else { return wrong("has no AccessKeyId") };
    let Some(secret) = fields.secret_access_key else { return wrong("has no SecretAccessKey") };
    let expiry = match fields.expiration {
        None => None,
        Some(text) => match time(&text) {
            None => return wrong("has an Expiration that is no time of RFC 3339"),
            expiry => expiry,
        },
    };
    Ok(Credentials::new(key, secret, fields.session_token, expiry, "credential_process"))
}

#[derive(Default)]
struct Fields {
    version: Option<f64>,
    access_key_id: Option<String>,
    secret_access_key: Option<String>,
    session_token: Option<String>,
    expiration: Option<String>,
}

fn fields(answer: &[u8]) -> Result<Fields, Problem> {
    let mut fields = Fields::default();
    let mut tokens = json_token_iter(answer).peekable();
    expect_start_object(tokens.next()).map_err(|_| NO_JSON)?;
    loop {
        let key = match tokens.next() {
            Some(Ok(Token::EndObject { .. })) => break,
            Some(Ok(Token::ObjectKey { key, .. })) => key.to_unescaped().map_err(|_| NO_JSON)?,
            _ => return Err(NO_JSON),
        };
        let text = match &*key {
            "AccessKeyId" => &mut fields.access_key_id,
            "SecretAccessKey" => &mut fields.secret_access_key,
            "SessionToken" => &mut fields.session_token,
            "Expiration" => &mut fields.expiration,
            "Version" => {
                if let Some(Ok(Token::ValueNumber { value, .. })) = tokens.peek() {
                    fields.version = Some(value.to_f64_lossy());
                }
                skip_value(&mut tokens).map_err(|_| NO_JSON)?;
                continue;
            }
            _ => {
                skip_value(&mut tokens).map_err(|_| NO_JSON)?;
                continue;
            }
        };
        if let Some(Ok(Token::ValueString { value, .. })) = tokens.peek() {
            let value = value.to_unescaped().map_err(|_| NO_JSON)?.into_owned();
            *text = Some(value).filter(|value| !value.is_empty());
        }
        skip_value(&mut tokens).map_err(|_| NO_JSON)?;
    }
    if tokens.next().is_some() { Err(NO_JSON) } else { Ok(fields) }
}

fn time(text: &str) -> Option<SystemTime> {
    DateTime::from_str(text, DateTimeFormat::DateTimeWithOffset).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    const KEYS: &str = r#""AccessKeyId": "AKID", "SecretAccessKey": "secret""#;

    #[test]
    fn an_answer_has_keys_and_may_have_a_token_and_a_time() {
        let end = UNIX_EPOCH + Duration::from_hours(500_000);
        for (rest, token, expiry) in [
            ("", None, None),
            (r#", "SessionToken": null, "Expiration": null"#, None, None),
            (r#", "SessionToken": """#, None, None),
            (r#", "SessionToken": "a\/b\u00e9""#, Some("a/b\u{e9}"), None),
            (r#", "Expiration": "2027-01-15T08:00:00Z""#, None, Some(end)),
            (r#", "Expiration": "2027-01-15T09:30:00+01:30""#, None, Some(end)),
            (r#", "Other": {"Version": [2, {}]}, "AccountId": "123456789012""#, None, None),
        ] {
            let answer = format!("  {{\"Version\": 1, {KEYS}{rest}}}\n");
            let credentials = parse(answer.as_bytes()).unwrap();
            assert_eq!((credentials.access_key_id(), credentials.secret_access_key()), ("AKID", "secret"));
            assert_eq!((credentials.session_token(), credentials.expiry()), (token, expiry), "{rest}");
        }
    }

    #[test]
    fn another_answer_is_refused_and_not_quoted() {
        for (answer, told) in [
            (String::new(), "is not a JSON object"),
            ("Enter your password: ".to_owned(), "is not a JSON object"),
            (format!("[{{\"Version\": 1, {KEYS}}}]"), "is not a JSON object"),
            (format!("{{\"Version\": 1, {KEYS}"), "is not a JSON object"),
            (format!("{{\"Version\": 1, {KEYS}}} and more"), "is not a JSON object"),
            (format!("logged in\n{{\"Version\": 1, {KEYS}}}"), "is not a JSON object"),
            (format!("{{{KEYS}}}"), "has no Version"),
            (format!("{{\"Version\": 2, {KEYS}}}"), "another one than 1"),
            (format!("{{\"Version\": \"1\", {KEYS}}}"), "another one than 1"),
            (r#"{"Version": 1, "SecretAccessKey": "secret"}"#.to_owned(), "has no AccessKeyId"),
            (r#"{"Version": 1, "AccessKeyId": "AKID"}"#.to_owned(), "has no SecretAccessKey"),
            (
                r#"{"Version": 1, "AccessKeyId": "AKID", "SecretAccessKey": ""}"#.to_owned(),
                "has no SecretAccessKey",
            ),
            (format!("{{\"Version\": 1, {KEYS}, \"Expiration\": \"tomorrow\"}}"), "has an Expiration"),
        ] {
            let problem = parse(answer.as_bytes()).unwrap_err().to_string();
            assert!(problem.contains(told), "{answer}: {problem}");
            assert!(!problem.contains("AKID") && !problem.contains("secret"), "{problem}");
        }
    }
}
