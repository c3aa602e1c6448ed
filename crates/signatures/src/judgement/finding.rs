use std::fmt;

use wardkey_pki::PathReport;

use crate::report::{Check, PathCertificate, Report, Signer, Verdict};

/// What a report says beside the findings.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) format: Option<&'static str>,
    pub(crate) signer: Option<Signer>,
    /// RFC 3339.
    pub(crate) claimed_time: Option<String>,
    /// RFC 3339.
    pub(crate) proven_time: Option<String>,
    pub(crate) commitment: Option<String>,
    /// Base64.
    pub(crate) digest: Option<String>,
    pub(crate) covered: Vec<String>,
    /// The age of the oldest revocation list behind `path`, in seconds.
    pub(crate) crl_age_seconds: Option<u64>,
    pub(crate) path: Vec<PathCertificate>,
    pub(crate) timestamp_path: Vec<PathCertificate>,
}

impl Facts {
    /// Adds the signer's path.
    pub(crate) fn see_path(&mut self, path: &PathReport) {
        self.path = PathCertificate::all_of(path);
        self.crl_age_seconds = path.revocation_age();
    }
}

/// The outcome of one check with what it means for the verdict.
#[derive(Debug)]
pub(crate) struct Finding {
    name: &'static str,
    outcome: Outcome,
    detail: Option<String>,
}

#[derive(Debug)]
enum Outcome {
    Passed,
    /// The reason that the report gives.
    Failed(&'static str),
    /// As `Failed`, but nothing speaks against the signature: something is not known.
    Unknown(&'static str),
}

impl Finding {
    pub(crate) fn passed(name: &'static str) -> Self {
        Self { name, outcome: Outcome::Passed, detail: None }
    }

    pub(crate) fn failed(name: &'static str, reason: &'static str) -> Self {
        Self { name, outcome: Outcome::Failed(reason), detail: None }
    }

    pub(crate) fn unknown(name: &'static str, reason: &'static str) -> Self {
        Self { name, outcome: Outcome::Unknown(reason), detail: None }
    }

    pub(crate) fn of(passed: bool, name: &'static str, reason: &'static str) -> Self {
        if passed { Self::passed(name) } else { Self::failed(name, reason) }
    }

    /// With more for people to read; of no interest where the check was passed.
    pub(crate) fn with_detail(self, detail: impl ToString) -> Self {
        match self.outcome {
            Outcome::Passed => self,
            _ => Self { detail: Some(detail.to_string()), ..self },
        }
    }

    /// With what was found, where it was passed as well.
    pub(crate) fn with_note(self, note: &str) -> Self {
        Self { detail: Some(note.to_owned()), ..self }
    }

    pub(crate) fn is_passed(&self) -> bool {
        matches!(self.outcome, Outcome::Passed)
    }

    /// Why it was not passed; empty where it was.
    pub(crate) fn reason(&self) -> &'static str {
        match self.outcome {
            Outcome::Passed => "",
            Outcome::Failed(reason) | Outcome::Unknown(reason) => reason,
        }
    }

    fn into_check(self) -> Check {
        match self.outcome {
            Outcome::Passed => Check { detail: self.detail, ..Check::passed(self.name) },
            _ => Check::failed(self.name, self.to_string()),
        }
    }
}

/// Writes the reason with the detail; nothing where the check was passed.
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.detail {
            Some(detail) => write!(f, "{}: {detail}", self.reason()),
            None => f.write_str(self.reason()),
        }
    }
}

/// The first failure gives verdict and reason, or, where there is none, the first thing unknown.
pub(crate) fn report(facts: Facts, findings: Vec<Finding>) -> Report {
    let failed = findings.iter().find_map(|finding| match finding.outcome {
        Outcome::Failed(reason) => Some((Verdict::Invalid, reason)),
        _ => None,
    });
    let unknown = || {
        findings.iter().find_map(|finding| match finding.outcome {
            Outcome::Unknown(reason) => Some((Verdict::Indeterminate, reason)),
            _ => None,
        })
    };
    let against = failed.or_else(unknown);
    Report {
        verdict: against.map_or(Verdict::Valid, |(verdict, _)| verdict),
        reason: against.map(|(_, reason)| reason.to_owned()),
        format: facts.format,
        checks: findings.into_iter().map(Finding::into_check).collect(),
        signer: facts.signer,
        claimed_time: facts.claimed_time,
        proven_time: facts.proven_time,
        commitment: facts.commitment,
        path: facts.path,
        timestamp_path: facts.timestamp_path,
        crl_age_seconds: facts.crl_age_seconds,
        digest: facts.digest,
        covered: facts.covered,
        earlier: Vec::new(),
    }
}

/// A report with those of earlier signatures, of which each counts.
pub(crate) fn with_earlier(mut last: Report, earlier: Vec<Report>) -> Report {
    let any = |verdict| earlier.iter().any(|report| report.verdict == verdict);
    let against = match last.verdict {
        Verdict::Invalid => None,
        _ if any(Verdict::Invalid) => Some((Verdict::Invalid, "An earlier signature is invalid")),
        Verdict::Valid if any(Verdict::Indeterminate) => {
            Some((Verdict::Indeterminate, "An earlier signature is not known to hold"))
        }
        _ => None,
    };
    let wrong = earlier.iter().find_map(|report| report.reason.as_deref());
    last.checks.push(match wrong {
        Some(reason) => Check::failed("earlierSignatures", reason),
        None => Check::passed("earlierSignatures"),
    });
    if let Some((verdict, reason)) = against {
        (last.verdict, last.reason) = (verdict, Some(reason.to_owned()));
    }
    last.earlier = earlier;
    last
}
