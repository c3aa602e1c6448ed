//! The structure of PDFs, sound and hostile.

use miniz_oxide::deflate::compress_to_vec_zlib;

use super::*;

pub(crate) const PLAIN: &[u8] = include_bytes!("../../fixtures/letter.pdf");
pub(crate) const COMPACT: &[u8] = include_bytes!("../../fixtures/letter-compact.pdf");

/// A file of these objects, numbered from 1, of which the first is the catalog.
pub(crate) fn file(objects: &[&str], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f\r\n", objects.len() + 1);
    for (number, object) in (1..).zip(objects) {
        table += &format!("{:010} 00000 n\r\n", out.len());
        out.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let size = objects.len() + 1;
    let end = format!(
        "trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{}\n%%EOF\n",
        out.len()
    );
    [out.as_slice(), table.as_bytes(), end.as_bytes()].concat()
}

/// One of a cross-reference stream alone, with these entries and octets.
fn file_of_stream(entries: &str, octets: &[u8]) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n".to_vec();
    let start = out.len();
    let length = octets.len();
    let head = format!("1 0 obj\n<</Type/XRef/Length {length}/Root 1 0 R{entries}>>\nstream\n");
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(octets);
    let end = format!("\nendstream\nendobj\nstartxref\n{start}\n%%EOF\n");
    out.extend_from_slice(end.as_bytes());
    out
}

const CATALOG: &str = "<</Type/Catalog/Pages 2 0 R>>";
const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R>>";

#[test]
fn pages_are_counted() {
    assert_eq!(pages(PLAIN), Ok(2));
    assert_eq!(pages(COMPACT), Ok(2));
    assert_eq!(pages(&file(&[CATALOG, PAGES, PAGE], "")), Ok(1));
    let twice = "<</Type/Pages/Kids[3 0 R 3 0 R]/Count 2>>";
    assert_eq!(pages(&file(&[CATALOG, twice, PAGE], "")), Err(PdfError::Malformed("a page twice")));
    let around = "<</Type/Pages/Kids[2 0 R]/Count 1>>";
    assert!(pages(&file(&[CATALOG, around, PAGE], "")).is_err());
}

#[test]
fn objects_are_read_as_they_are_written() {
    let text = "[1 -2 +3 4.50 -.002 /A#20b (a\\(b\\)\\101\\n(c)) <48 6f2> true false null \
                << /K 7 0 R /L [] >> 12 0]";
    let read = parse::Parser::at(text.as_bytes(), 0).object(0).unwrap();
    let values = read.as_array().unwrap();
    assert_eq!(values[0..3], [1, -2, 3].map(Object::Integer));
    assert_eq!(values[3], Object::Real(b"4.50".to_vec()));
    assert_eq!(values[5], Object::Name(b"A b".to_vec()));
    assert_eq!(values[6], Object::String(b"a(b)A\n(c)".to_vec()));
    assert_eq!(values[7], Object::String(b"Ho ".to_vec()));
    let reference = Reference { number: 7, generation: 0 };
    let Object::Dictionary(dictionary) = &values[11] else { panic!("{read:?}") };
    assert_eq!(*dictionary.value("K"), Object::Reference(reference));
    assert_eq!(values.len(), 14);
    let mut written = Vec::new();
    read.write(&mut written);
    assert_eq!(parse::Parser::at(&written, 0).object(0).unwrap(), read);
    for broken in ["[1", "(a", "<4", "<4x>", "<</A>>", "<</A 1/A 2>>", "/A#zz", "nul", ")", "--"] {
        let mut parser = parse::Parser::at(broken.as_bytes(), 0);
        assert!(parser.object(0).is_err(), "{broken}");
    }
}

#[test]
fn what_is_encrypted_is_refused() {
    let encrypted = file(&[CATALOG, PAGES, PAGE], "/Encrypt <</Filter/Standard>>");
    assert_eq!(pages(&encrypted), Err(PdfError::Encrypted));
    let older = format!(
        "{}xref\n0 0\ntrailer\n<</Size 4/Root 1 0 R/Prev {}>>\nstartxref\n{}\n%%EOF",
        String::from_utf8(encrypted.clone()).unwrap(),
        Pdf::read(&file(&[CATALOG, PAGES, PAGE], "")).unwrap().start(),
        encrypted.len()
    );
    assert_eq!(pages(older.as_bytes()), Err(PdfError::Encrypted));
}

