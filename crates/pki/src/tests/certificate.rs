use super::fixture::*;
use crate::{Certificate, ObjectIdentifier, ParseError, Purpose, UnixTime};
use der::Encode as _;
use wardkey_crypto::{KeyKind, SignatureAlgorithm};
use x509_cert::ext::{
    Extension,
    pkix::{
        AccessDescription, AuthorityInfoAccessSyntax, ExtendedKeyUsage, KeyUsages,
        name::GeneralName,
    },
};

#[test]
fn a_person_s_certificate_tells_what_it_says() {
    let ocsp = AccessDescription {
        access_method: ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1"),
        access_location: GeneralName::UniformResourceIdentifier(
            der::asn1::Ia5String::new("http://ocsp.example/ocsp").unwrap(),
        ),
    };
    let mut draft = person_draft().with(&AuthorityInfoAccessSyntax(vec![ocsp]));
    draft.serial = 0xabcd;
    let person = draft.sign(&ca_key());
    assert_eq!(person.subject().to_string(), PERSON);
    assert_eq!(person.issuer().to_string(), CA);
    assert_eq!(person.common_name(), Some("555000000101_Amira_Okafor"));
    assert_eq!(person.serial_hex(), "00abcd");
    assert_eq!(person.not_before(), NOW.minus(100 * DAY));
    assert_eq!(person.not_after(), NOW.plus(600 * DAY));
    assert_eq!(person.key_kind(), Some(KeyKind::EcP256));
    assert_eq!(person.signature_algorithm(), Some(SignatureAlgorithm::EcdsaP256Sha256));
    assert!(person.key_usage().unwrap().is_non_repudiation_only());
    assert_eq!(person.extended_key_usage(), None);
    assert_eq!(person.policies(), [CONTENT_POLICY]);
    assert!(person.policies_are_critical());
    assert_eq!(person.basic_constraints(), None);
    let period = person.private_key_usage_period().unwrap();
    assert_eq!(period.not_after, Some(NOW.plus(400 * DAY)));
    assert!(period.contains(NOW) && !period.contains(NOW.plus(401 * DAY)));
    assert_eq!(person.crl_urls(), [CRL_URL]);
    assert_eq!(person.ocsp_urls(), ["http://ocsp.example/ocsp"]);
    assert!(!person.is_self_issued() && !person.is_authority());
    assert_eq!(person.unknown_critical_extension(), None);
    assert_eq!(person.sha256_hex().len(), 64);
    assert!(person.spki().starts_with(&[0x30]));
    assert_eq!(spki(person_key().verifying_key()).to_der().unwrap(), person.spki());
}

#[test]
fn pem_keeps_the_bytes_and_ignores_the_text_around_it() {
    let (root, ca) = (root_draft().sign(&root_key()), ca_draft().sign(&root_key()));
    let text = format!("Bag Attributes\n{}\r\nsubject=/x\n{}", ca.to_pem(), root.to_pem());
    assert_eq!(Certificate::chain_from_pem(&text).unwrap(), [ca.clone(), root]);
    assert_eq!(Certificate::from_pem(&text).unwrap(), ca);
    assert_eq!(Certificate::from_pem("no certificate").unwrap_err(), ParseError::Pem);
    assert_eq!(Certificate::from_pem(&text[..200]).unwrap_err(), ParseError::Pem);
}

#[test]
fn what_is_no_certificate_is_refused() {
    let der = person_draft().sign(&ca_key()).der().to_vec();
    for length in 0..der.len() {
        assert!(Certificate::from_der(&der[..length]).is_err(), "{length} octets");
    }
    let trailing = [&der[..], &[0]].concat();
    assert!(matches!(Certificate::from_der(&trailing), Err(ParseError::Malformed(_))));
    let large = vec![0x30; Certificate::MAX_BYTES + 1];
    assert_eq!(Certificate::from_der(&large).unwrap_err(), ParseError::TooLarge);
}

#[test]
fn no_flipped_bit_makes_the_parser_panic() {
    let der = person_draft().sign(&ca_key()).der().to_vec();
    for place in 0..der.len() {
        for bit in 0..8 {
            let mut broken = der.clone();
            broken[place] ^= 1 << bit;
            if let Ok(certificate) = Certificate::from_der(&broken) {
                assert_ne!(certificate.sha256(), Certificate::from_der(&der).unwrap().sha256());
                assert!(!certificate.subject().to_string().contains('\n'));
            }
        }
    }
}

#[test]
fn an_extension_may_not_occur_twice() {
    let draft = person_draft().with(foreign(false)).with(foreign(false));
    let foreign_oid = foreign(false).extn_id;
    let der = build_unparsed(draft);
    assert_eq!(
        Certificate::from_der(&der).unwrap_err(),
        ParseError::DuplicateExtension(foreign_oid)
    );
}

