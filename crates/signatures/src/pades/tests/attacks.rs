//! Attacks on signed PDFs that are known by name: universal forgery (USF), incremental saving
//! (ISA), wrapping (SWA), and shadow documents, in which what is changed was laid out before.

use super::{verified::judged, *};
use crate::{
    pdf::{Object, Reference, Update},
    report::{Report, Verdict},
    testing::judging::{failed, options},
};

/// A signed letter.
fn letter() -> Vec<u8> {
    let key = Key::p256(1);
    signed(&key, request(PLAIN, &certificate(&key), &key))
}

/// A signed document of these objects.
fn document(objects: &[&str]) -> Vec<u8> {
    let key = Key::p256(1);
    signed(&key, request(&file(objects, ""), &certificate(&key), &key))
}

/// The report after these objects were put in.
fn after(signed: &[u8], objects: &[(u32, &str)]) -> Report {
    let read = Pdf::read(signed).unwrap();
    let mut update = Update::of(&read).unwrap();
    for (number, object) in objects {
        let reference = Reference { number: *number, generation: 0 };
        update.put_octets(reference, object.as_bytes().to_vec());
    }
    let (later, _) = update.finish().unwrap();
    let report = judged(&later, &options());
    assert!(!report.covered.contains(&"document".to_owned()), "{report:#?}");
    report
}

fn is_changed(report: &Report) {
    assert_eq!(
        (report.verdict, &*failed(report)),
        (Verdict::Invalid, "laterChanges"),
        "{report:#?}"
    );
    assert_eq!(report.reason.as_deref(), Some("Document was changed after it was signed"));
}

/// With other octets at the place of these, of the same length.
fn replaced(octets: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let place = octets.windows(from.len()).rposition(|window| window == from.as_bytes()).unwrap();
    let mut octets = octets.to_vec();
    octets[place..place + to.len()].copy_from_slice(to.as_bytes());
    octets
}

fn range(octets: &[u8]) -> String {
    let text = String::from_utf8_lossy(octets);
    let text = text.rsplit("/ByteRange [").next().unwrap();
    text.split(']').next().unwrap().to_owned()
}

#[test]
fn universal_forgery_leaves_out_what_would_be_checked() {
    let signed = letter();
    for (from, to) in [("/ByteRange", "/ByteRangx"), ("/Contents <", "/Contentx <")] {
        let report = judged(&replaced(&signed, from, to), &options());
        assert_eq!(failed(&report), "byteRange", "{from}");
    }
    let range = range(&signed);
    for other in ["0 0 0 0", "0 1", "", "null null null null", "0 -1 -1 -1", "-1 0 1 2", "(a)"] {
        let report = judged(&replaced(&signed, &range, &format!("{other:34}")), &options());
        assert_eq!(failed(&report), "byteRange", "{other}");
    }
    let placed = placed::all(&Pdf::read(&signed).unwrap()).unwrap().pop().unwrap();
    let contents = String::from_utf8(signed[placed.contents.clone()].to_vec()).unwrap();
    let length = contents.len();
    let filled = |text: &str| format!("{text:length$}");
    for (other, check) in [
        (filled("null"), "byteRange"),
        (filled("()"), "byteRange"),
        (filled("<>"), "byteRange"),
        (format!("<{}>", "0".repeat(length - 2)), "format"),
        (format!("<3000{}>", "0".repeat(length - 6)), "format"),
        (format!("{}1>", &contents[..length - 2]), "format"),
        (contents.replace("00>", "0 >"), "byteRange"),
    ] {
        let report = judged(&replaced(&signed, &contents, &other), &options());
        assert_eq!(failed(&report), check, "{}", &other[..9]);
    }
}

