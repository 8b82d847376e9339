//! Which certificates are trusted.
//!
//! | source | trusted |
//! | --- | --- |
//! | the system, or Mozilla's list if the system has none | unless `AWS_CA_BUNDLE` is used |
//! | `SSL_CERT_FILE`, `SSL_CERT_DIR` | beside those of the system |
//! | `NODE_EXTRA_CA_CERTS` | always |
//! | `AWS_CA_BUNDLE` | in place of those of the system, as for the AWS CLI and its SDKs |
//!
//! So the package trusts what Node was told to trust, and whoever lists the authorities for AWS gets no others.

use std::{
    collections::HashSet,
    io,
    path::{Path, PathBuf},
};

use rustls::{RootCertStore, pki_types::CertificateDer};
use rustls_native_certs::{CertificateResult, ErrorKind};
use webpki_roots::TLS_SERVER_ROOTS;

use super::{bundle::Bundle, certificate::is_authority, folder::Contents};
use crate::{
    environment::Environment,
    sink::{
        failure::is_shortage,
        files::{Answer, Files, Limits, MAX_CERTIFICATES_BYTES, Problem, read},
    },
};

const AWS_CA_BUNDLE: &str = "AWS_CA_BUNDLE";

/// The separator of the folders in `SSL_CERT_DIR`.
const SEPARATOR: char = if cfg!(windows) { ';' } else { ':' };

/// The maximum number of problems with files of folders that are described.
const MAX_DESCRIBED: usize = 3;

/// The trusted certificates.
#[derive(Debug)]
pub struct Trust {
    /// The authorities.
    pub authorities: RootCertStore,
    /// Certificates that the environment names. A server may show one of them as its own.
    pub named: HashSet<CertificateDer<'static>>,
    /// Where they come from, for messages.
    pub sources: Vec<String>,
}

/// Returns the trusted certificates, and what could not be used.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left.
pub async fn trust(environment: &Environment, files: &mut Files) -> io::Result<(Trust, Vec<String>)> {
    let file = |name| environment.get(name).map(|path| Source::File(name, path.into()));
    let folders = |name| environment.get(name).map(|paths| Source::Folders(name, split(paths)));
    let of_aws = file(AWS_CA_BUNDLE);
    let of_system = [Some(Source::System), file("SSL_CERT_FILE"), folders("SSL_CERT_DIR")];
    let mut collection = Collection::default();
    collection.add(of_aws.into_iter().chain(file("NODE_EXTRA_CA_CERTS")).collect(), files).await?;
    if !collection.has_aws_bundle {
        collection.add(of_system.into_iter().flatten().collect(), files).await?;
    }
    Ok((collection.trust, collection.problems))
}

fn split(paths: &str) -> Vec<PathBuf> {
    paths.split(SEPARATOR).filter(|path| !path.is_empty()).map(PathBuf::from).collect()
}

