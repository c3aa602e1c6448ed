use wardkey_pki::{Certificate, CheckKind, PathError, PathReport, UnixTime};

use super::finding::Finding;

/// The findings of a path, in the order of the service's own verification: revocation, validity
/// at the time of signing, trust; then what it does not look at, usage and policy.
pub(crate) fn findings(report: &PathReport, validity: Option<Finding>) -> Vec<Finding> {
    findings_for(report, validity, [EXPIRED, "Certificate is not for content commitment"])
}

/// The same, in words of their own for a validity and a usage that do not fit.
pub(crate) fn findings_for(
    report: &PathReport,
    validity: Option<Finding>,
    [expired, unfit]: [&'static str; 2],
) -> Vec<Finding> {
    let of = |topic: Topic| report.errors().find(|error| Topic::of(error) == topic);
    let revocation = match (of(Topic::Revoked), of(Topic::AuthorityRevoked), of(Topic::Unknown)) {
        (Some(error), _, _) => {
            Finding::failed("revocation", "Certificate is revoked").with_detail(error)
        }
        (None, Some(error), _) => {
            Finding::failed("revocation", "CA certificate is revoked").with_detail(error)
        }
        (None, None, Some(error)) => {
            Finding::unknown("revocation", "Revocation is unknown").with_detail(error)
        }
        (None, None, None) if report.path.len() < 2 && of(Topic::Trust).is_some() => {
            Finding::unknown("revocation", "Revocation is unknown").with_detail("no path")
        }
        (None, None, None) => Finding::passed("revocation"),
    };
    let validity = match of(Topic::Validity) {
        Some(error) => Finding::failed("validity", expired).with_detail(error),
        None => validity.unwrap_or_else(|| Finding::passed("validity")),
    };
    let simple = |topic: Topic, name: &'static str, reason: &'static str| match of(topic) {
        Some(error) => Finding::failed(name, reason).with_detail(error),
        None => Finding::passed(name),
    };
    let mut findings = vec![
        revocation,
        validity,
        simple(Topic::Trust, "trust", "Certificate not trusted"),
        simple(Topic::Usage, "usage", unfit),
    ];
    // Policies hold over a path or not at all.
    if report.passed(CheckKind::Policies).is_some() {
        let reason = "Certificate policy is not one that is required";
        findings.push(simple(Topic::Policy, "policy", reason));
    }
    findings
}

/// The service wants the time of signing strictly inside of the validity; a path admits its first
/// and last second. `None`: it is inside.
pub(crate) fn strict_validity(certificate: &Certificate, signed_at: UnixTime) -> Option<Finding> {
    let inside = certificate.not_before() < signed_at && signed_at < certificate.not_after();
    (!inside).then(|| Finding::failed("validity", EXPIRED).with_detail("at the edge of validity"))
}

/// Of a certificate that has expired since, or whose authority's has, nothing but the signer's word says
/// when it signed, and lists of revoked ones need no longer name it (ETSI EN 319 102-1, section 5.1.3,
/// `OUT_OF_BOUNDS_NO_POE`). `None`: none has expired.
pub(crate) fn unproven(path: &PathReport, now: UnixTime) -> Option<Finding> {
    // What an anchor is trusted for does not end with its certificate.
    let judged = match &path.path[..] {
        [below @ .., _anchor] if !below.is_empty() => below,
        alone => alone,
    };
    let expired = judged.iter().any(|certificate| certificate.not_after() < now);
    expired.then(|| {
        Finding::unknown("validity", UNPROVEN).with_detail("no timestamp proves otherwise")
    })
}

/// What an error of a path is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    AuthorityRevoked,
    Policy,
    Revoked,
    Trust,
    Unknown,
    Usage,
    Validity,
}

impl Topic {
    fn of(error: &PathError) -> Self {
        match error {
            PathError::Revoked { at: 0, .. } => Self::Revoked,
            PathError::Revoked { .. } => Self::AuthorityRevoked,
            PathError::RevocationUnknown { .. } => Self::Unknown,
            PathError::Expired { at: 0, .. }
            | PathError::NotYetValid { at: 0, .. }
            | PathError::KeyUsagePeriod { .. } => Self::Validity,
            PathError::WrongUsage { .. } => Self::Usage,
            PathError::PolicyMapping { .. } | PathError::PolicyMissing => Self::Policy,
            // Whatever else there is, there is no sound path.
            _ => Self::Trust,
        }
    }
}

const EXPIRED: &str = "Certificate expired when signed";
const UNPROVEN: &str = "Certificate has expired, perhaps before it signed";
