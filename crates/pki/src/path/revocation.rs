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
    obligation: usize,
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
            match judge(request, &path[at], &path[at + 1], at, list) {
                Ok((obligation, revoked, evidence)) => {
                    let obligation = check::owe(obligation, obligations);
                    plan.lists.push(List { obligation, revoked, evidence });
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
        let signed = self.lists.iter().filter(|list| holds(list.obligation));
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

/// What the list says, if its signature holds.
fn judge(
    request: &PathRequest,
    certificate: &Certificate,
    issuer: &Certificate,
    at: usize,
    list: &Crl,
) -> Result<(Obligation, Option<Revoked>, RevocationEvidence), RevocationGap> {
    if request.now < list.this_update() {
        return Err(RevocationGap::NotYetValid);
    }
    let next_update = list.next_update().filter(|next| request.now <= *next);
    let next_update = next_update.ok_or(RevocationGap::Stale)?;
    if !issuer.key_usage().is_none_or(|usage| usage.crl_sign()) {
        return Err(RevocationGap::MayNotSignLists);
    }
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
    let obligation = list.obligation(issuer).ok_or(RevocationGap::BadSignature)?;
    let evidence = RevocationEvidence {
        at,
        this_update: list.this_update(),
        next_update,
        age_seconds: list.age(request.now),
    };
    Ok((obligation, entry.copied().filter(|entry| entry.undoes(request.time)), evidence))
}

/// The most lists that are looked at for one certificate.
const MAX_LISTS: usize = 8;