#[test]
fn incremental_saving_changes_what_is_shown() {
    let signed = letter();
    let content = "<</Length 21>>\nstream\nBT (Digoxin 10 mg) Tj ET\nendstream";
    is_changed(&after(&signed, &[(7, content)]));
    let page = "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 20 0 R>>";
    is_changed(&after(&signed, &[(3, page), (20, content)]));
    is_changed(&after(&signed, &[(2, "<</Type/Pages/Kids[4 0 R]/Count 1>>")]));
    is_changed(&after(&signed, &[(5, "<</Type/Font/Subtype/Type3>>")]));
    let catalog = "<</Type/Catalog/Pages 2 0 R/Lang(en-GB)/AcroForm<</Fields[10 0 R]/SigFlags 3>>";
    is_changed(&after(&signed, &[(1, &format!("{catalog}/OpenAction 3 0 R>>"))]));
    // An overwritten signature is none.
    assert_eq!(failed(&after(&signed, &[(9, "<</Type/Sig>>")])), "byteRange");
    assert_eq!(failed(&after(&signed, &[(10, "<</FT/Sig/T(Signature1)>>")])), "format");
    for more in ["7 0 obj\n(b)\nendobj\n", "%%EOF", "startxref\n0\n%%EOF\n"] {
        let report = judged(&[&signed, more.as_bytes()].concat(), &options());
        assert_eq!((report.verdict, &*failed(&report)), (Verdict::Invalid, "format"), "{more:?}");
    }
    let start = Pdf::read(&signed).unwrap().start();
    let smaller = |size| {
        let trailer = format!("trailer\n<</Size {size}/Root 1 0 R/Prev {start}>>\n");
        let end = format!("xref\n0 0\n{trailer}startxref\n{}\n%%EOF\n", signed.len());
        judged(&[&signed, end.as_bytes()].concat(), &options())
    };
    is_changed(&smaller(5));
    assert!(smaller(11).is_valid());
    // White space is no change, and yet not covered.
    let report = judged(&[&signed[..], b"\n"].concat(), &options());
    assert_eq!(
        (report.verdict, &report.covered[..]),
        (Verdict::Valid, &["signedRevision".to_owned()][..])
    );
}

#[test]
fn a_copy_of_the_signature_covers_nothing_new() {
    let signed = letter();
    let placed = placed::all(&Pdf::read(&signed).unwrap()).unwrap().pop().unwrap();
    let begin = signed.windows(8).position(|window| window == b"9 0 obj\n").unwrap() + 8;
    let end = placed.contents.end + 2;
    let copy = String::from_utf8(signed[begin..end].to_vec()).unwrap();
    // By another number, and by the same.
    let field = "<</FT/Sig/T(Signature1)/Type/Annot/Subtype/Widget/Rect[0 0 0 0]/V 30 0 R>>";
    for objects in [&[(10, field), (30, &copy)][..], &[(9, &copy)]] {
        assert_eq!(failed(&after(&signed, objects)), "byteRange");
    }
    // In the open: the copy's range is its own, and the digest another.
    let other = "<</Type/Page/Parent 2 0 R>>";
    assert_eq!(failed(&after(&signed, &[(3, other), (9, &copy)])), "byteRange");
}

/// The file with more after Contents, so that every place is still found.
fn wrapped(signed: &[u8], more: &str) -> Vec<u8> {
    let read = Pdf::read(signed).unwrap();
    let end = placed::all(&read).unwrap()[0].contents.end;
    let (start, length) = (read.start(), more.len());
    let field = b"10 0 obj";
    let field = signed.windows(field.len()).position(|window| window == field).unwrap();
    let wrapped = [&signed[..end], more.as_bytes(), &signed[end..]].concat();
    let wrapped = replaced(&wrapped, &format!("{field:010} "), &format!("{:010} ", field + length));
    let start = [start, start + length].map(|start| format!("startxref\n{start}\n"));
    replaced(&wrapped, &start[0], &start[1])
}

#[test]
fn wrapping_moves_what_is_signed_away() {
    let signed = letter();
    let placed = placed::all(&Pdf::read(&signed).unwrap()).unwrap().pop().unwrap();
    let numbers = range(&signed);
    let rest = signed.len() - placed.contents.end;
    for more in ["/Extra (7 0 obj)", "/ByteRange [0 1 2 3]", "/Contents <00>", "(odd)"] {
        let check = if more.starts_with("/Extra") { "byteRange" } else { "format" };
        // With the range as it is, and with one that leaves out what was put in.
        let wrapped = wrapped(&signed, more);
        assert_eq!(failed(&judged(&wrapped, &options())), check, "{more}");
        let moved = placed.contents.end + more.len();
        let other = format!("{:34}", format!("0 {} {moved} {rest}", placed.contents.start));
        let first = wrapped.windows(34).position(|window| window == numbers.as_bytes()).unwrap();
        let mut wrapped = wrapped;
        wrapped[first..first + 34].copy_from_slice(other.as_bytes());
        assert_eq!(failed(&judged(&wrapped, &options())), check, "{more}");
    }
    // The gap is wider than the value, or lies elsewhere.
    let [start, end] = [placed.contents.start, placed.contents.end];
    let rest = signed.len() - end;
    for (start, end, rest) in [
        (start, end + 2, rest - 2),
        (start - 1, end, rest),
        (start + 1, end - 1, rest + 1),
        (start, end, rest + 1),
        (start, end, rest - 2),
        (10, 20, signed.len() - 20),
    ] {
        let other = format!("{:34}", format!("0 {start} {end} {rest}"));
        let report = judged(&replaced(&signed, &numbers, &other), &options());
        assert_eq!(failed(&report), "byteRange", "{other}");
    }
}

