//! Timestamps in XML signatures of other implementations: which of them hold, by whose word, and which are
//! refused on purpose and why, a row each. The folder of vectors comes from the environment variable
//! `WARDKEY_VECTORS`; without it, the test says by name that it was skipped.
#![cfg(all(feature = "native", feature = "verify"))]
// What the lint admits in test functions, it does not in what they call.
#![allow(clippy::unwrap_used)]

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use base64ct::{Base64, Encoding as _};
use wardkey_pki::{Certificate, Crl, OcspAnswer, OcspHash, OcspRequest, UnixTime};
use wardkey_signatures::{VerifyOptions, file::claimed_certificates, timestamp, xades};
use wardkey_xml::{Canonicalization, Document, Element, Limits, dsig};

/// By whose word a timestamp holds here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Word {
    /// The file has its authority's path, and the lists for it.
    Path,
    /// Its authority is trusted as it stands: nothing says who certified it, or nothing whether it
    /// was revoked.
    Authority,
    /// Its imprint is by SHA-1.
    Nobody,
}

#[test]
fn timestamps_of_others_hold_or_are_refused_on_purpose() {
    let name = "timestamps_of_others_hold_or_are_refused_on_purpose";
    let Some(folder) = std::env::var_os("WARDKEY_VECTORS").map(PathBuf::from) else {
        println!("skipped: {name} (WARDKEY_VECTORS is not set)");
        return;
    };
    let mut left: BTreeMap<&str, (&str, Word)> =
        STAMPED.iter().map(|(name, time, word)| (*name, (*time, *word))).collect();
    for (name, octets) in files(&folder.join("xades/signxml/test/xades")) {
        let Ok(document) = Document::parse(&octets, &Limits::DEFAULT) else { continue };
        let Some(stamp) = Stamp::of(&document) else { continue };
        let (time, word) = left.remove(&*name).unwrap_or_else(|| panic!("{name} has no row"));
        assert_eq!(stamp.judged(&octets), (time.to_owned(), word), "{name}");
        println!("{name:<55} {time} {word:?}");
    }
    assert!(left.is_empty(), "{left:?}");
}

/// The first timestamp of a document's signature.
struct Stamp {
    token: Vec<u8>,
    over: Vec<u8>,
    /// The authority's certificate first.
    certificates: Vec<Certificate>,
    lists: Vec<Crl>,
    answers: Vec<Vec<u8>>,
}

impl Stamp {
    fn of(document: &Document) -> Option<Self> {
        let stamp = document.elements().find(|e| e.is(XADES, "SignatureTimeStamp"))?;
        let mut signature = stamp;
        while !signature.is(dsig::NAMESPACE, "Signature") {
            signature = signature.parent().unwrap();
        }
        let method = stamp.child(dsig::NAMESPACE, "CanonicalizationMethod").unwrap();
        let method = Canonicalization::from_uri(method.attribute("Algorithm").unwrap()).unwrap();
        let value = signature.only_child(dsig::NAMESPACE, "SignatureValue").unwrap();
        let every = |name: &str| -> Vec<Vec<u8>> {
            document.elements().filter(|element| element.local() == name).map(base64).collect()
        };
        let token = base64(stamp.child(XADES, "EncapsulatedTimeStamp").unwrap());
        let mut certificates = claimed_certificates(&token);
        let others = every("EncapsulatedX509Certificate");
        certificates.extend(others.iter().filter_map(|der| Certificate::from_der(der).ok()));
        let lists = every("EncapsulatedCRLValue");
        Some(Self {
            over: method.element(value).unwrap(),
            token,
            certificates,
            lists: lists.iter().map(|der| Crl::from_der(der).unwrap()).collect(),
            answers: every("EncapsulatedOCSPValue"),
        })
    }

    /// What it states, and by whose word it holds, here and in the whole signature.
    fn judged(&self, file: &[u8]) -> (String, Word) {
        let authority = self.certificates[0].clone();
        let trusting = options(authority.clone());
        let verify = |token: &[u8], over: &[u8], options: &VerifyOptions| {
            timestamp::verify(token, over, options).map_err(|error| error.to_string())
        };
        let time = match verify(&self.token, &self.over, &trusting) {
            Ok(time) => time,
            Err(error) => {
                assert_eq!(error, "Timestamp is invalid: its hash is not of the SHA-2 family");
                return (String::new(), Word::Nobody);
            }
        };
        // Over anything else, and with anything else in it.
        let invalid = |token: &[u8], over: &[u8]| {
            let error = verify(token, over, &trusting).unwrap_err();
            assert!(error.starts_with("Timestamp is invalid"), "{error}");
        };
        invalid(&self.token, &altered(&self.over, self.over.len() / 2));
        let stated = time.to_string().replace(['-', ':', 'T'], "");
        let stated = stated.trim_end_matches('Z').as_bytes();
        let at = self.token.windows(stated.len()).position(|window| window == stated).unwrap();
        invalid(&altered(&self.token, at + stated.len() - 1), &self.over);

        let anchor = self.topmost();
        let mut whole = options(anchor.clone());
        let answers = self.answers(&anchor);
        let said = self.lists.iter().map(Crl::this_update).max();
        whole.time = said.map_or(time, |said| said.max(time));
        whole.intermediates = self.certificates.clone();
        whole.crls.clone_from(&self.lists);
        whole.ocsp_answers = answers;
        let (word, trusted) = match verify(&self.token, &self.over, &whole) {
            Ok(same) => {
                assert_eq!(same, time);
                (if anchor == authority { Word::Authority } else { Word::Path }, whole)
            }
            Err(error) => {
                assert!(
                    error.contains("it is unknown whether certificate 0 is revoked"),
                    "{error}"
                );
                (Word::Authority, trusting)
            }
        };
        // Where nothing else stands against the signature, its report has the same time.
        let report = xades::verify(file, None, &trusted).discharge();
        let at_path = |name: &str| matches!(name, "revocation" | "validity" | "trust" | "usage");
        let failed = report.checks.iter().find(|check| !check.passed).unwrap();
        let expected = at_path(&failed.name).then(|| time.to_string());
        assert_eq!(report.proven_time, expected, "{failed:?}");
        (time.to_string(), word)
    }

