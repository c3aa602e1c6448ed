use std::{
    io::Write as _,
    path::{Path, PathBuf},
    time::Duration,
};

use der::{DecodePem as _, EncodePem as _, pem::LineEnding};
use p256::{elliptic_curve::Generate as _, pkcs8::EncodePrivateKey as _};
use spki::SubjectPublicKeyInfoOwned;
use wardkey_protocol::Origin;
use x509_cert::{Certificate, name::Name};

use super::{
    Authority, IssueError, PersonPurpose,
    authority::{Order, new_key},
    configuration::configuration,
    people::people,
    shape::Kind,
};
use crate::{
    Config, ConfigError, Directory, DirectoryError, Random, Timestamp,
    config::FILE,
    random::{Generator, octets},
    registry::WrappingKey,
};

/// A demo folder: configuration, people, authorities with their keys.
pub struct Demo {
    folder: PathBuf,
}

/// What a new demo folder is made for.
#[derive(Clone, Debug)]
pub struct Init {
    /// The demo app's origin: the one relying party.
    pub origin: Origin,
    /// The port of TLS.
    pub https_port: u16,
    /// The port of the revocation lists.
    pub crl_port: u16,
    /// The folder of the npm package's modules, for the sign-in page.
    pub sdk: Option<PathBuf>,
}

/// Why a demo command failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DemoError {
    /// The folder holds a server already.
    #[error("{0} exists; name another folder or remove this one")]
    Exists(PathBuf),
    /// The configuration can't be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The people can't be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The certificate was issued by none of the folder's authorities.
    #[error("the certificate was issued by none of this folder's authorities")]
    ForeignCertificate,
    /// A file can't be read or written.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A certificate or list could not be made.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// The file is not the PEM of a public key.
    #[error("not the PEM of a public key")]
    PublicKey,
    /// The configuration has no TOML form.
    #[error("the configuration could not be written: {0}")]
    Toml(#[from] toml::ser::Error),
    /// Nobody in the directory has this user id.
    #[error("nobody in the directory has the user id {0}")]
    UnknownUser(String),
}

/// What to certify for a person.
#[derive(Clone, Debug)]
pub struct PersonOrder {
    /// Who: a user id of 12 digits.
    pub uid: String,
    /// What for.
    pub purpose: PersonPurpose,
    /// The validity lies in the past.
    pub expired: bool,
    /// The keyUsage is that of the other purpose.
    pub wrong_usage: bool,
}

impl Demo {
    /// The demo of this folder, which may not have one yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Writes a new folder: configuration, people, authorities, server certificates, lists.
    ///
    /// # Errors
    /// [`DemoError`] when there is a configuration already, or something can't be made or written.
    pub fn init(&self, init: &Init, now: Timestamp, random: &dyn Random) -> Result<(), DemoError> {
        if self.folder.join(FILE).exists() {
            return Err(DemoError::Exists(self.folder.clone()));
        }
        for folder in ["pki/crl", "pki", ""] {
            self.create_folder(folder)?;
        }
        let config = configuration(init)?;
        let root = Authority::root(
            authority(now, "CN=Demo Root Authority,OU=CA,O=nhs", false, None)?,
            random,
        )?;
        let crl_url =
            |list: &str| Some(format!("http://localhost:{}/crl/{list}.crl", init.crl_port));
        let below = |name: &str| authority(now, name, true, crl_url("root"));
        let login = root.subordinate(below("CN=Demo Login CA,OU=CA,O=nhs")?, random)?;
        let content =
            root.subordinate(below("CN=Demo Content Commitment CA,OU=CA,O=nhs")?, random)?;
        for (file, authority) in [("root", &root), ("login-ca", &login), ("content-ca", &content)] {
            self.write(&format!("pki/{file}.crt.pem"), authority.certificate_pem()?.as_bytes())?;
            self.write_secret(&format!("pki/{file}.key.pem"), authority.key_pem()?.as_bytes())?;
        }
        for (list, authority) in [("root", &root), ("login", &login), ("content", &content)] {
            self.write(&format!("pki/crl/{list}.crl"), &authority.first_list(now)?)?;
        }
        self.write_assertion_key(&root, crl_url("root"), now, random)?;
        self.write_tls_key(now, random)?;
        let wrapping = octets::<{ WrappingKey::LENGTH }>(random).map_err(IssueError::from)?;
        self.write_secret("pki/wrapping.key", &wrapping)?;
        self.write("users.toml", people()?.to_toml()?.as_bytes())?;
        self.write(FILE, toml::to_string(&config)?.as_bytes())
    }

