use proptest::prelude::*;

use super::ElementBuilder;
use crate::{Document, Limits, XmlErrorKind};

#[test]
fn bad_names_and_characters_are_refused() {
    let kind = |builder: ElementBuilder| builder.to_xml().unwrap_err().kind();
    assert_eq!(kind(ElementBuilder::new("a b")), XmlErrorKind::MalformedName);
    assert_eq!(kind(ElementBuilder::new("a><b")), XmlErrorKind::MalformedName);
    assert_eq!(kind(ElementBuilder::new("a").attribute("b='' c", "")), XmlErrorKind::MalformedName);
    assert_eq!(
        kind(ElementBuilder::new("a").attribute("b", "").attribute("b", "")),
        XmlErrorKind::DuplicateAttribute
    );
    assert_eq!(kind(ElementBuilder::new("a").text("\u{0}")), XmlErrorKind::ForbiddenCharacter);
}

#[test]
fn a_cdata_section_cannot_be_left_early() {
    let xml = ElementBuilder::new("a").cdata("x]]>y\r<z/>").to_document().unwrap();
    let document = Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap();
    assert_eq!(document.root().text(), "x]]>y\r<z/>");
    assert_eq!(document.root().children().count(), 0);
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        value in "[\\t\\n\\r -~¡-ÿ]{0,40}", text in "[\\t\\n\\r -~¡-ÿ]{1,40}"
    ) {
        let xml = ElementBuilder::new("p:a")
            .namespace("p", "urn:p")
            .attribute("v", value.as_str())
            .text(text.as_str())
            .child(ElementBuilder::new("b").cdata(text.as_str()))
            .to_document()
            .unwrap();
        let document = Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap();
        let root = document.root();
        prop_assert_eq!(root.attribute("v"), Some(value.as_str()));
        prop_assert_eq!(root.text(), text.as_str());
        prop_assert_eq!(root.child("", "b").unwrap().text(), text.as_str());
    }
}