#[test]
fn no_changed_or_shortened_octet_makes_a_panic() {
    for whole in [PLAIN, COMPACT] {
        for length in 0..whole.len() - 1 {
            assert!(pages(&whole[..length]).is_err(), "{length}");
        }
        for place in 0..whole.len() {
            for bit in [0x01, 0x80] {
                let mut changed = whole.to_vec();
                changed[place] ^= bit;
                let _ = pages(&changed);
            }
        }
    }
}

#[test]
fn cross_references_lead_neither_back_nor_nowhere() {
    let start = Pdf::read(&file(&[CATALOG, PAGES, PAGE], "")).unwrap().start();
    let looping = file(&[CATALOG, PAGES, PAGE], &format!("/Prev {start}"));
    assert!(matches!(pages(&looping), Err(PdfError::Malformed("cross-references that lead back"))));
    for previous in ["9999999", "0", "-1", "99999999999999999999", "(a)"] {
        let lost = file(&[CATALOG, PAGES, PAGE], &format!("/Prev {previous}"));
        assert!(pages(&lost).is_err(), "{previous}");
    }
    let plain = file(&[CATALOG, PAGES, PAGE], "");
    assert!(pages(&[&plain[..], b"more"].concat()).is_err(), "something after the end");
    let other = String::from_utf8(plain.clone()).unwrap().replace("3 0 obj", "4 0 obj");
    assert!(pages(other.as_bytes()).is_err(), "another object at a place");
    assert!(pages(&[b"x", &plain[..]].concat()).is_err());
}

#[test]
fn bombs_are_bounded() {
    let begun = std::time::Instant::now();
    let too_large = |octets: &[u8]| assert_eq!(pages(octets), Err(PdfError::TooLarge));
    // Zeros, a thousand times as long as their compression.
    let bomb = compress_to_vec_zlib(&vec![0; 64 * 1024 * 1024], 6);
    too_large(&file_of_stream("/Size 9/W[1 2 1]/Filter/FlateDecode", &bomb));
    // Entries by the thousand million.
    let many = file_of_stream("/Size 4000000000/W[1 2 1]", b"0123");
    assert!(pages(&many).is_err());
    assert!(pages(&file_of_stream("/Size 4000000000/W[0 0 0]", b"")).is_err());
    assert!(pages(&file_of_stream("/Index[0 99999999999 1 2]/W[1 1 1]", b"abc")).is_err());
    too_large(&file(&[&"[".repeat(100_000), PAGES, PAGE], ""));
    // Each of many objects holds all that follow.
    let mut out = b"%PDF-1.7\n".to_vec();
    let mut places = Vec::new();
    for number in 1..20_000 {
        places.push(out.len());
        out.extend_from_slice(format!("{number} 0 obj (").as_bytes());
    }
    out.extend_from_slice(&b")".repeat(20_000));
    let mut octets = 0;
    for place in &places {
        octets += out.len() - place;
    }
    assert!(octets > 100 * out.len(), "it is no bomb");
    let kids: String = (1..20_000).map(|number| format!("{number} 0 R ")).collect();
    let start = out.len();
    let mut table = "xref\n1 19999\n".to_owned();
    for place in places {
        table += &format!("{place:010} 00000 n\r\n");
    }
    out.extend_from_slice(table.as_bytes());
    let trailer = format!("trailer\n<</Root 1 0 R/Kids[{kids}]>>\nstartxref\n{start}\n%%EOF");
    out.extend_from_slice(trailer.as_bytes());
    assert!(pages(&out).is_err());
    assert!(begun.elapsed() < std::time::Duration::from_secs(60), "{:?}", begun.elapsed());
}

#[test]
fn object_streams_are_of_their_kind_and_not_within_each_other() {
    let other = |from: &str, to: &str| {
        let place = COMPACT.windows(from.len()).position(|window| window == from.as_bytes());
        let mut changed = COMPACT.to_vec();
        changed[place.unwrap()..][..to.len()].copy_from_slice(to.as_bytes());
        pages(&changed)
    };
    assert!(other("/ObjStm", "/ObjSty").is_err());
    assert!(other("/Filter /FlateDecode", "/Filter /LZWDecode  ").is_err());
    assert!(other("/N 6", "/N 9").is_err());
    assert!(other("/Type /XRef", "/Type /XReg").is_err());
}