    /// Certifies a person's key, given as the PEM of its SubjectPublicKeyInfo; gives the PEM of
    /// the certificate. A login certificate has to be registered afterwards to log in.
    ///
    /// # Errors
    /// [`DemoError`] when the key or the authority can't be read, or a content-commitment
    /// certificate, which holds the person's name, is for nobody in the directory.
    pub fn issue(
        &self,
        order: &PersonOrder,
        public_key: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<String, DemoError> {
        let spki =
            SubjectPublicKeyInfoOwned::from_pem(public_key).map_err(|_| DemoError::PublicKey)?;
        let (list, common_name) = match order.purpose {
            PersonPurpose::Login => ("login", order.uid.clone()),
            PersonPurpose::Content => {
                let people = Directory::read(&self.folder.join("users.toml"))?;
                let user = people
                    .user(&order.uid)
                    .ok_or_else(|| DemoError::UnknownUser(order.uid.clone()))?;
                ("content", format!("{}_{}_{}", user.uid, user.given_name, user.surname))
            }
        };
        let (from, to) = if order.expired {
            (now.minus(PERSON_VALIDITY), now.minus(Duration::from_secs(60)))
        } else {
            (now.minus(BACKDATED), now.plus(PERSON_VALIDITY))
        };
        let config = Config::read(&self.folder)?;
        let port = config.crl_listen.port();
        let order = Order {
            subject: name(&format!("CN={},OU=People,O=nhs", escaped(&common_name)))?,
            kind: Kind::Person { purpose: order.purpose, wrong_usage: order.wrong_usage },
            from,
            to,
            crl_url: Some(format!("http://localhost:{port}/crl/{list}.crl")),
        };
        let certificate = self.authority(list)?.issue(order, spki, random)?;
        Ok(certificate.to_pem(LineEnding::LF).map_err(IssueError::from)?)
    }

    /// Puts a certificate, given as PEM, on the list of the authority that issued it.
    ///
    /// # Errors
    /// [`DemoError`] when it can't be read or none of this folder's authorities issued it.
    pub fn revoke(&self, certificate: &str, now: Timestamp) -> Result<(), DemoError> {
        let certificate = Certificate::from_pem(certificate).map_err(IssueError::from)?;
        let tbs = certificate.tbs_certificate();
        for list in LISTS {
            let authority = self.authority(list)?;
            if authority.name() == tbs.issuer() {
                return self.next_list(list, &authority, &[tbs.serial_number().clone()], now);
            }
        }
        Err(DemoError::ForeignCertificate)
    }

    /// Makes every revocation list anew, with what it had, valid for 24 hours from now.
    ///
    /// # Errors
    /// [`DemoError`] when a list or an authority can't be read or written.
    pub fn reissue_lists(&self, now: Timestamp) -> Result<(), DemoError> {
        for list in LISTS {
            self.next_list(list, &self.authority(list)?, &[], now)?;
        }
        Ok(())
    }

    fn next_list(
        &self,
        list: &str,
        authority: &Authority,
        revoke: &[x509_cert::serial_number::SerialNumber],
        now: Timestamp,
    ) -> Result<(), DemoError> {
        let file = format!("pki/crl/{list}.crl");
        let former = self.read(&file)?;
        self.write(&file, &authority.next_list(&former, revoke, now)?)
    }

    fn authority(&self, list: &str) -> Result<Authority, DemoError> {
        let file = match list {
            "root" => "root".to_owned(),
            list => format!("{list}-ca"),
        };
        let text = |file: String| -> Result<zeroize::Zeroizing<String>, DemoError> {
            let path = self.folder.join(file);
            let text =
                std::fs::read_to_string(&path).map_err(|error| DemoError::Io { path, error })?;
            Ok(text.into())
        };
        let certificate = text(format!("pki/{file}.crt.pem"))?;
        Ok(Authority::from_pem(&certificate, &text(format!("pki/{file}.key.pem"))?)?)
    }

    fn write_assertion_key(
        &self,
        root: &Authority,
        crl_url: Option<String>,
        now: Timestamp,
        random: &dyn Random,
    ) -> Result<(), DemoError> {
        use rsa::{pkcs8::EncodePrivateKey as _, signature::Keypair as _};
        let key = new_key(random)?;
        let spki =
            SubjectPublicKeyInfoOwned::from_key(&key.verifying_key()).map_err(IssueError::from)?;
        let order = Order {
            subject: name("CN=Demo Role Assertions,OU=Servers,O=nhs")?,
            kind: Kind::AssertionSigning,
            from: now.minus(BACKDATED),
            to: now.plus(SERVER_VALIDITY),
            crl_url,
        };
        let certificate = root.issue(order, spki, random)?;
        let certificate = certificate.to_pem(LineEnding::LF).map_err(IssueError::from)?;
        self.write("pki/assertion.crt.pem", certificate.as_bytes())?;
        let key = key.to_pkcs8_pem(LineEnding::LF).map_err(|_| IssueError::Key)?;
        self.write_secret("pki/assertion.key.pem", key.as_bytes())
    }

    /// The TLS authority's key is not kept: nobody can make another certificate that clients of
    /// this demo would trust.
    fn write_tls_key(&self, now: Timestamp, random: &dyn Random) -> Result<(), DemoError> {
        let order = authority(now, "CN=Demo TLS CA,OU=CA,O=nhs", true, None)?;
        let authority = Authority::root(order, random)?;
        let secret = p256::SecretKey::try_generate_from_rng(&mut Generator(random))
            .map_err(IssueError::from)?;
        let spki =
            SubjectPublicKeyInfoOwned::from_key(&secret.public_key()).map_err(IssueError::from)?;
        let order = Order {
            subject: name("CN=localhost")?,
            kind: Kind::TlsServer,
            from: now.minus(BACKDATED),
            to: now.plus(SERVER_VALIDITY),
            crl_url: None,
        };
        let certificate = authority.issue(order, spki, random)?;
        let certificate = certificate.to_pem(LineEnding::LF).map_err(IssueError::from)?;
        let key = secret.to_pkcs8_pem(LineEnding::LF).map_err(|_| IssueError::Key)?;
        self.write("pki/tls-ca.crt.pem", authority.certificate_pem()?.as_bytes())?;
        self.write("pki/tls.crt.pem", certificate.as_bytes())?;
        self.write_secret("pki/tls.key.pem", key.as_bytes())
    }

    fn create_folder(&self, folder: &str) -> Result<(), DemoError> {
        let path = self.folder.join(folder);
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| DemoError::Io { path, error })
    }

