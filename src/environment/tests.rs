//! Tests whether metrics are on, by credentials and machine. Tests the region, the endpoint and the deployment.

use super::*;

fn environment(variables: &[(&str, &str)]) -> Environment {
    let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Environment::new(owned.collect())
}

/// A machine whose vendor is another one. Its file is this source file, which begins with `//!`.
const ELSEWHERE: Machine = Machine { files: [(file!(), "Amazon"), ("/nonexistent", "")] };
const EC2: Machine = Machine { files: [("/nonexistent", ""), (file!(), "//!")] };
const KEYS: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")];

#[test]
fn credentials_in_the_environment_turn_metrics_on() {
    use CredentialSource as Source;
    let web = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r")];
    let relative = [("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")];
    let full = [("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/")];
    for (variables, source) in [
        (&KEYS[..], Source::StaticKeys),
        (&web, Source::WebIdentity),
        (&relative, Source::Container),
        (&full, Source::Container),
    ] {
        assert_eq!(environment(variables).decide(Enabled::Auto, &ELSEWHERE), Ok(source));
        assert_eq!(environment(variables).decide(Enabled::Never, &EC2), Err(Off::Disabled));
    }
}

#[test]
fn with_incomplete_credentials_or_a_profile_metrics_are_on_only_if_enabled() {
    let profile = [("AWS_PROFILE", "dev"), ("HOME", "/home/dev")];
    for variables in [&KEYS[..1], &KEYS[1..], &profile, &[("AWS_ACCESS_KEY_ID", "")], &[]] {
        let environment = environment(variables);
        assert!(environment.decide(Enabled::Auto, &ELSEWHERE).is_err());
        let asked = environment.decide(Enabled::Always, &ELSEWHERE);
        assert_eq!(asked, Ok(CredentialSource::DefaultChain));
    }
}

#[test]
fn an_ec2_machine_turns_metrics_on_unless_its_metadata_service_is_disabled() {
    let on = environment(&[]).decide(Enabled::Auto, &EC2);
    assert_eq!(on, Ok(CredentialSource::Instance));
    for (value, expected) in [
        ("True", Err(Off::NoCredentials)),
        ("1", Err(Off::NoCredentials)),
        ("yes", Err(Off::NoCredentials)),
        ("False", Ok(CredentialSource::Instance)),
        ("", Ok(CredentialSource::Instance)),
    ] {
        let set = environment(&[("AWS_EC2_METADATA_DISABLED", value)]);
        assert_eq!(set.decide(Enabled::Auto, &EC2), expected, "{value}");
    }
    let bad = environment(&[("AWS_EC2_METADATA_DISABLED", "1")]);
    assert_eq!(bad.for_sdk(CredentialSource::DefaultChain)["AWS_EC2_METADATA_DISABLED"], "true");
    let [(_, told)] = &bad.refusals(CredentialSource::DefaultChain)[..] else { panic!("not told") };
    assert_eq!(told, "AWS_EC2_METADATA_DISABLED must be true or false, not \"1\"; true is used");
}

#[test]
fn the_sdk_sees_a_home_directory_or_the_metadata_service_only_if_it_is_a_source() {
    let variables = [("HOME", "/home/dev"), ("AWS_PROFILE", "dev"), ("AWS_RETRY_MODE", "legacy"), KEYS[0]];
    let seen = |source| {
        let mut names: Vec<_> = environment(&variables).for_sdk(source).into_keys().collect();
        names.sort();
        names
    };
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_EC2_METADATA_DISABLED"];
    assert_eq!(seen(CredentialSource::StaticKeys), keys);
    let chain = ["AWS_ACCESS_KEY_ID", "AWS_PROFILE", "HOME"];
    assert_eq!(seen(CredentialSource::DefaultChain), chain);
    assert_eq!(seen(CredentialSource::Instance), ["AWS_ACCESS_KEY_ID"]);
}

#[test]
fn the_deployment_is_the_first_variable_that_is_not_empty() {
    let mut variables: Vec<_> = ENVIRONMENT_VARIABLES.iter().map(|&name| (name, name)).collect();
    while !variables.is_empty() {
        assert_eq!(environment(&variables).deployment(), variables[0].0);
        variables[0].1 = "";
        let next = variables.get(1).map_or(DEFAULT_ENVIRONMENT, |(name, _)| name);
        assert_eq!(environment(&variables).deployment(), next);
        variables.remove(0);
    }
}