const PAGES: &str = "<</Type/Pages/Kids[3 0 R]/Count 1>>";
const PAGE: &str = "<</Type/Page/Parent 2 0 R/Contents 4 0 R>>";
const TEXT: &str = "<</Length 15>>\nstream\nBT (Ten) Tj ET \nendstream";

#[test]
fn shadows_are_not_brought_to_light() {
    // What is referred to and missing.
    let page = "<</Type/Page/Parent 2 0 R/Contents[4 0 R 90 0 R]>>";
    let signed = document(&["<</Type/Catalog/Pages 2 0 R>>", PAGES, page, TEXT]);
    is_changed(&after(&signed, &[(90, "<</Length 1>>\nstream\nQ\nendstream")]));
    // Metadata that is shown.
    let catalog = "<</Type/Catalog/Pages 2 0 R/Metadata 4 0 R>>";
    let signed = document(&[catalog, PAGES, PAGE, TEXT]);
    is_changed(&after(&signed, &[(4, "<</Length 1>>\nstream\nQ\nendstream")]));
    // Metadata that is not.
    let hidden = "<</Type/Metadata/Length 0>>\nstream\n\nendstream";
    let catalog = "<</Type/Catalog/Pages 2 0 R/Metadata 5 0 R>>";
    let signed = document(&[catalog, PAGES, PAGE, TEXT, hidden]);
    assert!(after(&signed, &[(5, hidden)]).is_valid());
    // Layers, looks of annotations, and values of fields.
    let catalog = "<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>/OCProperties<<>>>>";
    let page = "<</Type/Page/Parent 2 0 R/Contents 4 0 R/Annots[5 0 R]>>";
    let field = "<</FT/Tx/T(Dose)/V(1 mg)/Subtype/Widget/Rect[0 0 9 9]>>";
    let signed = document(&[catalog, PAGES, page, TEXT, field]);
    is_changed(&after(&signed, &[(5, &field.replace("(1 mg)", "(9 mg)"))]));
    is_changed(&after(&signed, &[(5, &field.replace("/Rect", "/AP<<>>/Rect"))]));
    let (_, form) = Pdf::read(&signed).unwrap().catalog().unwrap();
    let mut catalog = Vec::new();
    let mut changed = form.clone();
    changed.set("OCProperties", Object::Null);
    changed.write(&mut catalog);
    is_changed(&after(&signed, &[(1, &String::from_utf8(catalog).unwrap())]));
    is_changed(&after(&signed, &[(4, "null")]));
}

#[test]
fn a_later_signature_draws_nothing() {
    let signed = letter();
    let read = Pdf::read(&signed).unwrap();
    let mut form = read.catalog().unwrap().1;
    let mut catalog = Vec::new();
    let mut fields = read.form().unwrap().unwrap();
    let ten = Object::Reference(Reference { number: 10, generation: 0 });
    let more = Object::Reference(Reference { number: 11, generation: 0 });
    fields.set("Fields", Object::Array(vec![ten.clone(), more]));
    form.set("AcroForm", Object::Dictionary(fields));
    form.write(&mut catalog);
    let catalog = String::from_utf8(catalog).unwrap();
    let page = "<</Type /Page/Parent 2 0 R/MediaBox [0 0 595 842]/Contents 7 0 R\
                /Resources <</Font <</F1 5 0 R>>>>/Annots [10 0 R 11 0 R]>>";
    let widget = |more: &str| format!("<</Type/Annot/Subtype/Widget/FT/Sig/T(New){more}>>");
    let with = |widget: &str| after(&signed, &[(1, &catalog), (3, page), (11, widget)]);
    for unseen in ["/Rect[0 0 0 0]", "/Rect[10 10 10.0 90]", "/F 2/Rect[0 0 9 9]", ""] {
        let report = with(&widget(unseen));
        assert!(report.is_valid(), "{unseen}: {report:#?}");
    }
    for seen in ["/Rect[0 0 99 99]", "/Rect[0 0 9]", "/Rect 5 0 R", "/Kids[]", "/AA<</PO<<>>>>"] {
        is_changed(&with(&widget(seen)));
    }
    is_changed(&with(&widget("").replace("/Sig", "/Tx")));
    // An annotation that is no field.
    let annotation = "<</Type/Annot/Subtype/FreeText/Rect[0 0 99 99]>>";
    is_changed(&after(&signed, &[(3, page), (11, annotation)]));
}