    /// The last certificate of the authority's path.
    fn topmost(&self) -> Certificate {
        let mut top = &self.certificates[0];
        while !top.is_self_issued() {
            let issued = |one: &&Certificate| one.subject() == top.issuer();
            let Some(issuer) = self.certificates.iter().find(issued) else { break };
            top = issuer;
        }
        top.clone()
    }

    fn answers(&self, issuer: &Certificate) -> Vec<OcspAnswer> {
        let Ok(request) = OcspRequest::new(&self.certificates[0], issuer, OcspHash::Sha1) else {
            return Vec::new();
        };
        self.answers.iter().filter_map(|der| OcspAnswer::from_der(der, &request).ok()).collect()
    }
}

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let named = |path: PathBuf| {
        (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap())
    };
    entries.map(named).collect()
}

fn base64(element: Element<'_>) -> Vec<u8> {
    let text: String = element.text().split_ascii_whitespace().collect();
    Base64::decode_vec(&text).unwrap()
}

fn altered(octets: &[u8], place: usize) -> Vec<u8> {
    let mut octets = octets.to_vec();
    octets[place] ^= 1;
    octets
}

fn options(anchor: Certificate) -> VerifyOptions {
    VerifyOptions {
        anchors: Vec::new(),
        intermediates: Vec::new(),
        timestamp_anchors: vec![anchor],
        crls: Vec::new(),
        required_policies: Vec::new(),
        time: UnixTime::from_seconds(1_795_426_200),
        ocsp_answers: Vec::new(),
        legacy_sha1: true,
        legacy_rsa_1024: true,
    }
}

/// Each file with a signature timestamp; the time as asn1crypto reads it, empty where it is refused. What
/// their names call wrong is not in this timestamp.
const STAMPED: &[(&str, &str, Word)] = &[
    ("Signature-X-CZ_SEF-4.xml", "2014-10-30T10:40:37Z", Word::Authority),
    ("Signature-X-CZ_SEF-5.xml", "2014-11-06T15:49:44Z", Word::Path),
    ("Signature-X-HU_POL-3.xml", "2014-11-05T11:50:07Z", Word::Path),
    ("document.signed.c.xml", "", Word::Nobody),
    ("document.verified.c.xl.xml", "", Word::Nobody),
    ("dss1788-original.xml", "", Word::Nobody),
    ("nonconformant-Signature-X-ES-100.xml", "", Word::Nobody),
    ("nonconformant-Signature-X-ES-103.xml", "", Word::Nobody),
    ("nonconformant-sellosFNMT-XAdES_A.xml", "2016-06-06T11:38:45Z", Word::Authority),
    ("nonconformant-xades-ocsp-not-embeds-certs.xml", "2016-04-26T21:16:00Z", Word::Authority),
    ("sig-with-orphan-ocsp-ref.xml", "2020-07-29T15:03:14Z", Word::Path),
    ("valid-xades-policyId-newlines.xml", "2015-12-07T10:18:16Z", Word::Authority),
    ("xades-attr-authorities-values.xml", "2020-03-31T07:53:37Z", Word::Path),
    ("xades-extended-short-a.xml", "2022-01-06T13:27:37Z", Word::Path),
    ("xades-extended-t.xml", "2022-01-06T14:38:49Z", Word::Authority),
    ("xades-extended-xl.xml", "2021-11-30T09:13:46Z", Word::Path),
    ("xades-level-x-double-sigAndRefsTst-refsOnlyTst.xml", "2021-02-25T08:26:03Z", Word::Authority),
    ("xades-lt-with-expired-ocsp-responder.xml", "2021-02-04T10:42:00Z", Word::Authority),
    ("xades-lta-valid.xml", "2021-08-12T13:27:00Z", Word::Path),
    ("xades-lta-with-additional-cert-in-keyinfo.xml", "2020-03-13T07:35:22Z", Word::Path),
    ("xades-ocsp-before-cert-validity.xml", "2021-08-12T13:45:00Z", Word::Path),
    ("xades-with-multiple-archivetimestamps.xml", "2020-11-12T09:50:23Z", Word::Path),
    ("xades-with-multiple-signaturetimestamps.xml", "2020-11-12T09:32:01Z", Word::Authority),
    ("xades-x-level-v2-wrong-sigAndRefsTst-type.xml", "2021-02-25T08:26:03Z", Word::Authority),
    ("xades-x-level-v2.xml", "2021-02-24T16:26:20Z", Word::Authority),
    ("xades-x-level-wrong-sigAndRefsTstVersion.xml", "2019-05-22T09:44:20Z", Word::Authority),
    ("xades-x-level.xml", "2019-05-22T09:44:20Z", Word::Authority),
];

const XADES: &str = "http://uri.etsi.org/01903/v1.3.2#";
