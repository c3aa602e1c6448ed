use std::fmt;

use const_oid::ObjectIdentifier;
use wardkey_crypto::{KeyKind, Obligation, SignatureAlgorithm};

use super::{
    AlgorithmPolicy, PathReport, PathRequest, constraints, policy,
    revocation::{RevocationPlan, Verdict},
};
use crate::{Certificate, PathError};

/// One check of one certificate of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub kind: CheckKind,
    /// The place in the path of the certificate it was checked on; 0 is the end entity.
    pub at: usize,
    /// Whether it passed, and if not, why.
    pub result: Result<(), PathError>,
}

/// What a check looks at, in the order in which a report lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum CheckKind {
    /// The path leads to an anchor; each issuer's name is its successor's subject.
    Trust,
    /// Algorithm and key are supported and strong enough.
    Algorithms,
    /// The issuer's key made the signature.
    Signature,
    /// Every critical extension is understood.
    CriticalExtensions,
    /// The time lies within the validity.
    Validity,
    /// The issuer is a certification authority.
    BasicConstraints,
    /// The issuer's keyUsage has keyCertSign.
    IssuerKeyUsage,
    /// No more certificates below an issuer than it allows.
    PathLength,
    /// All names lie within the name constraints above them.
    NameConstraints,
    /// The end entity is for the purpose.
    Usage,
    /// A required certificate policy holds over the path.
    Policies,
    /// The time lies within the end entity's privateKeyUsagePeriod.
    KeyUsagePeriod,
    /// The certificate is not revoked.
    Revocation,
}

impl CheckKind {
    /// A stable name for reports and logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trust => "trust",
            Self::Algorithms => "algorithms",
            Self::Signature => "signature",
            Self::CriticalExtensions => "critical_extensions",
            Self::Validity => "validity",
            Self::BasicConstraints => "basic_constraints",
            Self::IssuerKeyUsage => "issuer_key_usage",
            Self::PathLength => "path_length",
            Self::NameConstraints => "name_constraints",
            Self::Usage => "usage",
            Self::Policies => "policies",
            Self::KeyUsagePeriod => "key_usage_period",
            Self::Revocation => "revocation",
        }
    }
}

impl fmt::Display for CheckKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The checks of one path, those known already and those that wait for signatures.
#[derive(Debug)]
pub(super) struct Plan {
    path: Vec<Certificate>,
    policies: Vec<ObjectIdentifier>,
    checks: Vec<Planned>,
}

#[derive(Debug)]
struct Planned {
    kind: CheckKind,
    at: usize,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    Known(Result<(), PathError>),
    Revocation(RevocationPlan),
    /// The obligation that decides.
    Signature(usize),
}

impl Plan {
    /// `path` runs from the end entity to the anchor; if it is not `trusted`, it is the end
    /// entity alone, and only what can be said of it by itself is checked.
    pub(super) fn new(
        request: &PathRequest,
        path: Vec<Certificate>,
        trusted: bool,
        obligations: &mut Vec<Obligation>,
    ) -> Self {
        let mut plan = Self { policies: Vec::new(), checks: Vec::new(), path };
        let end = plan.path.len() - 1;
        plan.known(CheckKind::Trust, end, trusted.then_some(()).ok_or(PathError::Untrusted));
        plan.each(CheckKind::Algorithms, |at, certificate| {
            let signed = !(trusted && at == end);
            algorithms(at, certificate, signed, request.algorithms)
        });
        for at in 0..end {
            plan.signature(at, obligations);
        }
        plan.each(CheckKind::CriticalExtensions, critical_extensions);
        plan.each(CheckKind::Validity, |at, certificate| validity(at, certificate, request));
        plan.each_issuer(CheckKind::BasicConstraints, |at, certificate| {
            // An anchor is one by configuration; version 1 has no way to say it.
            let by_configuration = at == end && certificate.basic_constraints().is_none();
            let passed = certificate.is_authority() || by_configuration;
            passed.then_some(()).ok_or(PathError::NotAnAuthority { at })
        });
        plan.each_issuer(CheckKind::IssuerKeyUsage, |at, certificate| {
            let passed = certificate.key_usage().is_none_or(|usage| usage.key_cert_sign());
            passed.then_some(()).ok_or(PathError::MayNotSignCertificates { at })
        });
        for at in 1..=end {
            plan.known(CheckKind::PathLength, at, path_length(at, &plan.path));
        }
        if trusted {
            plan.known(CheckKind::NameConstraints, 0, constraints::check(&plan.path));
        }
        let purpose = request.purpose;
        let usage = plan.path[0].serves(purpose);
        plan.known(
            CheckKind::Usage,
            0,
            usage.then_some(()).ok_or(PathError::WrongUsage { purpose }),
        );
        if trusted {
            let policies = policy::check(request, &plan.path);
            plan.known(CheckKind::Policies, 0, policies.as_ref().map(|_| ()).map_err(|e| *e));
            plan.policies = policies.unwrap_or_default();
        }
        plan.known(CheckKind::KeyUsagePeriod, 0, key_usage_period(request, &plan.path[0]));
        for at in 0..end {
            if let Some(revocation) = RevocationPlan::new(request, &plan.path, at, obligations) {
                plan.checks.push(Planned {
                    kind: CheckKind::Revocation,
                    at,
                    outcome: Outcome::Revocation(revocation),
                });
            }
        }
        plan
    }

