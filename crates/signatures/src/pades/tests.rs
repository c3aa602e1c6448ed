//! PAdES signatures, made and taken apart here.

use super::*;
use crate::{
    Commitment,
    pdf::{
        self, Pdf,
        tests::{COMPACT, PLAIN, file},
    },
    testing::{Authority, Key, NOW, Profile},
};

pub(super) fn request<'a>(document: &'a [u8], certificate: &'a [u8], key: &Key) -> Request<'a> {
    Request {
        document,
        algorithm: key.algorithm(),
        certificate_der: certificate,
        chain: &[],
        signing_time: NOW,
        commitment: Some(Commitment::ProofOfApproval),
        reason: None,
        room_for_timestamp: false,
    }
}

pub(super) fn signed(key: &Key, request: Request<'_>) -> Vec<u8> {
    let prepared = prepare(request).unwrap();
    assert_eq!(prepared.to_be_signed()[0], 0x31);
    prepared.assemble(&key.sign(prepared.to_be_signed())).unwrap()
}

fn certificate(key: &Key) -> Vec<u8> {
    Authority::new().issue(&Profile::content("555000000101_Amira_Okafor"), &key.spki())
}

#[test]
fn no_octet_that_was_there_is_changed() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    for document in [PLAIN, COMPACT] {
        let once = signed(&key, request(document, &certificate, &key));
        assert!(once.starts_with(document) && once.len() > document.len());
        let twice = signed(&key, request(&once, &certificate, &key));
        assert!(twice.starts_with(&once) && twice.len() > once.len());
        assert_eq!(pdf::pages(&twice), Ok(2));
        let read = Pdf::read(&twice).unwrap();
        assert_eq!(read.has_stream(), document == COMPACT);
        assert_eq!(read.trailer().value("ID"), Pdf::read(document).unwrap().trailer().value("ID"));
        let fields = read.fields().unwrap();
        let names: Vec<&[u8]> =
            fields.iter().filter_map(|field| field.dictionary.value("T").as_string()).collect();
        assert_eq!(names, [b"Signature1", b"Signature2"]);
        let placed = placed::all(&read).unwrap();
        assert_eq!([placed[0].end, placed[1].end], [once.len(), twice.len()]);
        assert_eq!(
            placed[0].cms(&twice),
            placed::all(&Pdf::read(&once).unwrap()).unwrap()[0].cms(&once)
        );
    }
}

#[test]
fn forms_and_annotations_that_are_there_go_on_being() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let pages = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
    let layouts: [[&str; 5]; 3] = [
        [
            "<</Pages 2 0 R/AcroForm 4 0 R>>",
            pages,
            "<</Type/Page/Annots[5 0 R]>>",
            "<</Fields[5 0 R]/NeedAppearances true>>",
            "<</FT/Tx/T(Signature1)>>",
        ],
        [
            "<</Pages 2 0 R/AcroForm<</Fields 4 0 R>>>>",
            pages,
            "<</Type/Page/Annots 4 0 R>>",
            "[5 0 R]",
            "<</FT/Tx/T(Signature1)>>",
        ],
        ["<</Pages 2 0 R/AcroForm null>>", pages, "<</Type/Page/Annots 4 0 R>>", "[]", "null"],
    ];
    for (number, objects) in layouts.iter().enumerate() {
        let document = file(objects, "");
        let once = signed(&key, request(&document, &certificate, &key));
        let read = Pdf::read(&once).unwrap();
        let fields = read.fields().unwrap();
        assert_eq!(fields.len(), if number == 2 { 1 } else { 2 });
        let last = fields.last().unwrap();
        let name = if number == 2 { &b"Signature1"[..] } else { b"Signature2" };
        assert_eq!(last.dictionary.value("T").as_string(), Some(name));
        let page = read.pages(1).unwrap()[0];
        let page = read.dictionary(&pdf::Object::Reference(page)).unwrap().unwrap();
        let annotations = read.resolve(page.value("Annots")).unwrap();
        let annotations = annotations.as_array().unwrap();
        assert_eq!(annotations.last(), Some(&pdf::Object::Reference(last.reference)));
        assert_eq!(annotations.len(), fields.len());
        assert_eq!(read.form().unwrap().unwrap().value("SigFlags").as_integer(), Some(3));
        assert_eq!(placed::all(&read).unwrap().len(), 1);
    }
}

