use std::{convert::Infallible, process::Command};

use p256::ecdsa::{Signature, SigningKey, signature::Signer as _};
use proptest::prelude::*;
use rsa::signature::SignatureEncoding as _;
use spki::EncodePublicKey as _;
use wardkey_crypto::{Obligation, SignatureAlgorithm};
use wardkey_xml::{Document, Limits, XmlErrorKind, dsig::DsigError};

use super::{
    ASSERTION_NAMESPACE, AssertionError, AssertionId, Audience, Authentication, CLOCK_SKEW_SECONDS,
    Expected, Mode, Person, ResponseFrame, Role, RoleAssertion, read_unsigned, read_verified,
    write_refusal,
};
use crate::{Ticket, UnixTime, UserId};

const ORIGIN: &str = "https://ward.example";
const NOW: UnixTime = UnixTime::from_seconds(1_795_392_000);

fn role(profile: &str, org: &str) -> Role {
    Role {
        org_code: org.to_owned(),
        organisation: format!("MEADOW & <BROOK> {org}"),
        job_role: "\"Clinical\":\"Clinical Provision\":\"Nurse Access Role\"".to_owned(),
        job_role_code: "S8000:G8000:R8001".to_owned(),
        role_profile: profile.to_owned(),
        work_groups: vec!["Night".to_owned(), "Day".to_owned()],
        work_group_codes: vec!["555000000901".to_owned()],
        business_functions: vec!["Independent Prescribing".to_owned()],
        business_function_codes: vec!["B0420".to_owned(), "B0401".to_owned()],
        ..Role::default()
    }
}

fn assertion() -> RoleAssertion {
    RoleAssertion {
        id: AssertionId::generate(&[0xA1; 20]),
        issuer: "https://identity.example".to_owned(),
        issued_at: NOW,
        not_before: NOW.minus(180),
        not_on_or_after: NOW.plus(60),
        audience: Some(ORIGIN.to_owned()),
        person: Person {
            cn: "Lindqvist Tom Mr".to_owned(),
            uid: UserId::parse("555000000102").unwrap(),
            practitioner_code: None,
            session_role: "555000000302".to_owned(),
            mode: Some(Mode::Training),
        },
        roles: vec![role("555000000301", "X26"), role("555000000302", "A20047")],
    }
}

fn frame(authentication: bool) -> ResponseFrame {
    ResponseFrame {
        id: AssertionId::generate(&[0xE5; 20]),
        recipient: "192.0.2.7".to_owned(),
        authentication: authentication.then(|| Authentication {
            id: AssertionId::generate(&[0x17; 20]),
            at: NOW.minus(600),
            ticket: Ticket::generate(&[3; Ticket::RANDOM_LENGTH]),
            ip_address: "192.0.2.7".to_owned(),
        }),
    }
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).unwrap()
}

fn spki() -> Vec<u8> {
    key().verifying_key().to_public_key_der().unwrap().into_vec()
}

fn signed(assertion: &RoleAssertion, authentication: bool) -> String {
    let algorithm = SignatureAlgorithm::EcdsaP256Sha256;
    let prepared = assertion.prepare(&frame(authentication), algorithm).unwrap();
    let signature: Signature = key().sign(prepared.to_be_signed());
    String::from_utf8(prepared.assemble(&signature.to_bytes(), None)).unwrap()
}

fn read_at(
    response: &str,
    now: UnixTime,
    audience: Audience<'_>,
) -> Result<RoleAssertion, AssertionError> {
    let pending = read_verified(response.as_bytes(), &spki(), &Expected { now, audience })?;
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    pending.conclude(&answers)
}

fn read(response: &str) -> Result<RoleAssertion, AssertionError> {
    read_at(response, NOW, Audience::RelyingParty(ORIGIN))
}

/// The element from its start tag to its end tag, the first one of this name.
fn cut<'a>(xml: &'a str, name: &str) -> &'a str {
    let start = xml.find(&format!("<{name}")).unwrap();
    let end = format!("</{name}>");
    &xml[start..xml.rfind(&end).unwrap() + end.len()]
}

#[test]
fn what_was_signed_is_read() {
    let read = read(&signed(&assertion(), false)).unwrap();
    assert_eq!(read, assertion());
    assert_eq!(read.session_role().unwrap().org_code, "A20047");
}

