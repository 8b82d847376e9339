//! Tests which files are read, by the source of the credentials. The SDK has to find them under the same paths.

use super::*;
use std::fs;

fn env(variables: &[(&str, &str)]) -> Env {
    Env::from_slice(variables)
}

/// A folder with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("OUT_DIR")).join(name);
    fs::create_dir_all(folder.join(".aws")).unwrap();
    for (file, contents) in files {
        fs::write(folder.join(file), contents).unwrap();
    }
    folder
}

async fn read_all(variables: &Env, source: CredentialSource) -> Result<Contents, String> {
    read(&mut Files::default(), variables, source).await.map(|given| given.contents)
}

const TOKENS: [(&str, &str); 2] =
    [("AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/web"), (CONTAINER_TOKEN_FILE, "/nonexistent/container")];

#[tokio::test]
async fn a_token_is_read_only_for_its_source_and_is_needed() {
    for (source, needed) in [
        (CredentialSource::StaticKeys, None),
        (CredentialSource::Instance, None),
        (CredentialSource::DefaultChain, None),
        (CredentialSource::WebIdentity, Some("cannot read /nonexistent/web: No such file")),
        (CredentialSource::Container, Some("cannot read /nonexistent/container: No such file")),
    ] {
        let problem = read_all(&env(&TOKENS), source).await.err();
        assert_eq!(problem.is_some(), needed.is_some(), "{source:?}");
        assert!(problem.unwrap_or_default().starts_with(needed.unwrap_or_default()), "{source:?}");
    }
    let no_token = read_all(&env(&[]), CredentialSource::Container).await;
    assert_eq!(no_token, Ok(Contents::new()));
}

#[tokio::test]
async fn a_token_in_place_of_the_path_of_its_file_is_not_told() {
    for (source, name) in [
        (CredentialSource::WebIdentity, WEB_IDENTITY_TOKEN_FILE),
        (CredentialSource::Container, CONTAINER_TOKEN_FILE),
    ] {
        let problem = read_all(&env(&[(name, "eyJhbGciOiJSUzI1NiJ9.e30.c2ln")]), source).await.unwrap_err();
        assert!(problem.starts_with(&format!("cannot read the file that {name} names: ")), "{problem}");
        assert!(!problem.contains("eyJ"), "{problem}");
    }
}

#[tokio::test]
async fn profile_files_are_read_where_the_sdk_looks_for_them() {
    let keys = "aws_access_key_id = A\naws_secret_access_key = B\n";
    let (config, credentials) = (format!("[profile c]\n{keys}"), format!("[k]\n{keys}"));
    let files = [(".aws/config", &*config), (".aws/credentials", &*credentials), ("elsewhere", &*config)];
    let home = folder("home", &files);
    let (home, elsewhere) = (home.to_str().unwrap(), home.join("elsewhere"));
    let elsewhere = elsewhere.to_str().unwrap();
    for (variables, found) in [
        (&[("HOME", home)][..], &["c", "k"][..]),
        (&[("HOME", &format!("{home}/"))], &["c", "k"]),
        (&[("HOME", home), ("AWS_CONFIG_FILE", "/nonexistent")], &["k"]),
        (&[("HOME", home), ("AWS_CONFIG_FILE", "~/elsewhere"), ("AWS_SHARED_CREDENTIALS_FILE", "/")], &["c"]),
        (&[("AWS_CONFIG_FILE", elsewhere)], &["c"]),
        (&[("USERPROFILE", home)], if cfg!(windows) { &["c", "k"] } else { &[] }),
    ] {
        let variables = env(variables);
        let contents = read_all(&variables, CredentialSource::DefaultChain).await.unwrap();
        assert_eq!(contents.len(), found.len(), "{variables:?}");
        let profiles = profiles::profiles(contents, &variables).await.unwrap();
        let mut names: Vec<_> = profiles.profiles().collect();
        names.sort_unstable();
        assert_eq!(names, found, "{variables:?}");
    }
}

#[tokio::test]
async fn a_profile_file_that_does_not_end_is_not_taken_for_an_empty_one() {
    for (variable, _) in PROFILE_FILES {
        let problem = read_all(&env(&[(variable, "/dev/zero")]), CredentialSource::DefaultChain).await;
        assert_eq!(problem, Err("cannot read /dev/zero: larger than 1 MiB".to_owned()));
    }
}

#[tokio::test]
async fn the_token_file_of_the_profile_in_use_is_needed() {
    const TOKEN: &str = "role_arn = r\nweb_identity_token_file = /nonexistent/token\n";
    const KEYS: &str = "aws_access_key_id = A\naws_secret_access_key = B\n";
    for (config, is_needed) in [
        (format!("[default]\n{TOKEN}"), true),
        (format!("[default]\n{TOKEN}{KEYS}"), true),
        (format!("[profile other]\n{TOKEN}"), false),
        (format!("[default]\nrole_arn = s\nsource_profile = a\n[profile a]\n{TOKEN}"), true),
        (format!("[default]\nrole_arn = s\nsource_profile = a\n[profile a]\n{TOKEN}{KEYS}"), false),
        (format!("[default]\n{KEYS}source_profile = a\n[profile a]\n{TOKEN}"), false),
        (format!("[default]\n{TOKEN}credential_source = Environment"), false),
        ("[default]\nweb_identity_token_file = /nonexistent/token".to_owned(), false),
        ("[default]\nrole_arn = s\nsource_profile = default".to_owned(), false),
        ("this is no profile".to_owned(), false),
    ] {
        let home = folder("profiles", &[(".aws/config", &config)]);
        let variables = env(&[("HOME", home.to_str().unwrap())]);
        let contents = read_all(&variables, CredentialSource::DefaultChain).await;
        assert_eq!(contents.is_err(), is_needed, "{config}");
        if let Err(problem) = contents {
            assert!(problem.starts_with("cannot read /nonexistent/token"), "{problem}");
        }
    }
}
