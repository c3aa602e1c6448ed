use const_oid::AssociatedOid as _;
use der::{
    Encode as _,
    asn1::{Ia5String, OctetString},
};
use x509_cert::ext::{
    Extension,
    pkix::{
        CrlReason, IssuingDistributionPoint, KeyUsage, KeyUsages,
        crl::dp::Reasons,
        name::{DistributionPointName, GeneralName},
    },
};

use super::fixture::*;
use crate::{
    Certificate, Crl, ObjectIdentifier, OcspFreshness, ParseError, PathError, PathReport,
    Revocation, RevocationGap, RevocationReason, UnixTime,
};

const SERIAL: u32 = 4711;

fn person() -> Certificate {
    Draft { serial: SERIAL, ..person_draft() }.sign(&ca_key())
}

/// The judgement with this list in the place of the content CA's.
fn judge(list: Crl) -> PathReport {
    judge_at(list, NOW)
}

fn judge_at(list: Crl, signed: UnixTime) -> PathReport {
    let mut pki = Pki::new();
    pki.lists[1] = list;
    let mut request = pki.request(person());
    request.time = signed;
    request.start().discharge()
}

fn unknown(gap: RevocationGap) -> Option<PathError> {
    Some(PathError::RevocationUnknown { at: 0, gap })
}

fn list() -> List {
    List::of(&Pki::new().ca)
}

fn scope(edit: impl FnOnce(&mut IssuingDistributionPoint)) -> Extension {
    let mut point = IssuingDistributionPoint {
        distribution_point: None,
        only_contains_user_certs: false,
        only_contains_ca_certs: false,
        only_some_reasons: None,
        indirect_crl: false,
        only_contains_attribute_certs: false,
    };
    edit(&mut point);
    Extension {
        extn_id: ObjectIdentifier::new_unwrap("2.5.29.28"),
        critical: true,
        extn_value: OctetString::new(point.to_der().unwrap()).unwrap(),
    }
}

/// The scope of a list for this distribution point alone.
pub fn scope_of(url: &str) -> Extension {
    let name = GeneralName::UniformResourceIdentifier(Ia5String::new(url).unwrap());
    scope(|point| {
        point.distribution_point = Some(DistributionPointName::FullName(vec![name]));
    })
}

#[test]
fn a_compromise_undoes_every_signature_and_another_reason_the_later_ones() {
    let revoked = NOW.minus(10 * DAY);
    for (reason, compromise) in [
        (None, false),
        (Some(CrlReason::Unspecified), false),
        (Some(CrlReason::KeyCompromise), true),
        (Some(CrlReason::CaCompromise), true),
        (Some(CrlReason::AffiliationChanged), false),
        (Some(CrlReason::Superseded), false),
        (Some(CrlReason::CessationOfOperation), false),
        (Some(CrlReason::CertificateHold), false),
        (Some(CrlReason::PrivilegeWithdrawn), false),
        (Some(CrlReason::AaCompromise), true),
    ] {
        let list = || list().revoking(SERIAL, revoked, reason).sign(&ca_key());
        let undone = |signed| {
            let mut pki = Pki::new();
            pki.lists[1] = list();
            let mut request = pki.request(person()).with_now(NOW);
            request.time = signed;
            match request.start().discharge().error() {
                None => false,
                Some(PathError::Revoked { at: 0, date, reason: told }) => {
                    assert_eq!((date, told.is_compromise()), (revoked, compromise));
                    true
                }
                Some(other) => panic!("{reason:?}: {other}"),
            }
        };
        assert_eq!(undone(revoked.minus(1)), compromise, "{reason:?}, before");
        assert!(undone(revoked), "{reason:?}, at the very time");
        assert!(undone(NOW), "{reason:?}, after");
    }
}

#[test]
fn another_number_on_the_list_does_no_harm() {
    let report = judge(list().revoking(SERIAL + 1, NOW.minus(DAY), None).sign(&ca_key()));
    assert!(report.is_valid());
    assert_eq!(report.revocation.len(), 2);
    assert_eq!(report.revocation[0].age_seconds, 3600);
}

#[test]
fn a_revoked_authority_is_no_authority() {
    let mut pki = Pki::with_ca(Draft { serial: SERIAL, ..ca_draft() }.sign(&root_key()));
    let root_list = List::of(&pki.root).revoking(SERIAL, NOW.minus(DAY), None);
    pki.lists[0] = root_list.sign(&root_key());
    let error = pki.request(person_draft().sign(&ca_key())).start().discharge().error();
    let reason = RevocationReason::Unspecified;
    assert_eq!(error, Some(PathError::Revoked { at: 1, date: NOW.minus(DAY), reason }));
}

#[test]
fn without_a_list_revocation_is_unknown() {
    let pki = Pki::new();
    let mut request = pki.request(person());
    request.revocation = Revocation::required(vec![pki.lists[0].clone()]);
    assert_eq!(request.start().discharge().error(), unknown(RevocationGap::NoList));
    request.revocation = Revocation::NotChecked;
    assert!(request.start().discharge().is_valid());
}

