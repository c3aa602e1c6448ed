#[cfg(all(feature = "verify", feature = "native"))]
mod verifying;

use wardkey_crypto::SignatureAlgorithm;

use super::*;

#[test]
fn the_summary_says_what_the_message_says() {
    let summary = Prescription::read(MESSAGE.as_bytes()).unwrap().summary();
    assert_eq!(summary.id, "49D6A8B1-0F7E-4C25-B3A9-E86C1D5F7028");
    assert_eq!(summary.short_id.as_deref(), Some("7A90C3-Z99010-B18E2K"));
    assert_eq!(summary.date.as_deref(), Some("2026-11-23T09:30:00Z"));
    let patient = &summary.patient;
    assert_eq!(patient.name, "MR Callum Adeyemi");
    assert_eq!(patient.nhs_number.as_deref(), Some("9994826174"));
    assert_eq!(patient.birth_date.as_deref(), Some("1984-09-22"));
    assert_eq!(patient.address.as_deref(), Some("FLAT 3, 41 QUARRY STREET, DALE, ZZ99 1EF"));
    let prescriber = &summary.prescriber;
    assert_eq!(prescriber.name, "MR Tom Lindqvist");
    assert_eq!(prescriber.user_id.as_deref(), Some("555000000102"));
    assert_eq!(prescriber.role.as_deref(), Some("Nurse Access Role"));
    assert_eq!(prescriber.organisation.as_deref(), Some("FELLSIDE & DALE SURGERY"));
    let names: Vec<_> = summary.items.iter().map(|item| item.name.as_str()).collect();
    assert_eq!(names, ["Amoxicillin 500mg capsules", "Paracetamol 500mg tablets"]);
    assert_eq!(summary.items[0].code.as_deref(), Some("323510009"));
    assert_eq!(summary.items[0].quantity, "21 capsule");
    assert_eq!(summary.items[0].dose, "One capsule to be taken three times a day for seven days");
    let json = serde_json::to_value(&summary).unwrap();
    assert_eq!(json["patient"]["nhsNumber"], "9994826174");
    assert_eq!(json["prescriber"]["userId"], "555000000102");
}

#[test]
fn every_fixture_is_unsigned_and_by_the_same_person() {
    let fixtures = [
        include_str!("../../fixtures/prescription-1.xml"),
        MESSAGE,
        include_str!("../../fixtures/prescription-3.xml"),
    ];
    for (index, fixture) in fixtures.iter().enumerate() {
        let prescription = Prescription::read(fixture.as_bytes()).unwrap();
        assert!(!prescription.is_signed());
        let summary = prescription.summary();
        assert_eq!(summary.items.len(), index + 1);
        assert_eq!(summary.prescriber.user_id.as_deref(), Some("555000000102"));
    }
}

#[test]
fn signed_info_has_its_fixed_shape() {
    let prepared = prepared(MESSAGE);
    let expected = format!(
        "<SignedInfo xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><CanonicalizationMethod \
         Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></CanonicalizationMethod>\
         <SignatureMethod Algorithm=\"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256\">\
         </SignatureMethod><Reference><Transforms><Transform \
         Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"></Transform></Transforms>\
         <DigestMethod Algorithm=\"http://www.w3.org/2001/04/xmlenc#sha256\"></DigestMethod>\
         <DigestValue>{}</DigestValue></Reference></SignedInfo>",
        prepared.digest_base64()
    );
    assert_eq!(std::str::from_utf8(prepared.to_be_signed()).unwrap(), expected);
    assert_eq!(prepared.digest().len(), 32);
    let signature = prepared.assemble(&[1; 256], &[2; 8]);
    let signature = String::from_utf8(signature).unwrap();
    assert!(signature.starts_with(
        "<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"><SignedInfo><CanonicalizationM"
    ));
    assert!(signature.ends_with(
        "<X509Certificate>AgICAgICAgI=</X509Certificate></X509Data></KeyInfo></Signature>"
    ));
}

#[test]
fn only_rsa_signs_prescriptions() {
    let prescription = Prescription::read(MESSAGE.as_bytes()).unwrap();
    let refused = SignatureAlgorithm::EcdsaP256Sha256;
    assert_eq!(prescription.prepare(refused).err(), Some(EpsError::AlgorithmRefused(refused)));
    let legacy = prescription.prepare(SignatureAlgorithm::RsaPkcs1Sha1).unwrap();
    assert_eq!(legacy.digest().len(), 20);
}

