use std::io::Cursor;

use image::{DynamicImage, ImageFormat};

use super::*;
use crate::dialog::{screen::Phrase, words::Language};

fn document(media_type: &str, octets: &[u8]) -> Document {
    Document {
        id: "1".to_owned(),
        name: "A name".to_owned(),
        media_type: media_type.to_owned(),
        content: Some(Base64(octets.to_vec())),
        digest: None,
        size: None,
    }
}

fn shown(media_type: &str, octets: &[u8]) -> ContentItem {
    of(&Received::inline(&document(media_type, octets)).unwrap()).unwrap()
}

/// Every line in English, its kind before it.
fn lines(item: &ContentItem) -> Vec<String> {
    let english = Language::english();
    let say = |phrase: &Phrase| phrase.in_language(english);
    let line = |line: &ContentLine| match line {
        ContentLine::Field { name, value } => format!("{}: {}", say(name), say(value)),
        ContentLine::Heading(said) => format!("# {}", english.say(said.clone())),
        ContentLine::Item { what, how } => {
            format!("* {what}: {}", how.iter().map(say).collect::<Vec<_>>().join("; "))
        }
        ContentLine::Picture(picture) => format!("{} x {}", picture.width, picture.height),
        ContentLine::Text(text) => text.clone(),
        ContentLine::Warning(said) => format!("! {}", english.say(said.clone())),
    };
    item.lines.iter().map(line).collect()
}

#[test]
fn text_of_any_kind_is_shown_as_it_stands() {
    let text = "# Dose\n\n**10** mg <b>now</b> [x](https://example.org)";
    for media_type in ["text/plain", "text/markdown; charset=utf-8", "TEXT/HTML", "text/xml"] {
        let item = shown(media_type, text.as_bytes());
        assert_eq!((lines(&item), item.not_shown), (vec![text.to_owned()], false), "{media_type}");
    }
    let document = document("text/plain", b"\xff\xfe");
    let fault = of(&Received::inline(&document).unwrap()).unwrap_err();
    assert_eq!(fault.code, ErrorCode::DocumentMalformed);
}

#[test]
fn text_that_says_that_it_is_in_other_characters_is_not_shown() {
    // Who goes by the type that is signed reads “<10 mg>”.
    let text: &[u8] = b"+ADw-10 mg+AD4-";
    let xml = b"<?xml version='1.0' encoding='utf-7'?><dose>+ADE-0</dose>";
    for (media_type, octets) in [
        ("text/plain; charset=utf-7", text),
        ("text/plain; charset=utf-16le", b"1\x000\x00"),
        ("application/json; charset=utf-16", b"{}"),
        ("application/xml", xml),
        ("application/hl7-v3+xml", xml),
        ("text/xml; charset=iso-8859-1", b"<a>\xe9</a>"),
    ] {
        let item = shown(media_type, octets);
        assert!(item.not_shown && item.lines.is_empty(), "{media_type}");
        let reason = Language::english().say(item.reason.unwrap());
        assert_eq!(reason, "It is in other characters than UTF-8, which are not drawn here.");
    }
}

#[test]
fn a_text_of_a_megabyte_is_shown_and_a_longer_one_says_its_limit() {
    let item = shown("text/plain", "x".repeat(MAX_SHOWN).as_bytes());
    assert!(!item.not_shown);
    let item = shown("text/plain", "x".repeat(MAX_SHOWN + 1).as_bytes());
    assert!(item.not_shown && item.lines.is_empty());
    let reason = Language::english().say(item.reason.unwrap());
    assert_eq!(reason, "It is longer than the 1024 KB that can be looked through here.");
    assert_eq!(item.size, Some(MAX_SHOWN + 1));
}