#[test]
fn only_an_answer_to_the_session_s_own_ticket_holds_it() {
    let ticket = Ticket::generate(&[3; Ticket::RANDOM_LENGTH]);
    let child = signed(&assertion(), false);
    assert!(!child.contains(ticket.expose()) && !child.contains("SubjectConfirmationData"));
    let parent = signed(&RoleAssertion { audience: None, ..assertion() }, true);
    assert!(parent.contains(ticket.expose()));
    let read = read_at(&parent, NOW, Audience::LegacyUnrestricted).unwrap();
    assert_eq!(read.audience, None);
    assert!(!format!("{read:?}").contains(ticket.expose()));
}

#[test]
fn the_window_is_kept_with_the_stated_skew() {
    let response = signed(&assertion(), false);
    let at = |now| read_at(&response, now, Audience::RelyingParty(ORIGIN)).map(|_| ());
    let first = NOW.minus(180 + CLOCK_SKEW_SECONDS);
    let last = NOW.plus(60 + CLOCK_SKEW_SECONDS - 1);
    assert_eq!((at(first), at(last)), (Ok(()), Ok(())));
    assert_eq!(at(first.minus(1)), Err(AssertionError::NotYetValid));
    assert_eq!(at(last.plus(1)), Err(AssertionError::Expired));
}

#[test]
fn the_audience_is_kept() {
    let response = signed(&assertion(), false);
    let at = |audience| read_at(&response, NOW, audience).map(|_| ());
    assert_eq!(
        at(Audience::RelyingParty("https://other.example")),
        Err(AssertionError::OtherAudience)
    );
    assert_eq!(at(Audience::LegacyUnrestricted), Err(AssertionError::OtherAudience));
    let open = signed(&RoleAssertion { audience: None, ..assertion() }, false);
    assert_eq!(read(&open), Err(AssertionError::NoAudience));
}

#[test]
fn nothing_is_told_without_a_true_answer() {
    let response = signed(&RoleAssertion { audience: None, ..assertion() }, false);
    let expected = Expected { now: NOW, audience: Audience::RelyingParty(ORIGIN) };
    for answers in [&[][..], &[false], &[true, true]] {
        let pending = read_verified(response.as_bytes(), &spki(), &expected).unwrap();
        assert_eq!(pending.conclude(answers), Err(DsigError::SignatureInvalid.into()));
    }
}

#[test]
fn a_changed_or_unsigned_assertion_is_refused() {
    let response = signed(&assertion(), false);
    let changed = response.replace("B0420", "B0572");
    assert_eq!(read(&changed), Err(DsigError::DigestMismatch.into()));
    let unsigned = assertion().write_unsigned(&frame(false)).unwrap();
    assert_eq!(read(&unsigned), Err(DsigError::NoSignature.into()));
    assert_eq!(read_unsigned(unsigned.as_bytes()).unwrap(), assertion());
    let other = SigningKey::from_slice(&[8; 32]).unwrap();
    let other = other.verifying_key().to_public_key_der().unwrap().into_vec();
    let expected = Expected { now: NOW, audience: Audience::RelyingParty(ORIGIN) };
    let pending = read_verified(response.as_bytes(), &other, &expected).unwrap();
    let answers = [pending.obligations()[0].discharge()];
    assert_eq!(pending.conclude(&answers), Err(DsigError::SignatureInvalid.into()));
}