#[test]
fn an_unreadable_extension_of_a_known_kind_is_refused() {
    let broken = Extension { extn_id: ObjectIdentifier::new_unwrap("2.5.29.15"), ..foreign(false) };
    let der = build_unparsed(person_draft().without(broken.extn_id).with(broken));
    assert!(matches!(Certificate::from_der(&der), Err(ParseError::Malformed(_))));
}

#[test]
fn names_are_written_as_rfc_4514_asks() {
    let name =
        |subject: &str| Draft::new(subject, CA, spki(person_key().verifying_key())).sign(&ca_key());
    for subject in [
        "CN=Okafor\\, Amira \\+ \\\"A\\\",OU=People,O=nhs",
        "CN=\\#1,O=nhs",
        "CN=\\ lead and trail\\ ,O=nhs",
        "UID=555000000101+CN=Amira,C=GB",
        "CN=Zoë Łukasz,O=nhs",
    ] {
        let written = name(subject).subject().to_string();
        let parts = |text: &str| {
            let mut parts: Vec<String> = text.split(['+', ',']).map(str::to_owned).collect();
            parts.sort();
            parts
        };
        assert_eq!(parts(&written), parts(subject), "{written}");
    }
}

#[test]
fn names_are_compared_without_regard_to_case_and_space() {
    let name =
        |subject: &str| Draft::new(subject, CA, spki(person_key().verifying_key())).sign(&ca_key());
    assert_eq!(name("CN=A  b,OU=People,O=nhs").subject(), name("CN=a B,OU=people,O=NHS").subject());
    assert_ne!(name("CN=ab,O=nhs").subject(), name("CN=a b,O=nhs").subject());
    assert_ne!(name("CN=a,O=nhs").subject(), name("CN=a,OU=x,O=nhs").subject());
    assert_ne!(name("CN=a,O=nhs").subject(), name("O=nhs,CN=a").subject());
}

#[test]
fn each_purpose_wants_its_own_usage() {
    let with = |bits: KeyUsages| {
        person_draft().without(usage(bits).extn_id).with(usage(bits)).sign(&ca_key())
    };
    let content = with(KeyUsages::NonRepudiation);
    assert!(content.serves(Purpose::ContentCommitment));
    assert!(!content.serves(Purpose::Login) && !content.serves(Purpose::AssertionSigning));
    let login = with(KeyUsages::DigitalSignature);
    assert!(login.serves(Purpose::Login) && login.serves(Purpose::AssertionSigning));
    assert!(!login.serves(Purpose::ContentCommitment) && !login.serves(Purpose::TlsServer));
    let encrypts = with(KeyUsages::KeyEncipherment);
    for purpose in [Purpose::Login, Purpose::ContentCommitment, Purpose::AssertionSigning] {
        assert!(!encrypts.serves(purpose), "{purpose}");
    }
    let silent = person_draft().without(usage(KeyUsages::NonRepudiation).extn_id).sign(&ca_key());
    assert!(!silent.serves(Purpose::Login) && !silent.serves(Purpose::ContentCommitment));
    assert!(silent.serves(Purpose::AssertionSigning));
}

#[test]
fn an_extended_usage_narrows_the_purposes() {
    let with = |oid: &str| {
        let extended = ExtendedKeyUsage(vec![ObjectIdentifier::new_unwrap(oid)]);
        Draft::new(PERSON, CA, spki(person_key().verifying_key()))
            .with(usage(KeyUsages::DigitalSignature | KeyUsages::NonRepudiation))
            .with(&extended)
            .sign(&ca_key())
    };
    let (client, server) = (with("1.3.6.1.5.5.7.3.2"), with("1.3.6.1.5.5.7.3.1"));
    assert!(client.serves(Purpose::Login) && !client.serves(Purpose::TlsServer));
    assert!(!client.serves(Purpose::ContentCommitment));
    assert!(server.serves(Purpose::TlsServer) && !server.serves(Purpose::Login));
    let documents = with("1.3.6.1.5.5.7.3.36");
    assert!(documents.serves(Purpose::ContentCommitment) && !documents.serves(Purpose::Login));
}

#[test]
fn times_are_written_as_rfc_3339_asks() {
    assert_eq!(UnixTime::from_seconds(1_795_392_000).to_string(), "2026-11-23T00:00:00Z");
    assert_eq!(UnixTime::from_seconds(5).seconds_since(UnixTime::from_seconds(9)), 0);
}

/// The DER of a certificate that may not parse.
fn build_unparsed(draft: Draft) -> Vec<u8> {
    use p256::ecdsa::DerSignature;
    use x509_cert::{
        builder::{Builder as _, CertificateBuilder},
        serial_number::SerialNumber,
        time::Validity,
    };
    let validity = Validity::new(time(draft.not_before), time(draft.not_after));
    let key = draft.key.clone();
    let builder = CertificateBuilder::new(draft, SerialNumber::from(1_u8), validity, key).unwrap();
    builder.build::<_, DerSignature>(&ca_key()).unwrap().to_der().unwrap()
}
