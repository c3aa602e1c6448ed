use const_oid::ObjectIdentifier;
use wardkey_crypto::Obligation;

use super::{
    PathRequest, Revocation, RevocationEvidence, RevocationSource, check,
    revocation::{self, Judged, admits_after_expiry},
};
use crate::{Certificate, OcspAnswer, OcspStatus, RevocationGap};

/// What the answer says of the certificate, if its signature holds (RFC 6960, section 3.2).
pub(super) fn judge(
    request: &PathRequest,
    path: &[Certificate],
    at: usize,
    answer: &OcspAnswer,
) -> Result<Judged, RevocationGap> {
    let Revocation::Required { freshness, .. } = request.revocation else {
        return Err(RevocationGap::NoList);
    };
    if answer.is_ahead(request.now, freshness) {
        return Err(RevocationGap::NotYetValid);
    }
    if !answer.is_current(request.now, freshness) {
        return Err(RevocationGap::Stale);
    }
    let algorithm = answer.signature_algorithm().ok_or(RevocationGap::WeakAlgorithm)?;
    if !check::admits(request.algorithms, algorithm) {
        return Err(RevocationGap::WeakAlgorithm);
    }
    let revoked = match answer.status() {
        OcspStatus::Good => {
            let may_have_dropped = path[at].not_after() < answer.this_update();
            if may_have_dropped && !admits_after_expiry(request) {
                return Err(RevocationGap::ExpiredBeforeList);
            }
            None
        }
        OcspStatus::Revoked(revoked) => Some(revoked).filter(|entry| entry.undoes(request.time)),
        OcspStatus::Unknown => return Err(RevocationGap::UnknownToResponder),
    };
    let evidence = RevocationEvidence {
        at,
        source: RevocationSource::Answer,
        this_update: answer.this_update(),
        next_update: answer.counts_until(freshness),
        age_seconds: answer.age(request.now),
    };
    Ok(Judged { ways: ways(request, &path[at + 1..], answer)?, revoked, evidence })
}

/// Who may have signed: the issuer, first of `above`, or a responder that it certified.
fn ways(
    request: &PathRequest,
    above: &[Certificate],
    answer: &OcspAnswer,
) -> Result<Vec<Vec<Obligation>>, RevocationGap> {
    let issuer = above.first().ok_or(RevocationGap::NotAResponder)?;
    let mut gap = RevocationGap::NotAResponder;
    let mut ways = Vec::new();
    if answer.is_by_issuer() {
        gap = RevocationGap::BadSignature;
        ways.extend(answer.obligation(issuer).map(|by_issuer| vec![by_issuer]));
    }
    for responder in answer.responders() {
        if !is_responder(request, responder, issuer) {
            continue;
        }
        let certified = responder.obligation(issuer);
        let (Some(signed), Some(certified)) = (answer.obligation(responder), certified) else {
            gap = RevocationGap::BadSignature;
            continue;
        };
        let by_responder = vec![signed, certified];
        if responder.needs_no_check() {
            ways.push(by_responder);
            continue;
        }
        match unrevoked(request, responder, above) {
            Some(proofs) => {
                ways.extend(proofs.into_iter().map(|proof| [by_responder.clone(), proof].concat()));
            }
            None => gap = RevocationGap::ResponderUnknown,
        }
    }
    if ways.is_empty() { Err(gap) } else { Ok(ways) }
}

/// Whether the certificate, if the issuer signed it, is one of a responder that may sign now
/// (RFC 6960, section 4.2.2.2). anyExtendedKeyUsage does not do.
fn is_responder(request: &PathRequest, responder: &Certificate, issuer: &Certificate) -> bool {
    responder.issuer() == issuer.subject()
        && responder.extended_key_usage().is_some_and(|usage| usage.contains(&OCSP_SIGNING))
        && responder.key_usage().is_none_or(|usage| usage.digital_signature())
        && responder.not_before() <= request.now
        && request.now <= responder.not_after()
        && responder.unknown_critical_extension().is_none()
        && check::algorithms(0, responder, true, request.algorithms).is_ok()
}

/// How the lists at hand prove that the responder is not revoked: one way each. `None`: they
/// don't. Answers are not asked, for a responder does not vouch for itself.
fn unrevoked(
    request: &PathRequest,
    responder: &Certificate,
    above: &[Certificate],
) -> Option<Vec<Vec<Obligation>>> {
    let Revocation::Required { lists, .. } = &request.revocation else { return None };
    let path: Vec<Certificate> = [responder].into_iter().chain(above).cloned().collect();
    let mut proofs = Vec::new();
    for list in lists.iter().filter(|list| list.covers(responder)).take(MAX_LISTS) {
        // Whatever the date or reason, and before the signature is looked at.
        if list.entry(responder.serial()).is_some() {
            return None;
        }
        if let Ok(judged) = revocation::judge(request, &path, 0, list) {
            proofs.extend(judged.ways);
        }
    }
    (!proofs.is_empty()).then_some(proofs)
}

/// The most lists that are looked at for a responder.
const MAX_LISTS: usize = 4;
/// id-kp-OCSPSigning (RFC 6960, section 4.2.2.2).
const OCSP_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.9");