#[test]
fn wrapped_assertions_are_refused() {
    let response = signed(&assertion(), false);
    let original = cut(&response, "saml:Assertion");
    let signature = cut(original, "ds:Signature");
    let id = assertion().id;
    let evil =
        original.replace(signature, "").replace("B0420", "B0572").replace(id.as_str(), "_evil");
    let with = |assertions: &str| response.replace(original, assertions);

    // Beside the original, before and after it.
    assert_eq!(read(&with(&format!("{evil}{original}"))), Err(AssertionError::ManyAssertions));
    assert_eq!(read(&with(&format!("{original}{evil}"))), Err(AssertionError::ManyAssertions));
    // The original moved below the forged one, into places that schemas leave open.
    for (before, after) in [
        ("</saml:Assertion>", ""),
        ("<saml:Conditions", "<saml:Advice>"),
        ("</saml:AttributeStatement>", ""),
    ] {
        let close = if after.is_empty() { "" } else { "</saml:Advice>" };
        let forged = evil.replacen(before, &format!("{after}{original}{close}{before}"), 1);
        assert_eq!(read(&with(&forged)), Err(AssertionError::ManyAssertions), "{before}");
    }
    // The original moved where the Spine's inner assertion stands: found, but never used.
    let data = format!(
        "<saml:SubjectConfirmationData>{original}</saml:SubjectConfirmationData>\
         </saml:SubjectConfirmation>"
    );
    let inside = evil.replacen("</saml:SubjectConfirmation>", &data, 1);
    assert_eq!(read(&with(&inside)), Err(DsigError::NoSignature.into()));
    let both = inside.replacen(
        "</saml:AttributeStatement></saml:Assertion>",
        &format!("</saml:AttributeStatement></saml:Assertion>{signature}"),
        1,
    );
    assert!(read(&with(&both)).is_err());
    // The forged one carries the signature of the original.
    let carrying = evil.replacen("</saml:Assertion>", &format!("{signature}</saml:Assertion>"), 1);
    assert_eq!(read(&with(&carrying)), Err(DsigError::OtherElement.into()));
    // The same with the original's id, and the original kept for the digest.
    let same_id = carrying.replace("_evil", id.as_str());
    assert_eq!(read(&with(&same_id)), Err(DsigError::DigestMismatch.into()));
    // The original in the response's Status, the forged one in its place.
    let elsewhere = with(&carrying).replace(
        "<samlp:Status>",
        &format!("<samlp:Status><samlp:StatusDetail>{original}</samlp:StatusDetail>"),
    );
    assert_eq!(read(&elsewhere), Err(AssertionError::ManyAssertions));
}

#[test]
fn an_id_that_is_given_twice_is_refused() {
    let id = assertion().id;
    let response = signed(&assertion(), false)
        .replace("<samlp:Status>", &format!("<x AssertionID=\"{}\"/><samlp:Status>", id.as_str()));
    assert_eq!(read(&response), Err(DsigError::DuplicateId.into()));
    let mut twice = frame(true);
    if let Some(authentication) = &mut twice.authentication {
        authentication.id = id;
    }
    let prepared = assertion().prepare(&twice, SignatureAlgorithm::EcdsaP256Sha256);
    assert_eq!(prepared.err(), Some(DsigError::DuplicateId.into()));
}

#[test]
fn a_signature_on_the_response_is_not_one_on_the_assertion() {
    let response = signed(&assertion(), false);
    let signature = cut(&response, "ds:Signature").to_owned();
    let moved = response
        .replace(&signature, "")
        .replace("</samlp:Response>", &format!("{signature}</samlp:Response>"));
    assert_eq!(read(&moved), Err(DsigError::NoSignature.into()));
}

#[test]
fn a_comment_cannot_cut_a_value_short() {
    let response = signed(&assertion(), false);
    let split = response
        .replace("555000000102</saml:AttributeValue>", "5550000001<!---->02</saml:AttributeValue>");
    assert_eq!(read(&split).unwrap().person.uid.as_str(), "555000000102");
}

#[test]
fn what_is_no_success_or_another_version_is_refused() {
    let response = signed(&assertion(), false);
    for (from, to, error) in [
        ("samlp:Success", "samlp:Requester", AssertionError::Refused("samlp:Requester".to_owned())),
        ("samlp:Success", "x:Success", AssertionError::Refused("x:Success".to_owned())),
        ("samlp:Success", "saml:Success", AssertionError::Refused("saml:Success".to_owned())),
        ("<samlp:Status>", "<samlp:Status/><samlp:Status>", AssertionError::Malformed("Status")),
        ("MajorVersion=\"1\"", "MajorVersion=\"2\"", AssertionError::UnsupportedVersion),
        ("SAML:1.0:protocol", "SAML:2.0:protocol", AssertionError::Malformed("Response")),
        ("SAML:1.0:assertion", "SAML:2.0:assertion", AssertionError::Malformed("Assertion")),
    ] {
        assert_eq!(read(&response.replacen(from, to, 1)), Err(error), "{to}");
    }
    let refusal = write_refusal(&AssertionId::generate(&[1; 20]), NOW, "192.0.2.7", "no session");
    assert_eq!(read(&refusal.unwrap()), Err(AssertionError::Refused("samlp:Requester".to_owned())));
}