#[test]
fn the_layout_of_the_message_does_not_matter() {
    let one_line: String = MESSAGE.lines().map(str::trim_start).collect();
    let commented = MESSAGE.replace("<Patient ", "<!-- the patient --><Patient ");
    let undecorated = MESSAGE
        .replace("One capsule to be taken", "One <![CDATA[capsule to]]> be <!-- sic -->taken");
    let stray = MESSAGE.replace("<recordTarget ", "<recordTarget xmlns:hl7=\"urn:hl7-org:v3\" ");
    let wrapped = format!(
        "<?xml version=\"1.0\"?>\n<hl7:PORX_IN020101UK31 xmlns:hl7=\"urn:hl7-org:v3\">\
         <hl7:id root=\"A\"/>{MESSAGE}</hl7:PORX_IN020101UK31>"
    );
    let bare = MESSAGE.replacen(" xmlns=\"urn:hl7-org:v3\"", "", 1);
    let expected = fragments(MESSAGE);
    for message in [one_line, commented, undecorated, stray, wrapped, bare] {
        assert_eq!(text(&fragments(&message)), text(&expected));
    }
}

#[test]
fn a_prefix_is_part_of_what_is_signed() {
    let prefixed = prefixed(MESSAGE);
    let prescription = Prescription::read(prefixed.as_bytes()).unwrap();
    let plain = Prescription::read(MESSAGE.as_bytes()).unwrap();
    assert_eq!(prescription.summary(), plain.summary());
    let fragments = text(prescription.fragments());
    assert!(fragments.starts_with(
        "<FragmentsToBeHashed><Fragment><hl7:time xmlns:hl7=\"urn:hl7-org:v3\" value=\""
    ));
    assert_ne!(fragments, text(plain.fragments()));
}

/// Each of them is dropped from what is shown and from what is signed alike.
#[test]
fn white_space_between_comments_is_neither_signed_nor_shown() {
    let split = MESSAGE.replace("taken three", "taken<!-- --> <!-- -->three");
    let prescription = Prescription::read(split.as_bytes()).unwrap();
    assert!(prescription.summary().items[0].dose.contains("takenthree"));
    assert!(text(prescription.fragments()).contains("takenthree"));
}

#[test]
fn the_status_and_the_issue_number_are_not_signed() {
    let status = "<pertinentInformation4 typeCode=\"PERT\"><seperatableInd value=\"false\"/>\
                  <pertinentItemStatus><value code=\"0007\"/></pertinentItemStatus>\
                  </pertinentInformation4><component typeCode";
    let dispensed = MESSAGE
        .replace("<component typeCode=\"COMP\">\n            <s", &format!("{status}=\"COMP\"><s"));
    assert_ne!(dispensed, MESSAGE);
    assert_eq!(fragments(&dispensed), fragments(MESSAGE));
    let repeat = |low: u8, high: u8| {
        MESSAGE.replace(
            "<product ",
            &format!(
                "<repeatNumber><low value=\"{low}\"/><high value=\"{high}\"/></repeatNumber>\
                 <product "
            ),
        )
    };
    assert_eq!(fragments(&repeat(1, 6)), fragments(&repeat(2, 6)));
    assert_ne!(fragments(&repeat(1, 6)), fragments(&repeat(1, 7)));
    assert!(!text(&fragments(&repeat(1, 6))).contains("<low"));
}

#[test]
fn the_number_of_issues_is_shown() {
    let repeat = "<repeatNumber><low value=\"2\"/><high value=\"6\"/></repeatNumber>";
    let message = MESSAGE.replacen("<product ", &format!("{repeat}<product "), 1);
    let summary = Prescription::read(message.as_bytes()).unwrap().summary();
    assert_eq!(summary.items[0].issues.as_deref(), Some("6"));
    assert_eq!(summary.items[1].issues, None);
}

#[test]
fn text_does_not_stand_beside_elements() {
    let message = MESSAGE.replacen("One capsule", "One <b/>capsule", 1);
    let error = Prescription::read(message.as_bytes()).err();
    assert_eq!(error, Some(EpsError::Contested("text beside elements")));
}

