//! Tests where the credentials of a profile come from. The rules are the SDK's.

use super::*;

const KEYS: &str = "aws_access_key_id = A\naws_secret_access_key = B\n";
const SESSION: &str = "sso_session = my-sso\nsso_account_id = 1\nsso_role_name = r\n";
const URL: &str = "sso_start_url = https://d.awsapps.com/start\nsso_region = us-east-1\n";

async fn chain_of(config: &str, variables: &[(&str, &str)]) -> ProfileChain {
    let contents = Contents::from([("/home/me/.aws/config".into(), config.into())]);
    let variables = Env::from_slice(&[&[("HOME", "/home/me")], variables].concat());
    chain(&contents, &variables).await
}

fn login(profile: &str, digest: &str) -> Base {
    let token = PathBuf::from(format!("/home/me/.aws/sso/cache/{digest}.json"));
    Base::Login { profile: profile.to_owned(), token }
}

/// The digests by `printf %s my-sso | sha1sum`, and of the URL.
const OF_SESSION: &str = "0ad374308c5a4e22f723adf10145eafad7c4031c";
const OF_URL: &str = "55ef7a9cf0faa7e6830be02dd04fb62b1c3c5000";

#[tokio::test]
async fn a_login_is_of_its_session_or_of_its_start_url() {
    for (config, expected) in [
        (format!("[default]\n{SESSION}"), login("default", OF_SESSION)),
        (format!("[default]\n{SESSION}{KEYS}"), login("default", OF_SESSION)),
        (format!("[default]\n{URL}"), login("default", OF_URL)),
        (
            format!("[default]\nrole_arn = r\nsource_profile = a\n[profile a]\n{SESSION}"),
            login("a", OF_SESSION),
        ),
        (format!("[default]\nrole_arn = r\nsource_profile = a\n[profile a]\n{SESSION}{KEYS}"), Base::Other),
        (format!("[default]\n{SESSION}credential_source = Environment"), Base::Other),
        (format!("[profile other]\n{SESSION}"), Base::Other),
        (format!("[default]\n{KEYS}[profile other]\n{SESSION}"), Base::Other),
    ] {
        assert_eq!(chain_of(&config, &[]).await.base, expected, "{config}");
    }
}

#[tokio::test]
async fn a_command_gives_credentials_before_keys_and_after_everything_else() {
    const PROCESS: &str = "credential_process = /bin/get \"a b\" # c\n";
    let process = || Base::Process { profile: "default".to_owned(), command: "/bin/get \"a b\"".to_owned() };
    for (rest, is_process) in [
        ("", true),
        (KEYS, true),
        (SESSION, false),
        ("login_session = arn", false),
        ("credential_source = Environment", false),
        ("role_arn = r\nweb_identity_token_file = t", false),
    ] {
        let chain = chain_of(&format!("[default]\n{PROCESS}{rest}"), &[]).await;
        assert_eq!(chain.base == process(), is_process, "{rest}: {chain:?}");
    }
    let config = format!("[default]\nrole_arn = r\nsource_profile = a\n[profile a]\n{PROCESS}{KEYS}");
    assert_eq!(chain_of(&config, &[]).await.base, Base::Other);
}

#[tokio::test]
async fn the_profile_is_the_one_that_the_variable_selects() {
    let config = format!("[default]\n{KEYS}[profile dev]\n{SESSION}");
    assert_eq!(chain_of(&config, &[]).await, ProfileChain { base: Base::Other, roles: Vec::new() });
    assert_eq!(chain_of(&config, &[("AWS_PROFILE", "dev")]).await.base, login("dev", OF_SESSION));
    assert_eq!(chain_of(&config, &[("AWS_PROFILE", "nobody")]).await, ProfileChain::NONE);
}

#[tokio::test]
async fn the_role_nearest_to_the_base_is_the_first() {
    let config = format!(
        "[default]\nrole_arn = last\nrole_session_name = s\nsource_profile = b\n\
         [profile b]\nrole_arn = first\nexternal_id = e\nsource_profile = c\n[profile c]\n{SESSION}"
    );
    let ProfileChain { base, roles } = chain_of(&config, &[]).await;
    assert_eq!(base, login("c", OF_SESSION));
    let role = |arn: &str, external_id: Option<&str>, session_name: Option<&str>| Role {
        arn: arn.to_owned(),
        external_id: external_id.map(str::to_owned),
        session_name: session_name.map(str::to_owned),
    };
    assert_eq!(roles, [role("first", Some("e"), None), role("last", None, Some("s"))]);
}

#[tokio::test]
async fn a_profile_that_is_its_own_source_is_the_base_too() {
    let config = format!("[default]\nrole_arn = r\nsource_profile = default\n{SESSION}");
    let ProfileChain { base, roles } = chain_of(&config, &[]).await;
    assert_eq!((base, roles.len()), (login("default", OF_SESSION), 1));
}

#[tokio::test]
async fn what_the_sdk_reports_is_left_to_it() {
    for config in [
        "[default]\nrole_arn = r\nsource_profile = a\n[profile a]\nrole_arn = r\nsource_profile = default",
        "[default]\nrole_arn = r\nsource_profile = nobody",
        "[default]\nrole_arn = r",
        "[default]\nrole_arn = r\nsource_profile = a\ncredential_source = Environment\n[profile a]\nsso_session = s",
        "this is no profile",
        "",
    ] {
        assert_eq!(chain_of(config, &[]).await, ProfileChain::NONE, "{config}");
    }
}

#[tokio::test]
async fn a_profile_that_is_named_must_be_there_and_one_without_credentials_leads_to_the_instance() {
    let told = async |config: &str, name: &str| {
        let contents = Contents::from([("/home/me/.aws/config".into(), config.into())]);
        let variables = Env::from_slice(&[("HOME", "/home/me"), ("AWS_PROFILE", name)]);
        leads_to_instance(&contents, &variables).await
    };
    let keys = format!("[profile a]\n{KEYS}");
    let role = "[default]\nrole_arn = r\nsource_profile = a\n";
    for (config, name, expected) in [
        ("", "default", Ok(true)),
        (&*keys, "default", Ok(true)),
        (&keys, "a", Ok(false)),
        ("[profile a]\nregion = eu-west-1", "a", Ok(true)),
        ("[default]\nrole_arn = r\ncredential_source = Ec2InstanceMetadata", "default", Ok(true)),
        ("[default]\nrole_arn = r\ncredential_source = EcsContainer", "default", Ok(false)),
        (&format!("{role}{keys}"), "default", Ok(false)),
        (&keys, "A", Err("AWS_PROFILE names the profile A,")),
        ("", "a", Err("AWS_PROFILE names the profile a,")),
        (role, "default", Err("the source_profile a of the profile default is")),
    ] {
        let told = told(config, name).await;
        match (told, expected) {
            (Err(told), Err(begin)) => assert!(told.starts_with(begin), "{told}"),
            (told, expected) => assert_eq!(told, expected.map_err(str::to_owned), "{config}"),
        }
    }
}
