//! Whatever is done to a signed file: it is refused, or it still says the same of the same document;
//! and nothing makes the reader panic, recurse without end or believe a length.

mod expired;
mod limits;

use wardkey_crypto::Obligation;

use super::*;
use crate::{
    Commitment,
    eps::Prescription,
    report::Verdict,
    testing::{
        Authority, Key, NOW, Profile,
        judging::{Stamper, failed, options, trusting_timestamps},
    },
};

const LETTER: &[u8] = b"<letter><to>Dr Whitfield</to><body>Rest.</body></letter>";

/// A valid file of each format, timestamps in some of them.
fn samples() -> Vec<(&'static str, Vec<u8>)> {
    let key = Key::p256(1);
    let person = Profile::content("555000000102_Tom_Lindqvist");
    let certificate = Authority::new().issue(&person, &key.spki());
    let stamper = Stamper::new();
    let cades = cades::prepare(cades::Request {
        document: crate::Document::Octets(LETTER),
        attached: true,
        algorithm: key.algorithm(),
        certificate_der: &certificate,
        chain: &[],
        signing_time: NOW,
        commitment: Some(Commitment::ProofOfApproval),
        media_type: Some("text/xml"),
    })
    .unwrap();
    let cades = cades.assemble(&key.sign(cades.to_be_signed())).unwrap();
    let token = stamper.token(&cades::timestamp_imprint(&cades).unwrap());
    let cades = cades::with_timestamp(&cades, &token).unwrap();
    let jws = |baseline, serialization| {
        let prepared = jades::prepare(jades::Request {
            document: LETTER,
            baseline,
            serialization,
            attached: true,
            algorithm: key.algorithm(),
            certificate_der: &certificate,
            chain: &[],
            signing_time: NOW,
            commitment: Some(Commitment::ProofOfApproval),
            media_type: Some("text/xml"),
        })
        .unwrap();
        prepared.assemble(&key.sign(prepared.to_be_signed())).unwrap()
    };
    let jades = jws(true, jades::Serialization::Flattened);
    let token = stamper.token(&jades::timestamp_imprint(&jades).unwrap());
    let xades = |packaging| {
        let prepared = xades::prepare(xades::Request {
            document: crate::Document::Octets(LETTER),
            packaging,
            baseline: true,
            algorithm: key.algorithm(),
            certificate_der: &certificate,
            chain: &[],
            signing_time: NOW,
            commitment: Some(Commitment::ProofOfApproval),
            media_type: Some("text/xml"),
        })
        .unwrap();
        prepared.assemble(&key.sign(prepared.to_be_signed()))
    };
    let enveloped = xades(xades::Packaging::Enveloped);
    let stamp = stamper.token(&xades::timestamp_imprint(&enveloped).unwrap());
    let rsa = Key::rsa();
    let prescriber = Authority::new().issue(&person, &rsa.spki());
    let message = include_bytes!("../../fixtures/prescription-1.xml");
    let prepared = Prescription::read(message).unwrap().prepare(rsa.algorithm()).unwrap();
    let element = prepared.assemble(&rsa.sign(prepared.to_be_signed()), &prescriber);
    vec![
        ("cades", cades),
        ("jades", jws(true, jades::Serialization::Compact)),
        ("jades in json", jades::with_timestamp(&jades, &token).unwrap()),
        ("jws", jws(false, jades::Serialization::Compact)),
        ("xades", xades::with_timestamp(&enveloped, &stamp).unwrap()),
        ("xades around", xades(xades::Packaging::Enveloping)),
        ("eps", eps::embed(message, &element).unwrap()),
    ]
}

fn judged(octets: &[u8], options: &VerifyOptions) -> Report {
    let pending = verify(octets, None, options);
    // What could hold at best; only then the public keys are asked.
    let every = vec![true; pending.obligations().len()];
    if !verify(octets, None, options).conclude(&every).is_valid() {
        return pending.conclude(&every);
    }
    let answers: Vec<bool> = pending.obligations().iter().map(Obligation::discharge).collect();
    pending.conclude(&answers)
}

#[test]
fn what_is_changed_is_refused_or_says_the_same() {
    let options = trusting_timestamps();
    for (name, right) in samples() {
        let whole = judged(&right, &options);
        assert_eq!(whole.verdict, Verdict::Valid, "{name}: {whole:#?}");
        let mut random = Random(0x5eed);
        let mut held = 0;
        for _ in 0..CHANGES {
            let changed = random.change(&right);
            let _ = claimed_certificates(&changed);
            let report = judged(&changed, &options);
            if !report.is_valid() {
                continue;
            }
            held += 1;
            let shown = || String::from_utf8_lossy(&changed).into_owned();
            assert_eq!(report.digest, whole.digest, "{name}: {}", shown());
            assert_eq!(report.signer, whole.signer, "{name}: {}", shown());
            assert_eq!(report.claimed_time, whole.claimed_time, "{name}: {}", shown());
            assert_eq!(report.commitment, whole.commitment, "{name}: {}", shown());
            assert_eq!(report.covered, whole.covered, "{name}: {}", shown());
        }
        println!("{name:<16} {held} of {CHANGES} changes are to what nobody signed");
    }
}