#[test]
fn only_the_default_chain_sees_variables_of_a_home_directory_and_none_sees_overruled_ones() {
    let home = [
        "AWS_CONFIG_FILE",
        "AWS_PROFILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "HOME",
        "HOMEDRIVE",
        "HOMEPATH",
        "USERPROFILE",
    ];
    let decided = ["AWS_MAX_ATTEMPTS", "AWS_RETRY_MODE", "AWS_REGION", "AWS_DEFAULT_REGION"];
    let all: Vec<_> = home.iter().chain(&decided).map(|name| (*name, "set")).collect();
    let names = |source| {
        let mut names: Vec<_> = environment(&all).for_sdk(source).into_keys().collect();
        names.sort();
        names
    };
    assert_eq!(names(CredentialSource::Instance), [""; 0]);
    assert_eq!(names(CredentialSource::DefaultChain), home);
    let overruled = [("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_SESSION_TOKEN", "")];
    let seen = environment(&overruled).for_sdk(CredentialSource::Container);
    assert_eq!(seen, [("AWS_EC2_METADATA_DISABLED".to_owned(), "true".to_owned())].into());
}

#[test]
fn the_sdk_sees_the_token_file_of_a_container_only_if_there_is_a_container() {
    for source in [CredentialSource::Container, CredentialSource::Instance, CredentialSource::DefaultChain] {
        let seen = environment(&[(CONTAINER_TOKEN_FILE, "/token")]).for_sdk(source);
        assert_eq!(seen.contains_key(CONTAINER_TOKEN_FILE), source == CredentialSource::Container);
    }
}

#[test]
fn the_sdk_sees_no_variable_that_is_not_listed_and_each_endpoint_of_a_service() {
    let variables = [("AWS_AUTH_SCHEME_PREFERENCE", "noAuth"), ("AWS_ENDPOINT_URL_SSO", "http://127.0.0.1")];
    let seen = environment(&variables).for_sdk(CredentialSource::DefaultChain);
    assert_eq!(seen, [("AWS_ENDPOINT_URL_SSO".to_owned(), "http://127.0.0.1".to_owned())].into());
}

#[test]
fn the_sdk_sees_a_default_in_place_of_a_value_that_it_refuses_and_nothing_without_a_default() {
    let least = "AWS_REQUEST_MIN_COMPRESSION_SIZE_BYTES";
    let environment = environment(&[(least, "99999999"), ("AWS_EXECUTION_ENV", "a b")]);
    let seen = environment.for_sdk(CredentialSource::StaticKeys);
    assert_eq!(seen.get(least).unwrap(), "10240");
    assert_eq!(seen.get("AWS_EXECUTION_ENV"), None);
    let mut refused: Vec<_> = environment.refusals(CredentialSource::StaticKeys).into_iter().collect();
    refused.sort();
    assert_eq!(refused.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["AWS_EXECUTION_ENV", least]);
}

#[test]
fn a_variable_that_is_not_meant_for_a_source_is_not_checked() {
    let environment = environment(&[("AWS_ROLE_SESSION_NAME", "a b")]);
    assert_eq!(environment.refusals(CredentialSource::WebIdentity).len(), 1);
    assert_eq!(environment.refusals(CredentialSource::StaticKeys), []);
}

#[test]
fn values_are_trimmed() {
    let keys = [("AWS_ACCESS_KEY_ID", "AKID\n"), ("AWS_REGION", " eu-west-1 "), ("NODE_ENV", " ")];
    let environment = environment(&keys);
    assert_eq!(
        (environment.region(|_, _| ()), environment.deployment()),
        (Some("eu-west-1"), DEFAULT_ENVIRONMENT)
    );
    assert_eq!(environment.get("AWS_ACCESS_KEY_ID"), Some("AKID"));
}

#[test]
fn localhost_in_a_container_credentials_uri_is_replaced_by_its_address() {
    let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    for (given, seen) in [
        ("http://localhost:81/v1", "http://127.0.0.1:81/v1"),
        ("http://localhost/v1", "http://127.0.0.1/v1"),
        ("http://localhost.test/v1", "http://localhost.test/v1"),
        ("https://localhost/v1", "https://localhost/v1"),
    ] {
        let visible = environment(&[(name, given)]).for_sdk(CredentialSource::Container);
        assert_eq!(visible[name], seen);
    }
}