#[test]
fn json_in_which_a_name_stands_twice_warns() {
    let item = shown("application/json", br#"{"dose":{"mg":1,"Mg":10}}"#);
    let lines = lines(&item);
    assert!(lines[0].starts_with("! The name “Mg” stands twice"), "{lines:?}");
    assert_eq!(lines[1..], ["dose: ", "    mg: 1", "    Mg: 10"]);
}

#[test]
fn a_prescription_is_summed_up_above_the_whole_document() {
    let octets = include_bytes!("../../dialog/window/tests/fhir.json");
    let item = shown("application/fhir+json", octets);
    let text = lines(&item);
    assert_eq!(item.title.in_language(Language::english()), "Prescription for Ms Ann Example");
    assert_eq!(text[0], "Patient: Ms Ann Example");
    assert!(text.contains(&"NHS number: 9990000018".to_owned()));
    let medicine = "* Amoxicillin 500mg capsules, 21 capsule: One three times a day; \
                    1 capsule · 3 × / 1 d";
    assert!(text.contains(&medicine.to_owned()), "{text:?}");
    let whole = text.iter().position(|line| line == "# The whole document").unwrap();
    // Each string and number of the document is in the outline.
    let value: serde_json::Value = serde_json::from_slice(octets).unwrap();
    let mut leaves = Vec::new();
    collect(&value, &mut leaves);
    for leaf in leaves {
        assert!(text[whole..].iter().any(|line| line.ends_with(&format!(": {leaf}"))), "{leaf}");
    }
    // Its member twice: the outline alone, with a warning.
    let twice = String::from_utf8(octets.to_vec()).unwrap();
    let twice = twice.replace("\"birthDate\"", "\"birthDate\": \"1950-01-01\",\n\"birthDate\"");
    let item = shown("application/fhir+json", twice.as_bytes());
    let text = lines(&item);
    assert_eq!(item.title.in_language(Language::english()), "A name");
    assert!(text[0].starts_with("! This prescription contradicts itself"), "{}", text[0]);
    assert_eq!(text.iter().filter(|line| line.contains("birthDate: ")).count(), 2);
}

fn collect(value: &serde_json::Value, leaves: &mut Vec<String>) {
    match value {
        serde_json::Value::Array(items) => items.iter().for_each(|item| collect(item, leaves)),
        serde_json::Value::Object(members) => {
            members.values().for_each(|member| collect(member, leaves));
        }
        serde_json::Value::String(text) => leaves.push(text.clone()),
        other => leaves.push(other.to_string()),
    }
}

#[test]
fn a_medicine_is_shown_with_the_code_by_which_it_is_dispensed() {
    let octets = include_str!("../../../../crates/signatures/fixtures/prescription-2.xml");
    // The name says amoxicillin, the code another medicine.
    let octets = octets.replace("\"323510009\"", "\"322236009\"");
    let document = document("application/xml", octets.as_bytes());
    let document = Received::inline(&document).unwrap();
    let summary = Prescription::read(octets.as_bytes()).unwrap().summary();
    // As a prescription and in every other format alike.
    for item in [prescription(&document, &summary), of(&document).unwrap()] {
        let text = lines(&item);
        let medicine = "* Amoxicillin 500mg capsules (322236009), 21 capsule: ";
        assert!(text.iter().any(|line| line.starts_with(medicine)), "{text:?}");
        let whole = text.iter().position(|line| line == "# The whole message").unwrap();
        assert_eq!((text.len(), &text[whole + 1]), (whole + 2, &octets));
        assert!(!item.not_shown);
    }
    let other = octets.replacen(
        "codeSystem=\"2.16.840.1.113883.2.1.3.2.4.15\" displayName=\"Amox",
        "codeSystem=\"1.2.3\" displayName=\"Amox",
        1,
    );
    let summary = Prescription::read(other.as_bytes()).unwrap().summary();
    assert_eq!(summary.items[0].code.as_deref(), Some("322236009 of 1.2.3"));
}

#[test]
fn a_prescription_too_long_to_be_looked_through_is_not_shown() {
    let octets = include_str!("../../../../crates/signatures/fixtures/prescription-2.xml");
    let octets = format!("{octets}{}", " ".repeat(MAX_SHOWN));
    let summary = Prescription::read(octets.as_bytes()).unwrap().summary();
    let document = document("application/xml", octets.as_bytes());
    let item = prescription(&Received::inline(&document).unwrap(), &summary);
    assert!(item.not_shown && item.lines.is_empty());
}

#[test]
fn a_picture_is_shown_whatever_the_page_calls_it() {
    let mut octets = Cursor::new(Vec::new());
    DynamicImage::new_rgb8(30, 20).write_to(&mut octets, ImageFormat::Png).unwrap();
    let octets = octets.into_inner();
    for media_type in ["image/png", "application/octet-stream"] {
        let item = shown(media_type, &octets);
        assert_eq!((lines(&item), item.not_shown), (vec!["30 x 20".to_owned()], false));
        assert!(matches!(&item.lines[0], ContentLine::Picture(p) if p.octets.0 == octets));
    }
    let cut = shown("image/png", &octets[..octets.len() - 1]);
    assert!(cut.not_shown);
}

#[test]
fn a_pdf_says_how_many_pages_it_has() {
    let letter = include_bytes!("../../../../crates/signatures/fixtures/letter.pdf");
    let broken: &[u8] = b"%PDF-1.7 and nothing else";
    for (octets, expected) in [
        (&letter[..], "It is a PDF of 2 pages, which are not drawn here."),
        (broken, "It is a PDF, which is not drawn here, and its pages can’t be counted."),
    ] {
        let item = shown("application/octet-stream", octets);
        assert!(item.not_shown && item.lines.is_empty());
        assert_eq!(Language::english().say(item.reason.unwrap()), expected);
    }
}

#[test]
fn anything_else_is_not_shown() {
    for media_type in ["application/pdf", "image/tiff", "application/octet-stream", ""] {
        let item = shown(media_type, b"PK\x03\x04 zip");
        assert!(item.not_shown && item.lines.is_empty(), "{media_type}");
        assert_eq!((item.size, item.digest.len()), (Some(8), 64));
    }
}