/// Where certificates are read from.
#[derive(Clone)]
enum Source {
    System,
    File(&'static str, PathBuf),
    Folders(&'static str, Vec<PathBuf>),
}

/// What a thread has read.
enum Found {
    System(CertificateResult),
    File(Answer),
    Folders(Contents),
}

impl Source {
    fn read(&self, limits: Limits) -> Found {
        match self {
            Self::System => Found::System(rustls_native_certs::load_native_certs()),
            Self::File(_, path) => Found::File(read(path, limits)),
            Self::Folders(_, paths) => Found::Folders(Contents::of(paths)),
        }
    }
}

/// The certificates that were found until now.
#[derive(Default)]
struct Collection {
    trust: Trust,
    problems: Vec<String>,
    has_aws_bundle: bool,
}

impl Collection {
    /// Reads sources at the same time.
    async fn add(&mut self, sources: Vec<Source>, files: &mut Files) -> io::Result<()> {
        let reads = sources.iter().map(|source| {
            let source = source.clone();
            Box::new(move |limits| source.read(limits)) as _
        });
        let found = files.run(reads.collect(), MAX_CERTIFICATES_BYTES).await?;
        for (source, found) in sources.into_iter().zip(found) {
            match (source, found) {
                (Source::System, Some(Found::System(found))) => self.add_system(found)?,
                (Source::File(name, path), Some(Found::File(answer))) => {
                    self.add_file(name, &path, answer)?;
                }
                (Source::Folders(name, _), Some(Found::Folders(contents))) => {
                    self.add_folders(name, contents)?;
                }
                (source, _) => self.add_late(&source),
            }
        }
        Ok(())
    }

    fn add_system(&mut self, found: CertificateResult) -> io::Result<()> {
        for error in found.errors {
            match error.kind {
                ErrorKind::Io { inner, .. } if is_shortage(&inner) => return Err(inner),
                _ => {}
            }
        }
        let (count, _) = self.trust.authorities.add_parsable_certificates(found.certs);
        if count > 0 {
            self.trust.sources.push(format!("{count} of this system"));
        } else {
            self.add_mozilla();
        }
        Ok(())
    }

    fn add_mozilla(&mut self) {
        self.trust.authorities.extend(TLS_SERVER_ROOTS.iter().cloned());
        self.trust.sources.push("Mozilla's list, because this system has none".to_owned());
    }

    fn add_file(&mut self, name: &'static str, path: &Path, answer: Answer) -> io::Result<()> {
        let used = match usable(answer)? {
            Ok(contents) => {
                let bundle = Bundle::new(&contents);
                let problem = bundle.problem();
                self.tell_of_file(name, path, problem, bundle.certificates.is_empty());
                self.trust.add(name, bundle.certificates)
            }
            Err(problem) => {
                self.tell_of_file(name, path, Some(problem), true);
                0
            }
        };
        self.has_aws_bundle |= name == AWS_CA_BUNDLE && used > 0;
        Ok(())
    }

    fn tell_of_file(&mut self, name: &str, path: &Path, problem: Option<String>, is_useless: bool) {
        let Some(problem) = problem else { return };
        let path = path.display();
        self.problems.push(if is_useless && name == AWS_CA_BUNDLE {
            format!("{name} is not used: {path}: {problem}. The system's certificates are used")
        } else if is_useless {
            format!("{name} is not used: {path}: {problem}")
        } else {
            format!("Part of {name} is not used: {path}: {problem}")
        });
    }

    fn add_folders(&mut self, name: &'static str, contents: Contents) -> io::Result<()> {
        let mut problems: Vec<String> = contents.limit.map(str::to_owned).into_iter().collect();
        let mut certificates = HashSet::new();
        for (path, problem) in contents.problems {
            if let Err(problem) = usable(Err(problem))? {
                problems.push(format!("{}: {problem}", path.display()));
            }
        }
        for (path, contents) in contents.files {
            let bundle = Bundle::new(&contents);
            // Any other file may be in a folder.
            if bundle.has_members()
                && let Some(problem) = bundle.problem()
            {
                problems.push(format!("{}: {problem}", path.display()));
            }
            certificates.extend(bundle.certificates);
        }
        if certificates.is_empty() && problems.is_empty() {
            problems.push("there is no certificate in it".to_owned());
        }
        if !problems.is_empty() {
            let what = if certificates.is_empty() { "" } else { "Part of " };
            self.problems.push(format!("{what}{name} is not used: {}", first_of(problems)));
        }
        self.trust.add(name, certificates);
        Ok(())
    }

    fn add_late(&mut self, source: &Source) {
        let late = match source {
            Source::System => {
                self.add_mozilla();
                "The system's certificates are".to_owned()
            }
            Source::File(name, path) => format!("{name} is not used: {} is", path.display()),
            Source::Folders(name, _) => format!("{name} is not used: a folder is"),
        };
        self.problems.push(format!("{late} not read in time"));
    }
}

/// Returns the contents of a file, or why there are none.
///
/// # Errors
/// Returns an error if the process or the system has no descriptors or threads left.
fn usable(answer: Answer) -> io::Result<Result<Vec<u8>, String>> {
    match answer {
        Err(Problem::System(error)) if is_shortage(&error) => Err(error),
        answer => Ok(answer.map_err(|problem| problem.to_string())),
    }
}

/// Describes some problems. The order of a folder is arbitrary.
fn first_of(mut problems: Vec<String>) -> String {
    problems.sort_unstable();
    let others = problems.split_off(problems.len().min(MAX_DESCRIBED)).len();
    let first = problems.join(", ");
    if others == 0 { first } else { format!("{first}, and {others} more") }
}

impl Default for Trust {
    fn default() -> Self {
        Self { authorities: RootCertStore::empty(), named: HashSet::new(), sources: Vec::new() }
    }
}

impl Trust {
    /// Adds certificates that a variable names, and returns their number.
    fn add(&mut self, name: &str, certificates: HashSet<CertificateDer<'static>>) -> usize {
        let count = certificates.len();
        if count > 0 {
            self.sources.push(format!("{count} of {name}"));
        }
        for certificate in &certificates {
            // The certificate of a server must not sign others.
            if is_authority(certificate) {
                // It was parsed before.
                let _ = self.authorities.add(certificate.clone());
            }
        }
        self.named.extend(certificates);
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mozillas_list_has_the_authorities_of_amazon() {
        let mut collection = Collection::default();
        collection.add_mozilla();
        let subjects: Vec<_> =
            collection.trust.authorities.roots.iter().map(|root| root.subject.to_vec()).collect();
        for name in
            ["Amazon Root CA 1", "Amazon Root CA 3", "Starfield Services Root Certificate Authority - G2"]
        {
            let is_there =
                |subject: &Vec<u8>| subject.windows(name.len()).any(|part| part == name.as_bytes());
            assert!(subjects.iter().any(is_there), "{name}");
        }
    }
}