#[test]
fn document_types_entities_depth_and_size_are_refused() {
    let response = signed(&assertion(), false);
    let kind = |response: &str| match read(response) {
        Err(AssertionError::Xml(error)) => error.kind(),
        other => panic!("{other:?}"),
    };
    let (declaration, rest) = response.split_once('\n').unwrap();
    let typed = |subset: &str| format!("{declaration}<!DOCTYPE samlp:Response {subset}>{rest}");
    assert_eq!(kind(&typed("")), XmlErrorKind::Doctype);
    assert_eq!(kind(&typed("[<!ENTITY a 'b'>]")), XmlErrorKind::Doctype);
    assert_eq!(kind(&response.replace("B0420", "&b;")), XmlErrorKind::UnknownEntity);
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    assert_eq!(
        kind(&response.replace("<samlp:Status>", &format!("{deep}<samlp:Status>"))),
        XmlErrorKind::TooDeep
    );
    assert_eq!(kind(&format!("{response}{}", " ".repeat(4 * 1024 * 1024))), XmlErrorKind::TooLarge);
}

#[test]
fn conditions_that_are_not_known_are_not_met() {
    let change = |from: &str, to: &str| {
        let unsigned = assertion().write_unsigned(&frame(false)).unwrap();
        assert!(unsigned.contains(from), "{from}");
        read_unsigned(unsigned.replacen(from, to, 1).as_bytes()).err()
    };
    assert_eq!(
        change("</saml:Conditions>", "<saml:OneTimeUse/></saml:Conditions>"),
        Some(AssertionError::UnknownCondition)
    );
    assert_eq!(
        change(
            "</saml:Conditions>",
            "<saml:AudienceRestrictionCondition><saml:Audience>https://other.example\
             </saml:Audience></saml:AudienceRestrictionCondition></saml:Conditions>"
        ),
        Some(AssertionError::Malformed("AudienceRestrictionCondition"))
    );
    assert_eq!(change(" NotBefore=", " NotAfter="), Some(AssertionError::Malformed("NotBefore")));
    assert_eq!(
        change("uid=555000000102,", "uid=555000000101,"),
        Some(AssertionError::SubjectMismatch)
    );
}

#[test]
fn roles_are_grouped_by_position_under_both_spellings() {
    let written = assertion().write_unsigned(&frame(false)).unwrap();
    for spelling in ["nhsIdCode", "nhsIDCode"] {
        let read = read_unsigned(written.replace("nhsIdCode", spelling).as_bytes()).unwrap();
        assert_eq!(read.roles, assertion().roles);
    }
    let attribute = |name: &str, value: &str| {
        format!(
            "<saml:Attribute AttributeName=\"{name}\" \
             AttributeNamespace=\"http://www.syntegra.com\"><saml:AttributeValue>{value}\
             </saml:AttributeValue></saml:Attribute>"
        )
    };
    let first = "</saml:Subject>";
    let last = "</saml:AttributeStatement>";
    let with = |place: &str, name: &str, value: &str| {
        let attribute = attribute(name, value);
        let changed = if place == first {
            written.replacen(first, &format!("{first}{attribute}"), 1)
        } else {
            written.replacen(last, &format!("{attribute}{last}"), 1)
        };
        read_unsigned(changed.as_bytes())
    };
    assert_eq!(with(first, "o", "X").err(), Some(AssertionError::RoleOutsideBlock("o")));
    assert_eq!(with(last, "o", "X").err(), Some(AssertionError::RepeatedAttribute("o")));
    assert_eq!(with(last, "uid", "1").err(), Some(AssertionError::RepeatedAttribute("uid")));
    assert_eq!(with(last, "nhsIdCode", "X").err(), Some(AssertionError::MissingAttribute("o")));
    assert_eq!(with(last, "somethingNew", "X").unwrap(), assertion());
    let functions = with(last, "nhsBusinessFunctionsCodes", "B0001").unwrap();
    assert_eq!(functions.roles[0], assertion().roles[0]);
    assert_eq!(functions.roles[1].business_function_codes, ["B0420", "B0401", "B0001"]);
    let foreign = attribute("uid", "555000000101").replace("www.syntegra.com", "other.example");
    let foreign = written.replacen(last, &format!("{foreign}{last}"), 1);
    assert_eq!(read_unsigned(foreign.as_bytes()).unwrap(), assertion());
    let version = written.replace("<saml:AttributeValue>1.1<", "<saml:AttributeValue>1.2<");
    assert_eq!(read_unsigned(version.as_bytes()).err(), Some(AssertionError::UnsupportedVersion));
}

