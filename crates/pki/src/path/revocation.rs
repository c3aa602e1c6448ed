use wardkey_crypto::Obligation;

use super::{PathRequest, Revocation, RevocationEvidence, check};
use crate::{Certificate, Crl, PathError, RevocationGap, Revoked};

/// How the revocation of one certificate will be decided (RFC 5280, section 6.3).
#[derive(Debug)]
pub(super) struct RevocationPlan {
    /// Lists that decide if their signature holds.
    lists: Vec<List>,
    /// Why there is no verdict if none of the lists decides.
    gap: RevocationGap,
}

#[derive(Debug)]
struct List {
    /// One of which has to hold.
    obligations: Vec<usize>,
    revoked: Option<Revoked>,
    evidence: RevocationEvidence,
}

pub(super) struct Verdict {
    pub(super) result: Result<(), PathError>,
    pub(super) evidence: Option<RevocationEvidence>,
}

impl RevocationPlan {
    /// `None`: the request asks nothing about revocation.
    pub(super) fn new(
        request: &PathRequest,
        path: &[Certificate],
        at: usize,
        obligations: &mut Vec<Obligation>,
    ) -> Option<Self> {
        let Revocation::Required { lists, .. } = &request.revocation else { return None };
        let mut plan = Self { lists: Vec::new(), gap: RevocationGap::NoList };
        let covering = lists.iter().filter(|list| list.covers(&path[at]));
        for list in covering.take(MAX_LISTS) {
            match judge(request, path, at, list) {
                Ok(Judged { signed, revoked, evidence }) => {
                    let owed = signed.into_iter().map(|one| check::owe(one, obligations));
                    plan.lists.push(List { obligations: owed.collect(), revoked, evidence });
                    plan.gap = RevocationGap::BadSignature;
                }
                Err(gap) if plan.lists.is_empty() => plan.gap = gap,
                Err(_) => {}
            }
        }
        Some(plan)
    }

    /// One list that says revoked suffices; the newest of the others says how fresh the good
    /// news is.
    pub(super) fn conclude(self, at: usize, holds: &dyn Fn(usize) -> bool) -> Verdict {
        let signed = self
            .lists
            .iter()
            .filter(|list| list.obligations.iter().any(|obligation| holds(*obligation)));
        let newest = signed.clone().max_by_key(|list| list.evidence.this_update);
        let against = signed.clone().find_map(|list| Some((list, list.revoked?)));
        match (against, newest) {
            (Some((list, Revoked { date, reason })), _) => Verdict {
                result: Err(PathError::Revoked { at, date, reason }),
                evidence: Some(list.evidence),
            },
            (None, Some(list)) => Verdict { result: Ok(()), evidence: Some(list.evidence) },
            (None, None) => Verdict {
                result: Err(PathError::RevocationUnknown { at, gap: self.gap }),
                evidence: None,
            },
        }
    }
}

struct Judged {
    /// One for each key that may have signed the list.
    signed: Vec<Obligation>,
    revoked: Option<Revoked>,
    evidence: RevocationEvidence,
}

/// What the list says, if its signature holds.
fn judge(
    request: &PathRequest,
    path: &[Certificate],
    at: usize,
    list: &Crl,
) -> Result<Judged, RevocationGap> {
    let certificate = &path[at];
    if request.now < list.this_update() {
        return Err(RevocationGap::NotYetValid);
    }
    let next_update = list.next_update().filter(|next| request.now <= *next);
    let next_update = next_update.ok_or(RevocationGap::Stale)?;
    let algorithm = list.signature_algorithm().ok_or(RevocationGap::WeakAlgorithm)?;
    if !check::admits(request.algorithms, algorithm) {
        return Err(RevocationGap::WeakAlgorithm);
    }
    let entry = list.entry(certificate.serial());
    let admitted =
        matches!(request.revocation, Revocation::Required { admit_list_after_expiry: true, .. });
    let may_have_dropped = certificate.not_after() < list.this_update() && !list.lists_expired();
    if entry.is_none() && may_have_dropped && !admitted {
        return Err(RevocationGap::ExpiredBeforeList);
    }
    let evidence = RevocationEvidence {
        at,
        this_update: list.this_update(),
        next_update,
        age_seconds: list.age(request.now),
    };
    let revoked = entry.copied().filter(|entry| entry.undoes(request.time));
    Ok(Judged { signed: signers(path, at, list)?, revoked, evidence })
}

/// The issuer, and while it changes its key, its other certificates further up the same path.
fn signers(path: &[Certificate], at: usize, list: &Crl) -> Result<Vec<Obligation>, RevocationGap> {
    let mut gap = RevocationGap::MayNotSignLists;
    let mut signed = Vec::new();
    for issuer in path[at + 1..].iter().filter(|above| above.subject() == path[at].issuer()) {
        if issuer.key_usage().is_none_or(|usage| usage.crl_sign()) {
            gap = RevocationGap::BadSignature;
            signed.extend(list.obligation(issuer));
        }
    }
    if signed.is_empty() { Err(gap) } else { Ok(signed) }
}

/// The most lists that are looked at for one certificate.
const MAX_LISTS: usize = 8;
