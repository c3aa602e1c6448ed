mod build;
mod check;
mod constraints;
mod policy;
mod report;
mod responder;
mod revocation;

use const_oid::ObjectIdentifier;
use wardkey_crypto::Obligation;

use crate::{Certificate, Crl, OcspAnswer, OcspFreshness, Purpose, UnixTime};

use check::Plan;
pub use check::{Check, CheckKind};
pub use report::{PathReport, RevocationEvidence, RevocationSource};

/// A question about one certificate: does a path lead from it to a trust anchor, and may it be
/// used for this purpose at this time (RFC 5280, section 6.1).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PathRequest {
    /// The certificate asked about.
    pub end_entity: Certificate,
    /// Certificates that may stand between it and an anchor, in any order.
    pub intermediates: Vec<Certificate>,
    /// What is trusted. An anchor's own signature is not looked at, its validity is. An end
    /// entity that is itself an anchor is trusted, and not asked whether it is revoked.
    pub anchors: Vec<Certificate>,
    /// The time for which the certificate has to be valid, as of a signature; what a signer
    /// claims, unless a timestamp proves it.
    pub time: UnixTime,
    /// The time at which revocation lists and OCSP answers have to be current; `time` unless set otherwise.
    pub now: UnixTime,
    /// What the certificate's key is used for.
    pub purpose: Purpose,
    /// Policies of which one has to hold over the whole path; when empty, any or none does,
    /// unless a certificate of the path demands one.
    pub required_policies: Vec<ObjectIdentifier>,
    /// What is known about revocation.
    pub revocation: Revocation,
    /// Which old algorithms are admitted.
    pub algorithms: AlgorithmPolicy,
    /// Whether policy mappings count for nothing (RFC 5280, section 6.1.1 (e)).
    pub inhibit_policy_mapping: bool,
    /// Whether anyPolicy counts for nothing (RFC 5280, section 6.1.1 (g)).
    pub inhibit_any_policy: bool,
    /// Whether a policy has to hold even if none is required by name (RFC 5280, section
    /// 6.1.1 (f)); required policies imply it.
    pub explicit_policy: bool,
}

/// What is known about revocation.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Revocation {
    /// Nothing is asked. For keys whose trust is withdrawn in another way, never for people's.
    NotChecked,
    /// Each certificate below the anchor has to be covered by a current list that its issuer
    /// signed, or by a current good answer of a responder of its issuer, and no such list or
    /// answer may say that it is revoked; anything less is [`PathError::RevocationUnknown`](crate::PathError).
    Required {
        /// The lists at hand, in any order.
        lists: Vec<Crl>,
        /// The OCSP answers at hand, in any order.
        answers: Vec<OcspAnswer>,
        /// How old an answer may be.
        freshness: OcspFreshness,
        /// Whether a list or answer counts that was made after the certificate had expired, although the
        /// issuer may have dropped the entry by then (RFC 5280, section 3.3).
        admit_list_after_expiry: bool,
    },
}

impl Revocation {
    /// Required, by these lists, none of them made after a certificate's expiry.
    #[must_use]
    pub fn required(lists: Vec<Crl>) -> Self {
        Self::Required {
            lists,
            answers: Vec::new(),
            freshness: OcspFreshness::default(),
            admit_list_after_expiry: false,
        }
    }

    /// The same with these OCSP answers, which may be so old. Where nothing is asked, nothing
    /// changes.
    #[must_use]
    pub fn with_answers(self, answers: Vec<OcspAnswer>, freshness: OcspFreshness) -> Self {
        match self {
            Self::NotChecked => Self::NotChecked,
            Self::Required { lists, admit_list_after_expiry, .. } => {
                Self::Required { lists, answers, freshness, admit_list_after_expiry }
            }
        }
    }
}

/// Which old algorithms are admitted; the default is none: no SHA-1, RSA from 2048 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AlgorithmPolicy {
    /// Admits signatures over SHA-1. Only where a policy names the exception.
    pub legacy_sha1: bool,
    /// Admits RSA keys from 1024 bits. Only where a policy names the exception.
    pub legacy_rsa_1024: bool,
}

impl PathRequest {
    /// A request with the strict choices: no old algorithm, no policy required by name, lists
    /// current at `time`.
    #[must_use]
    pub fn new(
        end_entity: Certificate,
        anchors: Vec<Certificate>,
        time: UnixTime,
        purpose: Purpose,
        revocation: Revocation,
    ) -> Self {
        Self {
            end_entity,
            intermediates: Vec::new(),
            anchors,
            time,
            now: time,
            purpose,
            required_policies: Vec::new(),
            revocation,
            algorithms: AlgorithmPolicy::default(),
            inhibit_policy_mapping: false,
            inhibit_any_policy: false,
            explicit_policy: false,
        }
    }

    /// The same with these intermediates.
    #[must_use]
    pub fn with_intermediates(self, intermediates: Vec<Certificate>) -> Self {
        Self { intermediates, ..self }
    }

    /// The same with these policies, of which one has to hold.
    #[must_use]
    pub fn with_required_policies(self, required_policies: Vec<ObjectIdentifier>) -> Self {
        Self { required_policies, ..self }
    }

    /// The same with revocation lists judged at `now` instead of at the time asked for, as for a
    /// signature made in the past.
    #[must_use]
    pub fn with_now(self, now: UnixTime) -> Self {
        Self { now, ..self }
    }

    /// The same with these old algorithms admitted.
    #[must_use]
    pub fn with_algorithms(self, algorithms: AlgorithmPolicy) -> Self {
        Self { algorithms, ..self }
    }

    /// Finds the paths to an anchor and does every check that needs no public key.
    pub fn start(&self) -> Pending {
        let mut obligations = Vec::new();
        let paths = build::paths(self);
        let mut plans: Vec<Plan> =
            paths.into_iter().map(|path| Plan::new(self, path, true, &mut obligations)).collect();
        if plans.is_empty() {
            // So that the report still says what else is wrong with the certificate.
            plans.push(Plan::new(self, vec![self.end_entity.clone()], false, &mut obligations));
        }
        Pending { plans, obligations }
    }
}

/// A judgement that waits for signatures to be verified.
#[derive(Debug)]
#[must_use = "nothing has been judged yet"]
pub struct Pending {
    plans: Vec<Plan>,
    obligations: Vec<Obligation>,
}

impl Pending {
    /// The signatures to verify.
    #[must_use]
    pub fn obligations(&self) -> &[Obligation] {
        &self.obligations
    }

    /// The judgement, given for each of [`Pending::obligations`], in their order, whether it
    /// holds. A missing answer counts as one that does not hold.
    pub fn conclude(self, answers: &[bool]) -> PathReport {
        let holds = |obligation: usize| answers.get(obligation).copied().unwrap_or(false);
        let mut best: Option<PathReport> = None;
        for plan in self.plans {
            let report = plan.conclude(&holds);
            if best.as_ref().is_none_or(|best| report.shortfall() < best.shortfall()) {
                best = Some(report);
            }
        }
        best.unwrap_or_else(PathReport::untrusted)
    }

    /// The judgement, with the signatures verified here.
    #[cfg(any(feature = "native", test))]
    pub fn discharge(self) -> PathReport {
        let answers: Vec<bool> = self.obligations.iter().map(Obligation::discharge).collect();
        self.conclude(&answers)
    }
}