/// Someone of whom everything is known, in one role that has all a role may have and in one that
/// has only what each role must have.
fn full() -> RoleAssertion {
    let all = Role {
        areas_of_work: vec!["\"Medicine\":\"Medicine\":\"Acute Medicine\"".to_owned()],
        area_of_work_codes: vec!["P1:Q2:T3".to_owned(), "P1:Q2:T4".to_owned()],
        ..role("555000000301", "X26")
    };
    let least = Role {
        work_groups: Vec::new(),
        work_group_codes: Vec::new(),
        business_functions: Vec::new(),
        business_function_codes: Vec::new(),
        ..role("555000000302", "A20047")
    };
    let known = assertion();
    let person = Person { practitioner_code: Some("G9990102".to_owned()), ..known.person };
    RoleAssertion { person, roles: vec![all, least], ..known }
}

/// Name and values of each attribute, in the order of the document.
fn attributes(response: &str) -> Vec<(String, Vec<String>)> {
    let document = Document::parse(response.as_bytes(), &Limits::DEFAULT).unwrap();
    let statement = document.root().path(&["Assertion", "AttributeStatement"]).unwrap();
    let read = |attribute: wardkey_xml::Element<'_>| {
        let said = |name| attribute.attribute(name).unwrap().to_owned();
        assert_eq!(said("AttributeNamespace"), "http://www.syntegra.com");
        let values = attribute.children_named(ASSERTION_NAMESPACE, "AttributeValue");
        (said("AttributeName"), values.map(|value| value.text()).collect())
    };
    statement.children_named(ASSERTION_NAMESPACE, "Attribute").map(read).collect()
}

#[test]
fn each_attribute_of_the_table_has_its_place_and_an_empty_one_none() {
    let job_role = "\"Clinical\":\"Clinical Provision\":\"Nurse Access Role\"";
    let table: [(&str, &[&str]); 22] = [
        ("ssbAssertionVersion", &["1.1"]),
        ("cn", &["Lindqvist Tom Mr"]),
        ("uid", &["555000000102"]),
        ("nhsOcsPrCode", &["G9990102"]),
        ("ssbSessionRoleUid", &["555000000302"]),
        ("ssbMode", &["1"]),
        ("nhsIdCode", &["X26"]),
        ("o", &["MEADOW & <BROOK> X26"]),
        ("nhsBusinessFunctions", &["Independent Prescribing"]),
        ("nhsBusinessFunctionsCodes", &["B0420", "B0401"]),
        ("nhsAreaOfWork", &["\"Medicine\":\"Medicine\":\"Acute Medicine\""]),
        ("nhsAreaOfWorkCodes", &["P1:Q2:T3", "P1:Q2:T4"]),
        ("nhsWorkGroups", &["Night", "Day"]),
        ("nhsWorkGroupsCodes", &["555000000901"]),
        ("nhsJobRole", &[job_role]),
        ("uniqueIdentifier", &["555000000301"]),
        ("nhsJobRoleCode", &["S8000:G8000:R8001"]),
        ("nhsIdCode", &["A20047"]),
        ("o", &["MEADOW & <BROOK> A20047"]),
        ("nhsJobRole", &[job_role]),
        ("uniqueIdentifier", &["555000000302"]),
        ("nhsJobRoleCode", &["S8000:G8000:R8001"]),
    ];
    let owned = |table: &[(&str, &[&str])]| -> Vec<(String, Vec<String>)> {
        let values = |values: &[&str]| values.iter().map(|value| (*value).to_owned()).collect();
        table.iter().map(|(name, of)| ((*name).to_owned(), values(of))).collect()
    };
    assert_eq!(attributes(&signed(&full(), false)), owned(&table));
    assert_eq!(read(&signed(&full(), false)).unwrap(), full());

    // What is empty, not only what is missing, of the person and of a role.
    let mut empty = full();
    empty.person.practitioner_code = Some(String::new());
    empty.person.mode = None;
    empty.roles[1].areas_of_work = vec![String::new()];
    let mut rest = table.to_vec();
    rest.retain(|(name, _)| !["nhsOcsPrCode", "ssbMode"].contains(name));
    assert_eq!(attributes(&signed(&empty, false)), owned(&rest));
}