#[test]
fn what_can_t_be_signed_is_refused() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right = request(PLAIN, &certificate, &key);
    let refused = |request| prepare(request).unwrap_err();
    let nothing = Request { certificate_der: b"nothing", ..right };
    assert_eq!(refused(nothing), PadesError::Cades(CadesError::Certificate));
    assert!(matches!(refused(Request { document: b"Rest.", ..right }), PadesError::Pdf(_)));
    let never = Request { signing_time: u64::MAX, ..right };
    assert_eq!(refused(never), PadesError::Time);
    let pages = ["<</Type/Pages/Kids[3 0 R]/Count 1>>", "<</Type/Page>>"];
    let encrypted = file(&["<</Pages 2 0 R>>", pages[0], pages[1]], "/Encrypt 3 0 R");
    let encrypted = Request { document: &encrypted, ..right };
    assert_eq!(refused(encrypted), PadesError::Pdf(PdfError::Encrypted));
    let certified = |allowed: u8| {
        let catalog = format!(
            "<</Pages 2 0 R/Perms<</DocMDP<</Reference[<</TransformMethod/DocMDP\
             /TransformParams<</P {allowed}>>>>]>>>>>>"
        );
        file(&[&catalog, pages[0], pages[1]], "")
    };
    let closed = certified(1);
    assert_eq!(refused(Request { document: &closed, ..right }), PadesError::Certified);
    assert!(prepare(Request { document: &certified(2), ..right }).is_ok());
    let prepared = prepare(right).unwrap();
    assert!(matches!(prepared.assemble(&[1, 2, 3]), Err(PadesError::Cades(_))));
    assert_eq!(timestamp_imprint(PLAIN), Err(PadesError::Unsigned));
    assert_eq!(with_timestamp(PLAIN, b"token"), Err(PadesError::Unsigned));
}

#[test]
fn a_reason_stands_where_there_is_no_commitment() {
    let key = Key::p256(1);
    let certificate = certificate(&key);
    let right = Request {
        reason: Some("Discharge \u{2013} signed (\u{1f600})"),
        ..request(PLAIN, &certificate, &key)
    };
    let reason = |request| {
        let signed = signed(&key, request);
        let placed = placed::all(&Pdf::read(&signed).unwrap()).unwrap().pop().unwrap();
        placed.dictionary.get("Reason").map(|reason| reason.as_string().unwrap().to_vec())
    };
    assert_eq!(reason(right), None);
    let text = reason(Request { commitment: None, ..right }).unwrap();
    assert!(text.starts_with(&[0xfe, 0xff, 0, b'D', 0, b'i']));
}

#[test]
fn a_timestamp_takes_the_place_of_another() {
    let key = Key::rsa();
    let certificate = certificate(&key);
    let right = Request { room_for_timestamp: true, ..request(PLAIN, &certificate, &key) };
    let plain = signed(&key, right);
    let token = |octet| crate::tlv::tlv(0x30, &[&[4, 1, octet]]);
    let once = with_timestamp(&plain, &token(1)).unwrap();
    assert_eq!(once.len(), plain.len());
    assert_ne!(once, plain);
    assert_eq!(with_timestamp(&once, &token(2)), with_timestamp(&plain, &token(2)));
    assert_eq!(timestamp_imprint(&once), timestamp_imprint(&plain));
    assert_eq!(timestamp_imprint(&plain).unwrap().len(), 256);
    let long = crate::tlv::tlv(0x30, &[&crate::tlv::tlv(4, &[&[0; 40_000]])]);
    assert_eq!(with_timestamp(&plain, &long), Err(PadesError::Room));
}

#[cfg(feature = "verify")]
mod attacks;
#[cfg(feature = "verify")]
mod verified;