#[test]
fn static_keys_precede_a_container_and_an_incomplete_web_identity_is_ignored() {
    let both = [KEYS[0], KEYS[1], ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")];
    assert_eq!(environment(&both).decide(Enabled::Auto, &ELSEWHERE), Ok(CredentialSource::StaticKeys));
}

#[test]
fn a_half_of_credentials_is_a_mistake_and_no_credentials_are_none() {
    let token = ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token");
    let role = ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r");
    for (variables, expected) in [
        (&KEYS[..1], "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"),
        (&KEYS[1..], "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"),
        (&[token], "AWS_WEB_IDENTITY_TOKEN_FILE is set, but AWS_ROLE_ARN is not"),
    ] {
        let off = environment(variables).decide(Enabled::Auto, &ELSEWHERE).unwrap_err();
        assert_eq!(off.to_string(), expected);
        assert!(off.is_mistake());
        assert_eq!(environment(variables).decide(Enabled::Auto, &EC2), Ok(CredentialSource::Instance));
    }
    for variables in [&[role][..], &[("AWS_PROFILE", "dev")], &[]] {
        let off = environment(variables).decide(Enabled::Auto, &ELSEWHERE).unwrap_err();
        assert_eq!(off, Off::NoCredentials);
        assert!(!off.is_mistake());
    }
}

#[test]
fn without_credentials_a_role_or_an_endpoint_on_this_machine_is_a_mistake() {
    for [role, endpoint] in [[true, false], [false, true], [true, true]] {
        let off = Off::NoCredentials.although_set(role, endpoint);
        assert!(off.is_mistake());
        assert_eq!(off.to_string().starts_with("a role is set"), role, "{off}");
        assert_eq!(Off::Disabled.although_set(role, endpoint), Off::Disabled);
    }
    assert_eq!(Off::NoCredentials.although_set(false, false), Off::NoCredentials);
}

#[test]
fn an_endpoint_of_cloudwatch_is_on_this_machine_or_not() {
    let local = |variables: &[(&str, &str)], option| environment(variables).has_local_endpoint(option);
    for url in ["http://127.0.0.2:1", "http://[::1]:1", "http://localhost", "http://a.localhost:1"] {
        assert!(local(&[], Some(url)), "{url}");
        assert!(local(&[("HKM_ENDPOINT", url)], None), "{url}");
        assert!(local(&[("AWS_ENDPOINT_URL_CLOUDWATCH", url)], None), "{url}");
        assert!(!local(&[("AWS_ENDPOINT_URL", url)], None), "that is for all services");
        let ignored = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        assert!(!local(&[("AWS_ENDPOINT_URL_CLOUDWATCH", url), ignored], None));
    }
    for url in [
        "https://monitoring.eu-west-1.amazonaws.com",
        "http://10.0.0.1:1",
        "http://localhost.example",
        "localhost:1",
    ] {
        assert!(!local(&[("HKM_ENDPOINT", url)], None), "{url}");
    }
    assert!(!local(&[("HKM_ENDPOINT", "http://localhost")], Some("https://host")), "the option is in force");
}

#[test]
fn a_pseudo_region_of_fips_is_no_region() {
    for region in ["us-east-1", "us-gov-west-1", "ap-southeast-10"] {
        assert!(is_region(region), "{region}");
    }
    for region in ["fips-us-east-1", "us-east-1-fips", "us-fips-east-1"] {
        assert!(!is_region(region), "{region}");
    }
}

#[test]
fn a_proxy_is_set_by_its_variable_in_either_case() {
    let proxies = [("https_proxy", "lower"), ("HTTPS_PROXY", "upper")];
    assert_eq!(environment(&proxies).any_case("HTTPS_PROXY"), Some(("https_proxy".into(), "lower")));
    assert_eq!(environment(&proxies[1..]).any_case("HTTPS_PROXY"), Some(("HTTPS_PROXY".into(), "upper")));
}

#[test]
fn region_and_endpoint_follow_their_precedence() {
    let region = |variables| environment(variables).region(|_, _| ()).map(str::to_owned);
    assert_eq!(region(&[]), None);
    let regions = [("AWS_REGION", "eu-west-1"), ("AWS_DEFAULT_REGION", "eu-west-2")];
    assert_eq!(region(&regions).as_deref(), Some("eu-west-1"));
    assert_eq!(region(&regions[1..]).as_deref(), Some("eu-west-2"));
    let endpoints = [
        ("HKM_ENDPOINT", "http://a"),
        ("AWS_ENDPOINT_URL_CLOUDWATCH", "http://b"),
        ("AWS_ENDPOINT_URL", "http://c"),
    ];
    let used = |variables, option| environment(variables).endpoint(option).map(Option::unwrap_or_default);
    assert_eq!(used(&endpoints, Some("http://option")).as_deref(), Ok("http://option/"));
    assert_eq!(used(&endpoints, None).as_deref(), Ok("http://a/"));
    assert_eq!(used(&endpoints[1..], None).as_deref(), Ok("http://b/"));
    assert_eq!(used(&endpoints[2..], None).as_deref(), Ok("http://c/"));
    let ignored = [endpoints[1], endpoints[2], ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")];
    assert_eq!(used(&ignored, None).as_deref(), Ok(""));
}

#[test]
fn a_bad_url_of_the_endpoint_or_the_service_for_credentials_is_refused_by_its_name() {
    let bad = "localhost:4566";
    let named = |refused: BadUrl| refused.to_string().split(' ').next().unwrap_or_default().to_owned();
    for name in ["HKM_ENDPOINT", "AWS_ENDPOINT_URL_CLOUDWATCH", "AWS_ENDPOINT_URL"] {
        assert_eq!(environment(&[(name, bad)]).endpoint(None).map_err(named), Err(name.to_owned()));
        assert!(environment(&[(name, bad)]).endpoint(Some("http://option")).is_ok());
    }
    assert_eq!(environment(&[]).endpoint(Some(bad)).map_err(named), Err("endpoint".to_owned()));
    for (name, source) in [
        ("AWS_ENDPOINT_URL_STS", CredentialSource::WebIdentity),
        ("AWS_ENDPOINT_URL", CredentialSource::WebIdentity),
        ("AWS_EC2_METADATA_SERVICE_ENDPOINT", CredentialSource::Instance),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", CredentialSource::Container),
    ] {
        let environment = environment(&[(name, bad)]);
        assert_eq!(environment.check_service(source).map_err(named), Err(name.to_owned()));
        assert_eq!(environment.check_service(CredentialSource::StaticKeys), Ok(()));
        assert_eq!(environment.check_service(CredentialSource::DefaultChain), Ok(()));
    }
    let relative =
        [("AWS_CONTAINER_CREDENTIALS_FULL_URI", bad), ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2")];
    assert_eq!(environment(&relative).check_service(CredentialSource::Container), Ok(()));
}

#[test]
fn the_expected_source_is_the_first_one_of_the_default_chain() {
    let all = [
        KEYS[0],
        KEYS[1],
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token"),
        ("AWS_ROLE_ARN", "arn:aws:iam::1:role/r"),
        ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2"),
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/"),
    ];
    for (first, source, name) in [
        (0, CredentialSource::StaticKeys, "static"),
        (2, CredentialSource::WebIdentity, "web-identity"),
        (4, CredentialSource::Container, "container"),
    ] {
        for enabled in [Enabled::Auto, Enabled::Always] {
            assert_eq!(environment(&all[first..]).decide(enabled, &EC2), Ok(source));
        }
        assert_eq!(source.name(), name);
    }
}

#[test]
fn a_description_of_a_source_tells_neither_a_query_nor_a_token_in_place_of_its_path() {
    let token = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:1/get?token=secret");
    let relative = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2?secret");
    for (variables, source, told) in [
        (
            [uri, (CONTAINER_TOKEN_FILE, token)],
            CredentialSource::Container,
            "the container's credentials at AWS_CONTAINER_CREDENTIALS_FULL_URI (http://127.0.0.1:1/get), with the token in \
             AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
        ),
        (
            [relative, (CONTAINER_TOKEN_FILE, "/token")],
            CredentialSource::Container,
            "the container's credentials at AWS_CONTAINER_CREDENTIALS_RELATIVE_URI (/v2), with the token in \
             AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (/token)",
        ),
        (
            [("AWS_ROLE_ARN", "arn:r"), ("AWS_WEB_IDENTITY_TOKEN_FILE", token)],
            CredentialSource::WebIdentity,
            "STS, with AWS_ROLE_ARN (arn:r) and AWS_WEB_IDENTITY_TOKEN_FILE",
        ),
    ] {
        assert_eq!(source.describe(&environment(&variables)), told);
    }
}

#[test]
fn a_half_of_credentials_beside_other_ones_is_told() {
    let half = ("AWS_ACCESS_KEY_ID", "AKID");
    let told = |variables: &[(&'static str, &'static str)], source| {
        let refusals = environment(variables).refusals(source);
        refusals.into_iter().map(|(_, told)| told).collect::<Vec<_>>().join("; ")
    };
    assert_eq!(
        told(&[half, ("AWS_PROFILE", "dev")], CredentialSource::DefaultChain),
        "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not: they are not used, but the profile \
         AWS_PROFILE (dev), then container and instance"
    );
    let whole = [half, ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_WEB_IDENTITY_TOKEN_FILE", "/token")];
    assert_eq!(told(&whole, CredentialSource::StaticKeys), "");
    assert_eq!(told(&[("AWS_PROFILE", "dev")], CredentialSource::DefaultChain), "");
}
