use const_oid::AssociatedOid as _;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::SigningKey;
use rsa::pkcs1v15;
use rsa::signature::Keypair as _;
use sha1::Sha1;
use sha2::Sha256;
use x509_cert::ext::pkix::{
    BasicConstraints, CertificatePolicies, KeyUsage, KeyUsages, NameConstraints, PolicyConstraints,
    PolicyMapping, PolicyMappings, PrivateKeyUsagePeriod, SubjectAltName,
    constraints::name::GeneralSubtree, name::GeneralName,
};

use super::fixture::*;
use crate::{AlgorithmPolicy, Certificate, CheckKind, PathError, PathRequest, Purpose, Revocation};

const OTHER_POLICY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.826.0.1275.101.0.3.1.1");

fn error_of(end_entity: Certificate) -> Option<PathError> {
    Pki::new().request(end_entity).start().discharge().error()
}

fn error_under(ca: Draft) -> Option<PathError> {
    let pki = Pki::with_ca(ca.sign(&root_key()));
    pki.request(person_draft().sign(&ca_key())).start().discharge().error()
}

#[test]
fn a_certificate_of_the_nhs_shape_is_valid() {
    let report = Pki::new().request(person_draft().sign(&ca_key())).start().discharge();
    assert_eq!(report.outcome(), Ok(()), "{:#?}", report.checks);
    assert_eq!(report.path.len(), 3);
    assert_eq!(report.policies, [CONTENT_POLICY]);
    assert_eq!(report.revocation_age(), Some(3600));
    for kind in [
        CheckKind::Trust,
        CheckKind::Signature,
        CheckKind::Algorithms,
        CheckKind::CriticalExtensions,
        CheckKind::Validity,
        CheckKind::BasicConstraints,
        CheckKind::IssuerKeyUsage,
        CheckKind::PathLength,
        CheckKind::NameConstraints,
        CheckKind::Usage,
        CheckKind::Policies,
        CheckKind::KeyUsagePeriod,
        CheckKind::Revocation,
    ] {
        assert_eq!(report.passed(kind), Some(true), "{kind}");
    }
}

#[test]
fn nothing_is_valid_before_its_signatures_are_verified() {
    let pki = Pki::new();
    let request = pki.request(person_draft().sign(&ca_key()));
    let owed = request.start().obligations().len();
    assert_eq!(owed, 4, "two certificates and two lists");
    assert!(request.start().conclude(&vec![true; owed]).is_valid());
    assert!(!request.start().conclude(&[]).is_valid());
    for denied in 0..owed {
        let mut answers = vec![true; owed];
        answers[denied] = false;
        assert!(!request.start().conclude(&answers).is_valid(), "obligation {denied}");
    }
}

#[test]
fn the_validity_is_that_of_the_time_asked_for() {
    let person = person_draft().sign(&ca_key());
    let ask = |time| {
        let mut request = Pki::new().request(person.clone());
        request.time = time;
        request.start().discharge().error()
    };
    let (first, last) = (person.not_before(), person.not_after());
    let not_yet = PathError::NotYetValid { at: 0, not_before: first };
    assert_eq!(ask(first.minus(1)), Some(not_yet));
    assert_eq!(ask(first), None);
    assert_eq!(ask(last.plus(1)), Some(PathError::Expired { at: 0, not_after: last }));
}

#[test]
fn an_expired_authority_is_no_authority() {
    let ended = NOW.minus(1);
    let ca = ca_draft().valid(NOW.minus(200 * DAY), ended);
    assert_eq!(error_under(ca), Some(PathError::Expired { at: 1, not_after: ended }));
}

#[test]
fn a_signature_by_another_key_with_the_issuer_s_name_does_not_hold() {
    let forged = person_draft().sign(&key(66));
    assert_eq!(error_of(forged), Some(PathError::BadSignature { at: 0 }));
    let pki = Pki::with_ca(ca_draft().sign(&key(66)));
    let report = pki.request(person_draft().sign(&ca_key())).start().discharge();
    assert_eq!(report.error(), Some(PathError::BadSignature { at: 1 }));
}

#[test]
fn without_an_anchor_nothing_is_trusted() {
    let mut request = Pki::new().request(person_draft().sign(&ca_key()));
    request.anchors.clear();
    assert_eq!(request.start().discharge().error(), Some(PathError::Untrusted));
    let own = Draft::new(PERSON, PERSON, spki(person_key().verifying_key()))
        .with(usage(KeyUsages::NonRepudiation))
        .sign(&person_key());
    let report = Pki::new().request(own).start().discharge();
    assert_eq!(report.error(), Some(PathError::Untrusted));
    assert_eq!(report.passed(CheckKind::Usage), Some(true), "the rest is still reported");
}