/// What stands with the status is not signed, so it must not be shown as if it were.
#[test]
fn nothing_hides_beside_the_status() {
    let end = "</pertinentDosageInstructions>";
    let from = MESSAGE.find("<pertinentDosageInstructions").unwrap();
    let dose = &MESSAGE[from..MESSAGE.find(end).unwrap() + end.len()];
    let holder = |beside: &str| {
        format!(
            "<pertinentInformation4 typeCode=\"PERT\"><pertinentItemStatus/>{beside}\
             </pertinentInformation4></pertinentLineItem>"
        )
    };
    let with = |message: &str, beside: &str| {
        Prescription::read(message.replacen("</pertinentLineItem>", &holder(beside), 1).as_bytes())
    };
    assert!(with(MESSAGE, "").is_ok());
    let beside = Some(EpsError::Contested("something beside an item status"));
    let instructions =
        "<pertinentAdditionalInstructions><value>x</value></pertinentAdditionalInstructions>";
    assert_eq!(with(MESSAGE, instructions).err(), beside);
    let moved = MESSAGE.replacen(dose, "", 1);
    assert_eq!(with(&moved, dose).err(), beside);
    let twice = with(MESSAGE, "<pertinentItemStatus/>").err();
    let outside = EpsError::Contested("an item status outside of pertinentInformation4");
    assert_eq!(twice, Some(outside));
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let item = between("<pertinentInformation2 contextConductionInd=\"true\" inv", "</pertinentI");
    let cases: &[(String, EpsError)] = &[
        (
            MESSAGE.replace("</recordTarget>", "</recordTarget><recordTarget/>"),
            EpsError::Ambiguous("recordTarget"),
        ),
        (
            MESSAGE.replace(
                "</pertinentPrescription>",
                "</pertinentPrescription><pertinentPrescription/>",
            ),
            EpsError::Ambiguous("pertinentPrescription"),
        ),
        (MESSAGE.replace("</author>", "</author><author/>"), EpsError::Ambiguous("author")),
        (
            MESSAGE.replace("<signatureText", "<time value=\"20300101000000\"/><signatureText"),
            EpsError::Ambiguous("time"),
        ),
        (
            MESSAGE.replace("<signatureText", "<signatureText/><signatureText"),
            EpsError::Ambiguous("signatureText"),
        ),
        (
            MESSAGE.replace("<effectiveTime n", "<id root=\"X\"/><effectiveTime n"),
            EpsError::Ambiguous("id without extension"),
        ),
        (
            MESSAGE.replace(
                "<id root=\"49D6A8B1",
                "<id root=\"Y\" extension=\"1\"/><id root=\"49D6A8B1",
            ),
            EpsError::Contested("an id with extension before the one without"),
        ),
        (
            MESSAGE.replace(
                "</ParentPrescription>",
                "<x><pertinentLineItem/></x></ParentPrescription>",
            ),
            EpsError::Misplaced("pertinentLineItem"),
        ),
        (
            MESSAGE.replace(
                "</pertinentLineItem>",
                "<pertinentInformation9><pertinentItemStatus/></pertinentInformation9>\
                 </pertinentLineItem>",
            ),
            EpsError::Contested("an item status outside of pertinentInformation4"),
        ),
        (
            MESSAGE.replace("<given>Callum", "<x:given xmlns:x=\"urn:x\"/><given>Callum"),
            EpsError::Contested("an element of another namespace"),
        ),
        (
            MESSAGE.replace("<given>Callum", "<given><?x y?>Callum"),
            EpsError::Contested("a processing instruction"),
        ),
        (
            MESSAGE.replace("<recordTarget ", "<recordTarget xml:space=\"preserve\" "),
            EpsError::Contested("xml:space"),
        ),
        (MESSAGE.replace("20261123093000", "202611230930"), EpsError::MalformedTime),
        (MESSAGE.replace("20261123093000", "20261323093000"), EpsError::MalformedTime),
        (
            format!("<a xmlns=\"urn:hl7-org:v3\">{MESSAGE}{MESSAGE}</a>"),
            EpsError::Ambiguous("ParentPrescription"),
        ),
        (
            MESSAGE.replace("ParentPrescription", "CancelRequest"),
            EpsError::Missing("ParentPrescription"),
        ),
        (
            MESSAGE.replacen("urn:hl7-org:v3", "urn:hl7-org:v4", 1),
            EpsError::Missing("ParentPrescription of HL7 v3"),
        ),
        (MESSAGE.replace(&item, ""), EpsError::Missing("pertinentLineItem")),
        (MESSAGE.replace(&item, &item.repeat(33)), EpsError::TooManyItems),
        (
            MESSAGE.replace("pertinentDosageInstructions", "pertinentX"),
            EpsError::Missing("dosage instructions"),
        ),
    ];
    for (message, error) in cases {
        assert_ne!(message, MESSAGE, "{error}");
        assert_eq!(Prescription::read(message.as_bytes()).err().as_ref(), Some(error));
    }
    assert!(matches!(Prescription::read(b"<!DOCTYPE a><a/>"), Err(EpsError::Xml(_))));
}

