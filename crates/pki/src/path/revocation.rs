use wardkey_crypto::Obligation;

use super::{PathRequest, Revocation, RevocationEvidence, RevocationSource, check, responder};
use crate::{Certificate, Crl, PathError, RevocationGap, Revoked};

/// How the revocation of one certificate will be decided (RFC 5280, section 6.3; RFC 6960).
#[derive(Debug)]
pub(super) struct RevocationPlan {
    /// Lists and answers that decide if their signature holds.
    sources: Vec<Source>,
    /// Why there is no verdict if none of the sources decides.
    gap: RevocationGap,
}

#[derive(Debug)]
struct Source {
    /// One of which has to hold, each with all of its obligations.
    ways: Vec<Vec<usize>>,
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
        let Revocation::Required { lists, answers, .. } = &request.revocation else { return None };
        let mut plan = Self { sources: Vec::new(), gap: RevocationGap::NoList };
        let covering = lists.iter().filter(|list| list.covers(&path[at]));
        for list in covering.take(MAX_LISTS) {
            plan.add(judge(request, path, at, list), obligations);
        }
        let covering = answers.iter().filter(|answer| answer.covers(&path[at], &path[at + 1]));
        for answer in covering.take(MAX_ANSWERS) {
            plan.add(responder::judge(request, path, at, answer), obligations);
        }
        Some(plan)
    }

    /// One source that says revoked suffices; the newest of the others says how fresh the good
    /// news is.
    pub(super) fn conclude(self, at: usize, holds: &dyn Fn(usize) -> bool) -> Verdict {
        let signed = self.sources.iter().filter(|source| {
            source.ways.iter().any(|way| way.iter().all(|obligation| holds(*obligation)))
        });
        let newest = signed.clone().max_by_key(|source| source.evidence.this_update);
        let against = signed.clone().find_map(|source| Some((source, source.revoked?)));
        match (against, newest) {
            (Some((source, Revoked { date, reason })), _) => Verdict {
                result: Err(PathError::Revoked { at, date, reason }),
                evidence: Some(source.evidence),
            },
            (None, Some(source)) => Verdict { result: Ok(()), evidence: Some(source.evidence) },
            (None, None) => Verdict {
                result: Err(PathError::RevocationUnknown { at, gap: self.gap }),
                evidence: None,
            },
        }
    }

    fn add(&mut self, judged: Result<Judged, RevocationGap>, obligations: &mut Vec<Obligation>) {
        match judged {
            Ok(Judged { ways, revoked, evidence }) => {
                let mut owe = |way: Vec<Obligation>| {
                    way.into_iter().map(|one| check::owe(one, obligations)).collect()
                };
                let ways = ways.into_iter().map(&mut owe).collect();
                self.sources.push(Source { ways, revoked, evidence });
                self.gap = RevocationGap::BadSignature;
            }
            Err(gap) if self.sources.is_empty() => self.gap = gap,
            Err(_) => {}
        }
    }
}

/// What a source says, if its signature holds.
pub(super) struct Judged {
    /// One of which has to hold, each with all of its obligations.
    pub(super) ways: Vec<Vec<Obligation>>,
    pub(super) revoked: Option<Revoked>,
    pub(super) evidence: RevocationEvidence,
}

/// What the list says of the certificate, if its signature holds.
pub(super) fn judge(
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
    let may_have_dropped = certificate.not_after() < list.this_update() && !list.lists_expired();
    if entry.is_none() && may_have_dropped && !admits_after_expiry(request) {
        return Err(RevocationGap::ExpiredBeforeList);
    }
    let evidence = RevocationEvidence {
        at,
        source: RevocationSource::List,
        this_update: list.this_update(),
        next_update,
        age_seconds: list.age(request.now),
    };
    let revoked = entry.copied().filter(|entry| entry.undoes(request.time));
    // One way for each key that may have signed the list.
    let ways = signers(path, at, list)?.into_iter().map(|one| vec![one]).collect();
    Ok(Judged { ways, revoked, evidence })
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

/// Whether what was made after the certificate's expiry counts.
pub(super) fn admits_after_expiry(request: &PathRequest) -> bool {
    matches!(request.revocation, Revocation::Required { admit_list_after_expiry: true, .. })
}

/// The most answers that are looked at for one certificate.
const MAX_ANSWERS: usize = 4;
/// The most lists that are looked at for one certificate.
const MAX_LISTS: usize = 8;