#[test]
fn an_end_entity_that_is_an_anchor_is_trusted() {
    let own =
        Draft::new("CN=assertions,O=nhs", "CN=assertions,O=nhs", spki(key(9).verifying_key()))
            .with(usage(KeyUsages::DigitalSignature))
            .sign(&key(9));
    let ask = |purpose| {
        let revocation = Revocation::NotChecked;
        PathRequest::new(own.clone(), vec![own.clone()], NOW, purpose, revocation)
    };
    assert!(ask(Purpose::AssertionSigning).start().discharge().is_valid());
    let wrong = ask(Purpose::ContentCommitment).start().discharge();
    let expected = PathError::WrongUsage { purpose: Purpose::ContentCommitment };
    assert_eq!(wrong.error(), Some(expected));
}

#[test]
fn an_issuer_has_to_be_an_authority_that_may_sign_certificates() {
    let no_constraints = ca_draft().without(BasicConstraints::OID);
    assert_eq!(error_under(no_constraints), Some(PathError::NotAnAuthority { at: 1 }));
    let lists_only = ca_draft().without(KeyUsage::OID).with(usage(KeyUsages::CRLSign));
    assert_eq!(error_under(lists_only), Some(PathError::MayNotSignCertificates { at: 1 }));
}

#[test]
fn a_person_can_t_issue() {
    let pki = Pki::new();
    let person = person_draft().sign(&ca_key());
    let friend = Draft::new("CN=friend,O=nhs", PERSON, spki(key(7).verifying_key()))
        .with(usage(KeyUsages::NonRepudiation))
        .with(policies(&[CONTENT_POLICY]))
        .sign(&person_key());
    let mut request = pki.request(friend);
    request.intermediates.push(person);
    let report = request.start().discharge();
    assert_eq!(report.error(), Some(PathError::NotAnAuthority { at: 1 }));
    assert_eq!(report.passed(CheckKind::PathLength), Some(false));
}

#[test]
fn the_path_may_not_be_longer_than_an_issuer_allows() {
    let sub = "CN=Sub,O=nhs";
    let pki = Pki::new();
    let below = Draft::new(sub, CA, spki(key(8).verifying_key()))
        .with(authority(None))
        .with(usage(KeyUsages::KeyCertSign))
        .with(policies(&[CONTENT_POLICY]))
        .sign(&ca_key());
    let mut person = person_draft();
    person.issuer = sub.to_owned();
    let mut request = pki.request(person.sign(&key(8)));
    request.intermediates.push(below);
    request.revocation = Revocation::NotChecked;
    let error = request.start().discharge().error();
    assert_eq!(error, Some(PathError::PathTooLong { at: 2 }));
}

#[test]
fn only_an_extension_that_is_critical_and_unknown_is_refused() {
    assert_eq!(error_of(person_draft().with(foreign(false)).sign(&ca_key())), None);
    let oid = foreign(true).extn_id;
    let error = error_of(person_draft().with(foreign(true)).sign(&ca_key()));
    assert_eq!(error, Some(PathError::UnknownCriticalExtension { at: 0, oid }));
    let error = error_under(ca_draft().with(foreign(true)));
    assert_eq!(error, Some(PathError::UnknownCriticalExtension { at: 1, oid }));
}

#[test]
fn the_required_policy_has_to_hold_over_the_whole_path() {
    let none = person_draft().without(CertificatePolicies::OID);
    assert_eq!(error_of(none.sign(&ca_key())), Some(PathError::PolicyMissing));
    let other = person_draft().without(CertificatePolicies::OID).with(policies(&[OTHER_POLICY]));
    assert_eq!(error_of(other.sign(&ca_key())), Some(PathError::PolicyMissing));
    let ca = || ca_draft().without(CertificatePolicies::OID);
    assert_eq!(error_under(ca()), Some(PathError::PolicyMissing));
    assert_eq!(error_under(ca().with(policies(&[OTHER_POLICY]))), Some(PathError::PolicyMissing));
    let any = ObjectIdentifier::new_unwrap("2.5.29.32.0");
    assert_eq!(error_under(ca().with(policies(&[any]))), None);
}

#[test]
fn a_policy_counts_only_if_it_is_required_or_demanded_by_the_path() {
    let without = || person_draft().without(CertificatePolicies::OID).sign(&ca_key());
    let ask = |pki: &Pki| {
        let request = pki.request(without()).with_required_policies(Vec::new());
        request.start().discharge().error()
    };
    assert_eq!(ask(&Pki::new()), None);
    let demand =
        PolicyConstraints { require_explicit_policy: Some(0), inhibit_policy_mapping: None };
    let demanding = Pki::with_ca(ca_draft().with(&demand).sign(&root_key()));
    assert_eq!(ask(&demanding), Some(PathError::PolicyMissing));
}