#[test]
fn a_list_counts_only_while_it_is_current() {
    let at = |this_update, next_update| {
        judge(List { this_update, next_update, ..list() }.sign(&ca_key())).error()
    };
    assert_eq!(at(NOW, Some(NOW)), None);
    assert_eq!(at(NOW.minus(DAY), Some(NOW.minus(1))), unknown(RevocationGap::Stale));
    assert_eq!(at(NOW.minus(DAY), None), unknown(RevocationGap::Stale));
    assert_eq!(at(NOW.plus(1), Some(NOW.plus(DAY))), unknown(RevocationGap::NotYetValid));
}

#[test]
fn a_list_signed_by_someone_else_says_nothing() {
    assert_eq!(judge(list().sign(&key(66))).error(), unknown(RevocationGap::BadSignature));
    let by_root = list().sign(&root_key());
    assert_eq!(judge(by_root).error(), unknown(RevocationGap::BadSignature));
}

#[test]
fn a_forged_list_does_not_hide_the_true_one() {
    let pki = Pki::new();
    let forged = List { this_update: NOW, ..list() }.sign(&key(66));
    let truth = list().revoking(SERIAL, NOW.minus(DAY), None).sign(&ca_key());
    for lists in [[forged.clone(), truth.clone()], [truth, forged]] {
        let mut request = pki.request(person());
        let lists = lists.into_iter().chain([pki.lists[0].clone()]).collect();
        request.revocation = Revocation::required(lists);
        let error = request.start().discharge().error();
        assert!(matches!(error, Some(PathError::Revoked { at: 0, .. })), "{error:?}");
    }
}

#[test]
fn the_issuer_has_to_be_allowed_to_sign_lists() {
    let ca = ca_draft().without(KeyUsage::OID).with(usage(KeyUsages::KeyCertSign));
    let pki = Pki::with_ca(ca.sign(&root_key()));
    let error = pki.request(person()).start().discharge().error();
    assert_eq!(error, unknown(RevocationGap::MayNotSignLists));
}

#[test]
fn a_list_made_after_the_expiry_may_have_dropped_the_entry() {
    let ended = NOW.minus(2 * DAY);
    let person = person_draft().valid(NOW.minus(90 * DAY), ended).sign(&ca_key());
    let pki = Pki::new();
    let ask = |lists: Vec<Crl>, admit_list_after_expiry| {
        let mut request = pki.request(person.clone()).with_now(NOW);
        request.time = ended.minus(DAY);
        request.revocation = Revocation::Required {
            lists,
            answers: Vec::new(),
            freshness: OcspFreshness::default(),
            admit_list_after_expiry,
        };
        request.start().discharge().error()
    };
    let gap = unknown(RevocationGap::ExpiredBeforeList);
    assert_eq!(ask(pki.lists.clone(), false), gap);
    assert_eq!(ask(pki.lists.clone(), true), None);
    let expired_stay = Extension {
        extn_id: ObjectIdentifier::new_unwrap("2.5.29.60"),
        critical: false,
        extn_value: OctetString::new(b"\x18\x0f20200101000000Z".to_vec()).unwrap(),
    };
    let list = List { extensions: vec![expired_stay], ..list() }.sign(&ca_key());
    assert_eq!(ask(vec![pki.lists[0].clone(), list], false), None);
}

#[test]
fn a_list_of_another_scope_does_not_count() {
    let with = |extension| judge(List { extensions: vec![extension], ..list() }.sign(&ca_key()));
    assert!(with(scope(|point| point.only_contains_user_certs = true)).is_valid());
    let authorities = with(scope(|point| point.only_contains_ca_certs = true));
    assert_eq!(authorities.error(), unknown(RevocationGap::NoList));
}

#[test]
fn lists_that_need_more_than_this_are_refused_when_read() {
    let read = |list: List| Crl::from_der(&list.der(&ca_key())).map(|_| ()).unwrap_err();
    let with = |extension| read(List { extensions: vec![extension], ..list() });
    let delta = Extension {
        extn_id: ObjectIdentifier::new_unwrap("2.5.29.27"),
        critical: true,
        extn_value: OctetString::new(vec![2, 1, 1]).unwrap(),
    };
    assert_eq!(with(delta), ParseError::DeltaList);
    assert_eq!(with(scope(|point| point.indirect_crl = true)), ParseError::IndirectList);
    let some = scope(|point| point.only_some_reasons = Some(Reasons::KeyCompromise.into()));
    assert_eq!(with(some), ParseError::PartialList);
    let unknown = ParseError::UnknownCriticalExtension(foreign(true).extn_id);
    assert_eq!(with(foreign(true)), unknown);
    let entry = List { entry_extensions: vec![foreign(true)], ..list() };
    assert_eq!(read(entry.revoking(1, NOW, None)), unknown);
    let large = vec![0x30; Crl::MAX_BYTES + 1];
    assert_eq!(Crl::from_der(&large).map(|_| ()).unwrap_err(), ParseError::TooLarge);
    assert_eq!(foreign(false).extn_id, foreign(true).extn_id);
    assert!(
        Crl::from_der(&List { extensions: vec![foreign(false)], ..list() }.der(&ca_key())).is_ok()
    );
}

#[test]
fn no_piece_of_a_list_is_a_list() {
    let der = list().revoking(SERIAL, NOW, Some(CrlReason::Superseded)).der(&ca_key());
    for length in 0..der.len() {
        assert!(Crl::from_der(&der[..length]).is_err(), "{length} octets");
    }
}