#[test]
fn embedding_changes_the_signature_text_and_nothing_else() {
    let signature = prepared(MESSAGE).assemble(&[1; 256], &[2; 8]);
    let signed = embed(MESSAGE.as_bytes(), &signature).unwrap();
    let expected = MESSAGE.replace(
        "<signatureText nullFlavor=\"NA\"/>",
        &format!("<signatureText>{}</signatureText>", text(&signature)),
    );
    assert_eq!(text(&signed), expected);
    let read = Prescription::read(&signed).unwrap();
    assert!(read.is_signed());
    assert_eq!(read.fragments(), fragments(MESSAGE));
    assert_eq!(embed(&signed, &signature), Err(EpsError::AlreadySigned));
    for other in [&b"<Signature/>"[..], b"x", b"<a/><b/>"] {
        assert_eq!(embed(MESSAGE.as_bytes(), other), Err(EpsError::NotASignature));
    }
}

#[test]
fn a_missing_signature_text_is_put_after_the_time() {
    let absent = MESSAGE.replace("        <signatureText nullFlavor=\"NA\"/>\n", "");
    let signature = prepared(&absent).assemble(&[1; 256], &[2; 8]);
    let signed = embed(prefixed(&absent).as_bytes(), &signature).unwrap();
    let expected = format!(
        "<hl7:time value=\"20261123093000\"/><hl7:signatureText>{}</hl7:signatureText>\n",
        text(&signature)
    );
    assert!(text(&signed).contains(&expected));
    assert!(Prescription::read(&signed).unwrap().is_signed());
}

#[test]
fn a_declaration_on_the_signature_text_stays() {
    let message = prefixed(MESSAGE).replace(
        "<hl7:signatureText nullFlavor=\"NA\"/>",
        "<h:signatureText xmlns:h=\"urn:hl7-org:v3\" nullFlavor=\"NA\"></h:signatureText>",
    );
    let signature = prepared(MESSAGE).assemble(&[1; 256], &[2; 8]);
    let signed = embed(message.as_bytes(), &signature).unwrap();
    assert!(text(&signed).contains("<h:signatureText xmlns:h=\"urn:hl7-org:v3\"><Signature "));
    assert!(text(&signed).contains("</Signature></h:signatureText>"));
    assert!(Prescription::read(&signed).unwrap().is_signed());
}

#[test]
fn a_digest_of_the_service_is_signed_as_the_prescription_is() {
    let prepared = prepared(MESSAGE);
    let digest = ServiceDigest::read(prepared.to_be_signed()).unwrap();
    assert_eq!(digest.algorithm(), SignatureAlgorithm::RsaPkcs1Sha256);
    let again = digest.prepare(digest.algorithm()).unwrap();
    assert_eq!(again.to_be_signed(), prepared.to_be_signed());
    assert_eq!(again.assemble(&[1; 256], &[2; 8]), prepared.assemble(&[1; 256], &[2; 8]));
    let other = SignatureAlgorithm::RsaPkcs1Sha1;
    assert_eq!(digest.prepare(other).err(), Some(EpsError::AlgorithmRefused(other)));
    let right = text(prepared.to_be_signed());
    for (from, to) in [
        ("<Reference>", "<Reference URI=\"\">"),
        ("#rsa-sha256", "#ecdsa-sha256"),
        ("xmlenc#sha256", "xmldsig-more#sha384"),
        ("<DigestValue>", "<DigestValue> "),
        ("</SignedInfo>", "<Object/></SignedInfo>"),
        ("</DigestValue>", "AAAA</DigestValue>"),
        ("SignedInfo", "Manifest"),
    ] {
        let wrong = right.replace(from, to);
        assert_eq!(ServiceDigest::read(wrong.as_bytes()), Err(EpsError::NotADigest), "{to}");
    }
    assert!(matches!(ServiceDigest::read(b"digest"), Err(EpsError::Xml(_))));
}

fn fragments(message: &str) -> Vec<u8> {
    Prescription::read(message.as_bytes()).unwrap().fragments().to_vec()
}

fn prepared(message: &str) -> Prepared {
    let prescription = Prescription::read(message.as_bytes()).unwrap();
    prescription.prepare(SignatureAlgorithm::RsaPkcs1Sha256).unwrap()
}

/// The message with a prefix on every element.
fn prefixed(message: &str) -> String {
    message.replace("</", "</hl7:").replace('<', "<hl7:").replace("<hl7:/hl7:", "</hl7:").replacen(
        "xmlns=",
        "xmlns:hl7=",
        1,
    )
}

/// What stands in the message from the first `start` to the last `end`.
fn between(start: &str, end: &str) -> String {
    let from = MESSAGE.find(start).unwrap();
    let to = MESSAGE.find("<pertinentInformation4 ").unwrap();
    assert!(MESSAGE[from..to].contains(end));
    MESSAGE[from..to].to_owned()
}

fn text(octets: &[u8]) -> &str {
    std::str::from_utf8(octets).unwrap()
}

const MESSAGE: &str = include_str!("../../fixtures/prescription-2.xml");