#[test]
fn policies_are_mapped_as_the_authority_says() {
    let map = |from, to| {
        PolicyMappings(vec![PolicyMapping {
            issuer_domain_policy: from,
            subject_domain_policy: to,
        }])
    };
    let person =
        || person_draft().without(CertificatePolicies::OID).with(policies(&[OTHER_POLICY]));
    let ask = |ca: Draft| {
        let pki = Pki::with_ca(ca.sign(&root_key()));
        pki.request(person().sign(&ca_key())).start().discharge().error()
    };
    assert_eq!(ask(ca_draft()), Some(PathError::PolicyMissing));
    assert_eq!(ask(ca_draft().with(&map(CONTENT_POLICY, OTHER_POLICY))), None);
    let any = ObjectIdentifier::new_unwrap("2.5.29.32.0");
    let error = ask(ca_draft().with(&map(any, OTHER_POLICY)));
    assert_eq!(error, Some(PathError::PolicyMapping { at: 1 }));
}

#[test]
fn the_private_key_has_a_time_of_its_own() {
    let (first, last) = (NOW.minus(90 * DAY), NOW.minus(1));
    let person = person_draft()
        .without(PrivateKeyUsagePeriod::OID)
        .with(usage_period(first, last))
        .sign(&ca_key());
    let pki = Pki::new();
    let report = pki.request(person.clone()).start().discharge();
    let expected = PathError::KeyUsagePeriod { not_before: Some(first), not_after: Some(last) };
    assert_eq!(report.error(), Some(expected));
    assert_eq!(report.passed(CheckKind::Validity), Some(true), "it is a check of its own");
    let mut past = pki.request(person).with_now(NOW);
    past.time = last;
    assert!(past.start().discharge().is_valid());
}

#[test]
fn a_signing_certificate_does_not_log_in_and_a_login_certificate_does_not_sign() {
    let mut request = Pki::new().request(person_draft().sign(&ca_key()));
    request.purpose = Purpose::Login;
    let expected = PathError::WrongUsage { purpose: Purpose::Login };
    assert_eq!(request.start().discharge().error(), Some(expected));
    let login = person_draft()
        .without(KeyUsage::OID)
        .with(usage(KeyUsages::DigitalSignature))
        .sign(&ca_key());
    let expected = PathError::WrongUsage { purpose: Purpose::ContentCommitment };
    assert_eq!(error_of(login), Some(expected));
}

#[test]
fn sha_1_and_short_rsa_keys_are_refused_unless_they_are_named() {
    let old = rsa::PrivateKey::new(&mut getrandom::SysRng, 1024).unwrap();
    let old_ca = rsa::PrivateKey::new(&mut getrandom::SysRng, 2048).unwrap();
    let sha1 = pkcs1v15::SigningKey::<Sha1>::new(old_ca.clone());
    let sha256 = pkcs1v15::SigningKey::<Sha256>::new(old_ca);
    let mut ca = ca_draft();
    ca.key = spki(&sha256.verifying_key());
    let ca = ca.sign(&root_key());
    let person = |draft: Draft, weak: bool| {
        if weak {
            draft.sign_with::<_, pkcs1v15::Signature>(&sha1)
        } else {
            draft.sign_with::<_, pkcs1v15::Signature>(&sha256)
        }
    };
    let short_key = || Draft { key: spki(old.as_public_key()), ..person_draft() };
    let ask = |end_entity: Certificate, algorithms| {
        let mut request = Pki::with_ca(ca.clone()).request(end_entity).with_algorithms(algorithms);
        request.revocation = Revocation::NotChecked;
        request.start().discharge().error()
    };
    let strict = AlgorithmPolicy::default();
    let admit_sha1 = AlgorithmPolicy { legacy_sha1: true, ..strict };
    let admit_short = AlgorithmPolicy { legacy_rsa_1024: true, ..strict };
    let weak = Some(PathError::WeakAlgorithm { at: 0 });
    assert_eq!(ask(person(person_draft(), false), strict), None);
    assert_eq!(ask(person(person_draft(), true), strict), weak);
    assert_eq!(ask(person(person_draft(), true), admit_short), weak);
    assert_eq!(ask(person(person_draft(), true), admit_sha1), None);
    assert_eq!(ask(person(short_key(), false), strict), weak);
    assert_eq!(ask(person(short_key(), false), admit_sha1), weak);
    assert_eq!(ask(person(short_key(), false), admit_short), None);
}

#[test]
fn names_have_to_lie_within_the_constraints_above_them() {
    let constrain = |base: &str| {
        use std::str::FromStr as _;
        let base = GeneralName::DirectoryName(x509_cert::name::Name::from_str(base).unwrap());
        NameConstraints {
            permitted_subtrees: Some(vec![GeneralSubtree { base, minimum: 0, maximum: None }]),
            excluded_subtrees: None,
        }
    };
    assert_eq!(error_under(ca_draft().with(&constrain("OU=People,O=nhs"))), None);
    let error = error_under(ca_draft().with(&constrain("OU=Machines,O=nhs")));
    assert_eq!(error, Some(PathError::NameConstraints { at: 0 }));
}

