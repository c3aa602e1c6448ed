use std::{
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
};

use tracing::{debug, warn};
use wardkey_pki::{
    Certificate, Crl, ObjectIdentifier, OcspAnswer, OcspFreshness, ParseError, PathError,
    PathReport, PathRequest, Purpose, Revocation, UnixTime,
};
use wardkey_revocation::{CacheSettings, Fetch, Gathered, Preference, RevocationCache};
use wardkey_spine::{ErrorBody, ErrorCode};

use crate::{
    LegacyLogin, Trust,
    fetch::HttpFetch,
    lists::ListFolder,
    store::{AuthorityKind, Store, StoreError},
};

/// Who may issue login certificates, and what says which are revoked.
pub struct LoginTrust {
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
    policies: Vec<ObjectIdentifier>,
    lists: ListFolder,
    fetched: Option<Arc<RevocationCache>>,
    ocsp: Ocsp,
    settings: CacheSettings,
    legacy_login: Option<LegacyLogin>,
    kept: RwLock<Arc<KeptAuthorities>>,
}

/// The authorities of the database, as of some revision.
#[derive(Default)]
struct KeptAuthorities {
    revision: u64,
    anchors: Vec<Certificate>,
    intermediates: Vec<Certificate>,
}

/// Whether responders are asked, and which one for certificates that name none.
struct Ocsp {
    asked: bool,
    responder: Option<String>,
}

/// Why a configured trust can't be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrustError {
    /// A file has no certificate, or one that can't be read.
    #[error("{path}: {error}")]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        error: ParseError,
    },
    /// A file can't be read.
    #[error("{path}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// There is no trust anchor, neither in the configuration nor in the database.
    #[error("no trust anchor")]
    NoAnchor,
    /// A policy is not a dotted object identifier.
    #[error("{0:?} is not a certificate policy")]
    Policy(String),
}

impl LoginTrust {
    /// Reads the certificates that the configuration names. Revocation lists are read anew at
    /// each login when their file has changed.
    ///
    /// # Errors
    /// [`TrustError`] when a file can't be read.
    pub fn read(config: &Trust) -> Result<Self, TrustError> {
        let policy = |text: &String| {
            ObjectIdentifier::new(text).map_err(|_| TrustError::Policy(text.clone()))
        };
        let fetches = config.fetch_crls || config.ocsp;
        let settings = settings(config);
        let ocsp = Ocsp { asked: config.ocsp, responder: config.ocsp_responder.clone() };
        Ok(Self {
            anchors: certificates(&config.anchors)?,
            intermediates: certificates(&config.intermediates)?,
            policies: config.login_policies.iter().map(policy).collect::<Result<_, _>>()?,
            lists: ListFolder::new(config.crl_folder.clone()),
            fetched: fetches.then(|| cache(HttpFetch::new(), settings, &ocsp)),
            ocsp,
            settings,
            legacy_login: config.legacy_login.clone(),
            kept: RwLock::default(),
        })
    }

    /// Reads anew which authorities the database has.
    ///
    /// # Errors
    /// [`StoreError`] when it can't be read.
    pub async fn refresh(&self, store: &Store) -> Result<(), StoreError> {
        let revision = store.authorities_revision().await?;
        if revision == self.kept().revision {
            return Ok(());
        }
        let mut kept = KeptAuthorities { revision, ..KeptAuthorities::default() };
        for authority in store.authorities().await? {
            let certificate = Certificate::from_der(&authority.certificate)
                .map_err(|_| StoreError::Corrupt("authority"))?;
            match authority.kind {
                AuthorityKind::Anchor => kept.anchors.push(certificate),
                AuthorityKind::Intermediate => kept.intermediates.push(certificate),
            }
        }
        *self.kept.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(kept);
        Ok(())
    }

    /// That somebody is trusted.
    ///
    /// # Errors
    /// [`TrustError::NoAnchor`] when nobody is.
    pub fn check_anchors(&self) -> Result<(), TrustError> {
        let none = self.anchors.is_empty() && self.kept().anchors.is_empty();
        if none { Err(TrustError::NoAnchor) } else { Ok(()) }
    }

    /// The authorities of the configuration, which only a change of it removes.
    pub(crate) fn configured(&self) -> impl Iterator<Item = (AuthorityKind, &Certificate)> {
        let anchors = self.anchors.iter().map(|anchor| (AuthorityKind::Anchor, anchor));
        anchors.chain(self.intermediates.iter().map(|other| (AuthorityKind::Intermediate, other)))
    }

    fn kept(&self) -> Arc<KeptAuthorities> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether and how legacy agents may log in.
    pub(super) fn legacy_login(&self) -> Option<&LegacyLogin> {
        self.legacy_login.as_ref()
    }

    /// The same, fetching in this way the lists that its folder lacks, or OCSP answers.
    #[must_use]
    pub fn with_fetch(self, fetch: impl Fetch + 'static) -> Self {
        Self { fetched: Some(cache(fetch, self.settings, &self.ocsp)), ..self }
    }