#[test]
fn nothing_is_read_beyond_its_limit() {
    let reason = |octets: &[u8]| {
        let report = judged(octets, &options());
        assert_eq!(report.verdict, Verdict::Invalid);
        report.checks.last().unwrap().detail.clone().unwrap_or_default()
    };
    let deep = |open: &str, close: &str, count: usize| open.repeat(count) + &close.repeat(count);
    assert_eq!(reason(&vec![b' '; MAX_BYTES + 1]), "Longer than what is read here");
    // XML: depth, entities, a document type, names and attributes.
    assert!(reason(deep("<a>", "</a>", 200_000).as_bytes()).contains("nested too deep"));
    let bomb = "<!DOCTYPE a [<!ENTITY b \"bbbb\"><!ENTITY c \"&b;&b;&b;&b;\">]><a>&c;</a>";
    assert!(reason(bomb.as_bytes()).contains("document type"), "{}", reason(bomb.as_bytes()));
    assert!(reason(b"<a>&b;</a>").contains("unknown entity"));
    let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
    assert!(reason(format!("<a{attributes}/>").as_bytes()).contains("too many attributes"));
    let nodes = format!("<a>{}</a>", "<b/>".repeat(600_000));
    assert!(reason(nodes.as_bytes()).contains("too many nodes"), "{}", reason(nodes.as_bytes()));
    // DER and BER: depth, and lengths that are not there.
    assert!(!reason(&[0x30, 0x80].repeat(1_000_000)).is_empty());
    assert!(!reason(&[0x30, 0x84, 0x7f, 0xff, 0xff, 0xff]).is_empty());
    let nested = [[0x30, 0x80].repeat(100_000), vec![0; 200_000]].concat();
    assert!(!reason(&nested).is_empty());
    // JSON: depth, and members without end.
    assert!(!reason(format!("{{\"payload\":{}", "[".repeat(1_000_000)).as_bytes()).is_empty());
    let members: String = (0..100_000).map(|n| format!("\"a{n}\":0,")).collect();
    assert!(!reason(format!("{{{members}\"b\":0}}").as_bytes()).is_empty());
    assert!(reason(&[&[b'a'; 1_000_000][..], b"..", b"a"].concat()).contains("too long"));
}

/// Signatures and references without end, of which each would cost a canonicalization.
#[test]
fn xml_that_asks_for_much_is_refused() {
    let (_, right) = samples().swap_remove(4);
    let right = String::from_utf8(right).unwrap();
    let start = right.find("<ds:Reference").unwrap();
    let end = right.find("</ds:SignedInfo>").unwrap();
    let references = &right[start..end];
    let many = right.replacen(references, &references.repeat(1000), 1);
    assert_eq!(failed(&judged(many.as_bytes(), &options())), "format");
    let transform = "<ds:Transform Algorithm=\"http://www.w3.org/2001/10/xml-exc-c14n#\"/>";
    let many = right.replacen(transform, &transform.repeat(1000), 1);
    assert_ne!(many, right);
    assert_eq!(failed(&judged(many.as_bytes(), &options())), "format");
    for algorithm in [
        "http://www.w3.org/TR/1999/REC-xslt-19991116",
        "http://www.w3.org/TR/1999/REC-xpath-19991116",
        "http://www.w3.org/2002/06/xmldsig-filter2",
        "http://www.w3.org/2000/09/xmldsig#base64",
    ] {
        let other =
            right.replacen("http://www.w3.org/2000/09/xmldsig#enveloped-signature", algorithm, 1);
        assert_ne!(other, right);
        assert!(!judged(other.as_bytes(), &options()).is_valid(), "{algorithm}");
    }
}

/// Changes from a seed, so that each run makes the same.
struct Random(u64);

impl Random {
    /// xorshift64, below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    /// One to three changes: an octet, a bit, a cut, a piece twice, moved or taken out.
    fn change(&mut self, right: &[u8]) -> Vec<u8> {
        let mut octets = right.to_vec();
        for _ in 0..=self.below(3) {
            let place = self.below(octets.len());
            let end = (place + self.below(40)).min(octets.len());
            let piece = octets[place..end].to_vec();
            match self.below(7) {
                0 => octets[place] = u8::try_from(self.below(256)).unwrap(),
                1 => octets[place] ^= 1 << self.below(8),
                2 => octets.truncate(place),
                3 => drop(octets.splice(place..place, piece)),
                4 => drop(octets.drain(place..end)),
                5 => {
                    let other = self.below(octets.len());
                    drop(octets.splice(other..other, piece));
                }
                _ => octets[place] = PICKED[self.below(PICKED.len())],
            }
            if octets.is_empty() {
                break;
            }
        }
        octets
    }
}

const CHANGES: usize = 400;
/// Octets that mean something to some format.
const PICKED: &[u8] = b"<>&\"'#/:.{}[],=\0\x30\x31\x80\xa0\xff \nAZaz09-_";