#[test]
fn a_constraint_binds_the_names_of_its_own_kind() {
    let ia5 = |text: &str| der::asn1::Ia5String::new(text).unwrap();
    let host = |text: &str| GeneralName::DnsName(ia5(text));
    let mail = |text: &str| GeneralName::Rfc822Name(ia5(text));
    let uri = |text: &str| GeneralName::UniformResourceIdentifier(ia5(text));
    let id = GeneralName::RegisteredId(ObjectIdentifier::new_unwrap("2.25.1"));
    let tree = |base| Some(vec![GeneralSubtree { base, minimum: 0, maximum: None }]);
    let judge = |name: &GeneralName, constraints: NameConstraints| {
        let pki = Pki::with_ca(ca_draft().with(&constraints).sign(&root_key()));
        let person = person_draft().with(&SubjectAltName(vec![name.clone()])).sign(&ca_key());
        match pki.request(person).start().discharge().error() {
            None => true,
            Some(PathError::NameConstraints { at: 0 }) => false,
            Some(other) => panic!("{other}"),
        }
    };
    let permits = |base: GeneralName, name: &GeneralName| {
        let excluded =
            NameConstraints { permitted_subtrees: None, excluded_subtrees: tree(base.clone()) };
        let permitted = NameConstraints { permitted_subtrees: tree(base), excluded_subtrees: None };
        (judge(name, permitted), judge(name, excluded))
    };
    let (within, outside, unbound, unknown) =
        ((true, false), (false, true), (true, true), (false, false));
    assert_eq!(permits(host("nhs.example"), &host("a.NHS.example.")), within);
    assert_eq!(permits(host("nhs.example"), &host("notnhs.example")), outside);
    assert_eq!(permits(host("nhs.example"), &mail("a@other.example")), unbound);
    assert_eq!(permits(mail("nhs.example"), &mail("a@nhs.example")), within);
    assert_eq!(permits(mail("nhs.example"), &mail("a@b.nhs.example")), outside);
    assert_eq!(permits(mail("a@nhs.example"), &mail("A@nhs.example")), outside);
    assert_eq!(permits(mail("nhs.example"), &mail("nobody")), unknown);
    assert_eq!(permits(uri(".nhs.example"), &uri("https://u@a.nhs.example:8443/x")), within);
    assert_eq!(permits(uri(".nhs.example"), &uri("https://127.0.0.1/")), unknown);
    assert_eq!(permits(id.clone(), &id), unknown);
    assert_eq!(permits(host("nhs.example"), &id), unbound);
}

#[test]
fn of_several_paths_one_that_holds_is_found() {
    let pki = Pki::new();
    // A predecessor of the same name, which did not sign, comes first and hides nothing.
    let mut old = ca_draft();
    old.key = spki(key(77).verifying_key());
    let mut request = pki.request(person_draft().sign(&ca_key()));
    request.intermediates.insert(0, old.sign(&root_key()));
    assert!(request.start().discharge().is_valid());
}

#[test]
fn a_path_that_nobody_signed_does_not_hide_what_is_wrong_with_the_right_one() {
    let mut old = ca_draft();
    old.key = spki(key(77).verifying_key());
    let pki = Pki::new();
    let mut request = pki.request(person_draft().sign(&ca_key()));
    request.intermediates.insert(0, old.sign(&root_key()));
    request.required_policies = vec![OTHER_POLICY];
    request.time = NOW.plus(100 * 365 * 24 * 60 * 60);
    let report = request.start().discharge();
    assert!(report.errors().count() > 2, "{:#?}", report.checks);
    assert!(!report.errors().any(|error| matches!(error, PathError::BadSignature { .. })));
}

#[test]
fn authorities_that_vouch_for_each_other_don_t_trap_the_search() {
    let names: Vec<String> = (0..12).map(|i| format!("CN=Loop {i},O=nhs")).collect();
    let keys: Vec<SigningKey> = (0..12).map(|i| key(100 + i)).collect();
    let mut intermediates = Vec::new();
    for (subject, subject_key) in names.iter().zip(&keys) {
        for (issuer, issuer_key) in names.iter().zip(&keys) {
            let draft = Draft::new(subject, issuer, spki(subject_key.verifying_key()));
            intermediates.push(draft.with(authority(None)).sign(issuer_key));
        }
    }
    let mut person = person_draft();
    person.issuer = names[0].clone();
    let mut request = Pki::new().request(person.sign(&keys[0]));
    request.intermediates = intermediates;
    assert_eq!(request.start().discharge().error(), Some(PathError::Untrusted));
}