#[test]
fn the_published_sample_of_the_spine_is_read() {
    let Ok(vectors) = std::env::var("WARDKEY_VECTORS") else {
        println!("skipped: the_published_sample_of_the_spine_is_read (WARDKEY_VECTORS is not set)");
        return;
    };
    let sample =
        std::fs::read(format!("{vectors}/nhs/saml-roleassertion-spinecore-2018.xml")).unwrap();
    let read = read_unsigned(&sample).unwrap();
    assert_eq!(read.roles.len(), 1);
    assert_eq!(read.roles[0].business_functions.len(), 9);
    assert_eq!(read.roles[0].business_function_codes.len(), 9);
    assert_eq!(read.roles[0].job_role_code, "S8000:G8000:R8003");
    assert!(read.session_role().is_some());
    assert_eq!((read.person.mode, read.audience), (Some(Mode::Live), None));
    assert_eq!(read.not_on_or_after, read.not_before.plus(240));
}

#[test]
fn xmlsec1_accepts_a_signed_assertion() {
    if Command::new("xmlsec1").arg("--version").output().is_err() {
        println!("skipped: xmlsec1_accepts_a_signed_assertion (xmlsec1 is not installed)");
        return;
    }
    let key = rsa::PrivateKey::new(&mut FixedRandom(2), 2048).unwrap();
    let public = key.to_public_key();
    let spki = public.to_public_key_der().unwrap().into_vec();
    let open = RoleAssertion { audience: None, ..assertion() };
    let prepared = open.prepare(&frame(true), SignatureAlgorithm::RsaPkcs1Sha256).unwrap();
    let signer = rsa::pkcs1v15::SigningKey::<sha2::Sha256>::new(key);
    let signature = signer.sign(prepared.to_be_signed()).to_vec();
    let response = prepared.assemble(&signature, None);

    let expected = Expected { now: NOW, audience: Audience::LegacyUnrestricted };
    let pending = read_verified(&response, &spki, &expected).unwrap();
    let answers = [pending.obligations()[0].discharge()];
    assert_eq!(pending.conclude(&answers).unwrap(), open);

    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let pem = public.to_public_key_pem(spki::der::pem::LineEnding::LF).unwrap();
    std::fs::write(path("key.pem"), pem).unwrap();
    let verify = |response: &[u8]| {
        std::fs::write(path("response.xml"), response).unwrap();
        Command::new("xmlsec1")
            .args(["--verify", "--id-attr:AssertionID"])
            .arg("urn:oasis:names:tc:SAML:1.0:assertion:Assertion")
            .args(["--pubkey-pem".to_owned(), path("key.pem"), path("response.xml")])
            .output()
            .unwrap()
    };
    let accepted = verify(&response);
    assert!(accepted.status.success(), "{}", String::from_utf8_lossy(&accepted.stderr));
    let changed = String::from_utf8(response).unwrap().replace("B0420", "B0572");
    assert!(!verify(changed.as_bytes()).status.success());
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_unsigned(&octets);
    }

    #[test]
    fn no_changed_octet_is_accepted_as_something_else(place in 0usize..4000, octet in any::<u8>()) {
        let response = signed(&assertion(), false);
        let mut changed = response.clone().into_bytes();
        let place = place % changed.len();
        changed[place] = octet;
        let expected = Expected { now: NOW, audience: Audience::RelyingParty(ORIGIN) };
        if let Ok(pending) = read_verified(&changed, &spki(), &expected) {
            let answers = [pending.obligations()[0].discharge()];
            if let Ok(read) = pending.conclude(&answers) {
                prop_assert_eq!(read, assertion());
            }
        }
    }
}

/// A generator for test keys: not random at all.
struct FixedRandom(u64);

impl rsa::rand_core::TryRng for FixedRandom {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.try_next_u64()? >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        Ok(mixed ^ (mixed >> 31))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for chunk in out.chunks_mut(8) {
            chunk.copy_from_slice(&self.try_next_u64()?.to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

impl rsa::rand_core::TryCryptoRng for FixedRandom {}