    pub(super) fn conclude(self, holds: &dyn Fn(usize) -> bool) -> PathReport {
        let mut evidence = Vec::new();
        let checks = self.checks.into_iter().map(|Planned { kind, at, outcome }| {
            let result = match outcome {
                Outcome::Known(result) => result,
                Outcome::Signature(obligation) => {
                    holds(obligation).then_some(()).ok_or(PathError::BadSignature { at })
                }
                Outcome::Revocation(plan) => {
                    let Verdict { result, evidence: found } = plan.conclude(at, holds);
                    evidence.extend(found);
                    result
                }
            };
            Check { kind, at, result }
        });
        let checks = checks.collect();
        PathReport { checks, path: self.path, policies: self.policies, revocation: evidence }
    }

    fn known(&mut self, kind: CheckKind, at: usize, result: Result<(), PathError>) {
        self.checks.push(Planned { kind, at, outcome: Outcome::Known(result) });
    }

    fn each(
        &mut self,
        kind: CheckKind,
        check: impl Fn(usize, &Certificate) -> Result<(), PathError>,
    ) {
        for at in 0..self.path.len() {
            self.known(kind, at, check(at, &self.path[at]));
        }
    }

    fn each_issuer(
        &mut self,
        kind: CheckKind,
        check: impl Fn(usize, &Certificate) -> Result<(), PathError>,
    ) {
        for at in 1..self.path.len() {
            self.known(kind, at, check(at, &self.path[at]));
        }
    }

    fn signature(&mut self, at: usize, obligations: &mut Vec<Obligation>) {
        let outcome = match self.path[at].obligation(&self.path[at + 1]) {
            Some(obligation) => Outcome::Signature(owe(obligation, obligations)),
            None => Outcome::Known(Err(PathError::BadSignature { at })),
        };
        self.checks.push(Planned { kind: CheckKind::Signature, at, outcome });
    }
}

/// The place of the obligation among those that are owed, added if it is new.
pub(super) fn owe(obligation: Obligation, obligations: &mut Vec<Obligation>) -> usize {
    if let Some(known) = obligations.iter().position(|owed| *owed == obligation) {
        return known;
    }
    obligations.push(obligation);
    obligations.len() - 1
}

/// Whether a signature algorithm is admitted.
pub(super) fn admits(policy: AlgorithmPolicy, algorithm: SignatureAlgorithm) -> bool {
    policy.legacy_sha1 || !algorithm.is_legacy()
}

pub(super) fn algorithms(
    at: usize,
    certificate: &Certificate,
    signed: bool,
    policy: AlgorithmPolicy,
) -> Result<(), PathError> {
    let kind = certificate.key_kind().ok_or(PathError::UnsupportedAlgorithm { at })?;
    if kind == KeyKind::Rsa {
        let least = if policy.legacy_rsa_1024 { LEGACY_RSA_BITS } else { RSA_BITS };
        match certificate.rsa_bits() {
            Some(bits) if bits > MAX_RSA_BITS => {
                return Err(PathError::UnsupportedAlgorithm { at });
            }
            Some(bits) if bits >= least => {}
            _ => return Err(PathError::WeakAlgorithm { at }),
        }
    }
    if !signed {
        return Ok(());
    }
    let algorithm = certificate.signature_algorithm();
    let algorithm = algorithm.ok_or(PathError::UnsupportedAlgorithm { at })?;
    admits(policy, algorithm).then_some(()).ok_or(PathError::WeakAlgorithm { at })
}

fn critical_extensions(at: usize, certificate: &Certificate) -> Result<(), PathError> {
    match certificate.unknown_critical_extension() {
        Some(oid) => Err(PathError::UnknownCriticalExtension { at, oid }),
        None => Ok(()),
    }
}

fn validity(at: usize, certificate: &Certificate, request: &PathRequest) -> Result<(), PathError> {
    let (not_before, not_after) = (certificate.not_before(), certificate.not_after());
    if request.time < not_before {
        return Err(PathError::NotYetValid { at, not_before });
    }
    if request.time > not_after {
        return Err(PathError::Expired { at, not_after });
    }
    Ok(())
}

fn path_length(at: usize, path: &[Certificate]) -> Result<(), PathError> {
    let Some(most) = path[at].basic_constraints().and_then(|constraints| constraints.path_len)
    else {
        return Ok(());
    };
    let below = path[1..at].iter().filter(|certificate| !certificate.is_self_issued()).count();
    (below <= usize::from(most)).then_some(()).ok_or(PathError::PathTooLong { at })
}

fn key_usage_period(request: &PathRequest, end_entity: &Certificate) -> Result<(), PathError> {
    match end_entity.private_key_usage_period() {
        Some(period) if !period.contains(request.time) => Err(PathError::KeyUsagePeriod {
            not_before: period.not_before,
            not_after: period.not_after,
        }),
        _ => Ok(()),
    }
}

const RSA_BITS: u32 = 2048;
const LEGACY_RSA_BITS: u32 = 1024;
/// Longer keys only cost time.
const MAX_RSA_BITS: u32 = 8192;