    fn read(&self, file: &str) -> Result<Vec<u8>, DemoError> {
        let path = self.folder.join(file);
        std::fs::read(&path).map_err(|error| DemoError::Io { path, error })
    }

    fn write(&self, file: &str, content: &[u8]) -> Result<(), DemoError> {
        write_whole(&self.folder.join(file), content, 0o644)
    }

    fn write_secret(&self, file: &str, content: &[u8]) -> Result<(), DemoError> {
        write_whole(&self.folder.join(file), content, 0o600)
    }
}

/// Writes beside the file and renames, so that a reader finds the old content or the new one.
fn write_whole(path: &Path, content: &[u8], mode: u32) -> Result<(), DemoError> {
    let failed = |error| DemoError::Io { path: path.to_owned(), error };
    let beside = path.with_extension("new");
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, mode);
    #[cfg(not(unix))]
    let _ = mode;
    let mut file = options.open(&beside).map_err(failed)?;
    file.write_all(content).and_then(|()| file.sync_all()).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

fn authority(
    now: Timestamp,
    subject: &str,
    leaf_issuer: bool,
    crl_url: Option<String>,
) -> Result<Order, DemoError> {
    Ok(Order {
        subject: name(subject)?,
        kind: Kind::Authority { leaf_issuer },
        from: now.minus(BACKDATED),
        to: now.plus(AUTHORITY_VALIDITY),
        crl_url,
    })
}

/// A value inside of an RFC 4514 text.
fn escaped(value: &str) -> String {
    let special = |c: char| ",+\"\\<>;=#".contains(c);
    value.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// A name from its RFC 4514 text, which has the last part first.
fn name(text: &str) -> Result<Name, IssueError> {
    Ok(text.parse::<Name>()?)
}

/// The revocation lists, each named like its authority.
const LISTS: [&str; 3] = ["root", "login", "content"];

const DAY: u64 = 24 * 60 * 60;
/// For clocks that are behind.
const BACKDATED: Duration = Duration::from_secs(60 * 60);
const AUTHORITY_VALIDITY: Duration = Duration::from_secs(10 * 365 * DAY);
/// Two years, as on NHS cards.
const PERSON_VALIDITY: Duration = Duration::from_secs(2 * 365 * DAY);
/// Browsers refuse longer ones for TLS.
const SERVER_VALIDITY: Duration = Duration::from_secs(397 * DAY);
