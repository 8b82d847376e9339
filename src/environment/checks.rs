//! Settings that the AWS SDK reads from variables and profiles, and the values that it accepts.
//!
//! The SDK ignores some of the other values in silence. Others end up in each request, which then fails: with more than
//! 10,485,760 bytes as the least size to compress, for example. So the SDK sees only values that pass these checks. If
//! another one is set, a default is used, and a warning gives the name.

use crate::shown;

/// The maximum length of a value in a header. Servers close the connection if a header is very long.
const MAX_IN_HEADER: usize = 255;

/// The maximum number of characters of a value that a warning shows.
const MAX_SHOWN: usize = 40;

/// A setting of the SDK.
#[derive(Debug)]
pub struct Setting {
    pub variable: &'static str,
    /// The key in a profile. The variable overrules it.
    pub profile_key: Option<&'static str>,
    expected: &'static str,
    accepts: fn(&str) -> bool,
    /// What the SDK sees in place of a value that it refuses. Nothing is set if it is empty.
    pub default: &'static str,
    /// What is done without the value, for the warning.
    effect: &'static str,
}

/// All settings that are checked. The region, endpoints and proxies have checks of their own. Credentials have none: what gives
/// or uses them says what is wrong with them.
pub const SETTINGS: [Setting; 10] = [
    Setting::boolean("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
    Setting::boolean("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
    Setting::boolean("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls"),
    Setting::boolean("AWS_DISABLE_REQUEST_COMPRESSION", "disable_request_compression"),
    Setting {
        variable: "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
        profile_key: Some("request_min_compression_size_bytes"),
        expected: "a whole number from 0 to 10485760",
        accepts: |value| value.parse().is_ok_and(|bytes: u32| bytes <= 10_485_760),
        default: "10240",
        effect: "10240 is used",
    },
    Setting {
        variable: "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
        profile_key: Some("ec2_metadata_service_endpoint_mode"),
        expected: "IPv4 or IPv6",
        accepts: |value| ["ipv4", "ipv6"].iter().any(|mode| value.eq_ignore_ascii_case(mode)),
        default: "IPv4",
        effect: "IPv4 is used",
    },
    // Who sets it most likely wants the service disabled.
    Setting {
        default: "true",
        effect: "true is used",
        profile_key: None,
        ..Setting::boolean("AWS_EC2_METADATA_DISABLED", "")
    },
    Setting {
        variable: "AWS_SDK_UA_APP_ID",
        profile_key: Some("sdk_ua_app_id"),
        expected: "at most 255 letters, digits and characters of !#$%&'*+-.^_`|~",
        accepts: |value| is_for_header(value) && value.chars().all(is_of_token),
        default: "",
        effect: "it is not sent",
    },
    Setting {
        variable: "AWS_EXECUTION_ENV",
        profile_key: None,
        expected: "at most 255 visible characters of ASCII",
        accepts: is_for_header,
        default: "",
        effect: "it is not sent",
    },
    // Source: AssumeRoleWithWebIdentity, `RoleSessionName`.
    Setting {
        variable: "AWS_ROLE_SESSION_NAME",
        profile_key: None,
        expected: "2 to 64 letters, digits and characters of +=,.@_-",
        accepts: |value| {
            (2..=64).contains(&value.len())
                && value.chars().all(|char| char.is_ascii_alphanumeric() || "+=,.@_-".contains(char))
        },
        default: "",
        effect: "a name is made",
    },
];

impl Setting {
    const fn boolean(variable: &'static str, profile_key: &'static str) -> Self {
        Self {
            variable,
            profile_key: Some(profile_key),
            expected: "true or false",
            accepts: |value| ["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word)),
            default: "false",
            effect: "false is used",
        }
    }

    /// Returns the setting with a variable, if there is one.
    #[must_use]
    pub fn of_variable(name: &str) -> Option<&'static Self> {
        SETTINGS.iter().find(|setting| setting.variable == name)
    }

    /// Returns a warning if the SDK does not accept a value. `name` says where it is set.
    #[must_use]
    pub fn refusal(&self, name: &str, value: &str) -> Option<String> {
        if (self.accepts)(value) {
            return None;
        }
        let short: String = value.chars().take(MAX_SHOWN).collect();
        let shown = shown::short(&short, MAX_SHOWN).map(|short| format!(", not {short:?}"));
        Some(format!("{name} must be {}{}; {}", self.expected, shown.unwrap_or_default(), self.effect))
    }
}

fn is_for_header(value: &str) -> bool {
    value.len() <= MAX_IN_HEADER && value.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns whether a character can be in a token of HTTP (RFC 9110).
fn is_of_token(char: char) -> bool {
    char.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(char)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_that_is_used_is_accepted() {
        for Setting { variable, accepts, default, .. } in &SETTINGS {
            assert!(default.is_empty() || accepts(default), "{variable}");
        }
    }

    #[test]
    fn values_of_the_documentation_are_accepted_and_others_are_not() {
        let long = "x".repeat(MAX_IN_HEADER + 1);
        for (variable, accepted, refused) in [
            ("AWS_USE_FIPS_ENDPOINT", &["true", "False"][..], &["1", "yes", "truee"][..]),
            (
                "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES",
                &["0", "10240", "10485760"],
                &["10485761", "-1", "1e3", "99999999999", "1.5"],
            ),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", &["IPv4", "ipv6"], &["IPv5", "4"]),
            ("AWS_EC2_METADATA_DISABLED", &["true", "False"], &["1", "yes", "nonsense"]),
            ("AWS_SDK_UA_APP_ID", &["my-app_1.0", &long[1..]], &["my app", "a/b", "ä", &long]),
            ("AWS_EXECUTION_ENV", &["AWS_Lambda_nodejs22.x", "a/b"], &["a b", "ä", &long]),
            ("AWS_ROLE_SESSION_NAME", &["ab", "a@b-c_1"], &["a", "a b", "a/b", &long[..65]]),
        ] {
            let setting = Setting::of_variable(variable).unwrap();
            for value in accepted {
                assert_eq!(setting.refusal(variable, value), None);
            }
            for value in refused {
                assert!(setting.refusal(variable, value).is_some(), "{variable}: {value}");
            }
        }
    }

    #[test]
    fn a_refusal_names_the_setting_and_shows_a_short_value_without_control_characters() {
        let setting = Setting::of_variable("AWS_USE_FIPS_ENDPOINT").unwrap();
        assert_eq!(
            setting.refusal("AWS_USE_FIPS_ENDPOINT", "maybe\u{1b}[31m").unwrap(),
            r#"AWS_USE_FIPS_ENDPOINT must be true or false, not "maybe\u{1b}[31m"; false is used"#
        );
        assert!(setting.refusal("a", &"x".repeat(1_000_000)).unwrap().len() < 100);
        assert_eq!(
            setting.refusal("a", "AKIAIOSFODNN7EXAMPLE").unwrap(),
            "a must be true or false; false is used"
        );
    }
}