    /// Whether this is a login certificate that is trusted, valid and not revoked now. Without a
    /// current list of each issuer, or an OCSP answer, the answer is no.
    #[tracing::instrument(skip_all)]
    pub(super) async fn check(
        &self,
        certificate: &Certificate,
        now: UnixTime,
    ) -> Result<(), ErrorBody> {
        let lists = self.lists.read().await;
        let mut report = self.report(certificate, now, lists.clone(), Vec::new());
        let unknown = |error| matches!(error, PathError::RevocationUnknown { .. });
        let valid_otherwise = report.errors().all(unknown);
        let asks = self.ocsp.asked || !report.is_valid();
        if valid_otherwise
            && asks
            && let Some(cache) = &self.fetched
        {
            let path = report.path.clone();
            let fetched = fetch(Arc::clone(cache), path.clone(), now).await;
            report =
                self.report(certificate, now, [lists, fetched.lists].concat(), fetched.answers);
            if report.errors().any(unknown) {
                cache.refuse_answers(&path, now);
            }
        }
        debug!(age_seconds = report.revocation_age(), "revocation lists and answers");
        match report.errors().min_by_key(|error| rank(code(error, now))) {
            None => Ok(()),
            Some(error) => Err(ErrorBody::new(code(&error, now), &error.to_string())),
        }
    }

    fn report(
        &self,
        certificate: &Certificate,
        now: UnixTime,
        lists: Vec<Crl>,
        answers: Vec<OcspAnswer>,
    ) -> PathReport {
        let kept = self.kept();
        let anchors = [self.anchors.as_slice(), &kept.anchors].concat();
        let intermediates = [self.intermediates.as_slice(), &kept.intermediates].concat();
        let revocation = Revocation::required(lists).with_answers(answers, self.settings.freshness);
        PathRequest::new(certificate.clone(), anchors, now, Purpose::Login, revocation)
            .with_intermediates(intermediates)
            .with_required_policies(self.policies.clone())
            .start()
            .discharge()
    }
}

/// The lists and answers of a path that leads to an anchor. Addresses of other certificates are
/// never asked: anybody could send this server anywhere with them.
async fn fetch(cache: Arc<RevocationCache>, path: Vec<Certificate>, now: UnixTime) -> Gathered {
    let gathered = tokio::task::spawn_blocking(move || cache.gather(&path, now)).await;
    let gathered = gathered.unwrap_or_default();
    for (url, error) in &gathered.failures {
        warn!(url, %error, "no revocation list or answer");
    }
    gathered
}

fn settings(config: &Trust) -> CacheSettings {
    let preference = match (config.ocsp, config.fetch_crls) {
        (true, true) => Preference::AnswersFirst,
        (true, false) => Preference::AnswersOnly,
        (false, _) => Preference::ListsOnly,
    };
    let max_age_seconds = u64::from(config.ocsp_max_age_minutes) * 60;
    let freshness = OcspFreshness { max_age_seconds, ..OcspFreshness::default() };
    CacheSettings { preference, freshness, ..CacheSettings::default() }
}

fn cache(
    fetch: impl Fetch + 'static,
    settings: CacheSettings,
    ocsp: &Ocsp,
) -> Arc<RevocationCache> {
    let cache = RevocationCache::new(fetch, settings);
    Arc::new(match &ocsp.responder {
        None => cache,
        Some(url) => cache.with_responder(url),
    })
}

fn certificates(paths: &[PathBuf]) -> Result<Vec<Certificate>, TrustError> {
    let mut all = Vec::new();
    for path in paths {
        let pem =
            std::fs::read(path).map_err(|error| TrustError::Io { path: path.clone(), error })?;
        let read = Certificate::chain_from_pem(pem)
            .map_err(|error| TrustError::Certificate { path: path.clone(), error })?;
        all.extend(read);
    }
    Ok(all)
}

/// What the client is told. Faults of the certificates above the user's are faults of trust.
fn code(error: &PathError, now: UnixTime) -> ErrorCode {
    match error {
        PathError::Expired { at: 0, .. } => ErrorCode::CertificateExpired,
        PathError::NotYetValid { at: 0, .. } => ErrorCode::CertificateNotYetValid,
        PathError::KeyUsagePeriod { not_before: Some(begin), .. } if now < *begin => {
            ErrorCode::CertificateNotYetValid
        }
        PathError::KeyUsagePeriod { .. } => ErrorCode::CertificateExpired,
        PathError::Revoked { .. } => ErrorCode::CertificateRevoked,
        PathError::RevocationUnknown { .. } => ErrorCode::RevocationUnavailable,
        PathError::PolicyMissing | PathError::WrongUsage { .. } => ErrorCode::CertificateWrongUsage,
        _ => ErrorCode::CertificateUntrusted,
    }
}

/// Where several things are wrong, the one to tell: first whatever makes all others hearsay, then
/// what the user can act on, and missing revocation lists last, for they are often missing
/// because of something else.
fn rank(code: ErrorCode) -> u8 {
    match code {
        ErrorCode::CertificateUntrusted => 0,
        ErrorCode::CertificateRevoked => 1,
        ErrorCode::CertificateExpired => 2,
        ErrorCode::CertificateNotYetValid => 3,
        ErrorCode::CertificateWrongUsage => 4,
        _ => 5,
    }
}
