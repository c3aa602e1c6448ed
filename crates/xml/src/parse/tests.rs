use proptest::prelude::*;

use crate::{Document, Limits, Node, XmlErrorKind, XmlErrorKind as K};

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap()
}

fn refusal(xml: &str) -> XmlErrorKind {
    refusal_within(xml, &Limits::DEFAULT)
}

fn refusal_within(xml: &str, limits: &Limits) -> XmlErrorKind {
    match Document::parse(xml.as_bytes(), limits) {
        Ok(_) => panic!("{xml} was read"),
        Err(error) => error.kind(),
    }
}

#[test]
fn the_tree_holds_what_was_written() {
    let document = parse(
        "\u{FEFF}<?xml version='1.0' encoding='utf-8' standalone=\"yes\" ?>\n<!-- c --><?p d ?>\
         <r xmlns='urn:d' xmlns:p='urn:p' p:a='1' a='2'>x<p:e/>y<![CDATA[<z>]]><!--k-->w</r>\n<?q?>",
    );
    let root = document.root();
    assert!(root.is("urn:d", "r"));
    assert_eq!(root.attribute("a"), Some("2"));
    assert_eq!(root.attribute_in("urn:p", "a"), Some("1"));
    assert_eq!(root.text(), "xy<z>w");
    assert_eq!(root.nodes().count(), 5);
    let e = root.child("urn:p", "e").unwrap();
    assert_eq!((e.prefix(), e.parent(), e.namespace_of("")), ("p", Some(root), Some("urn:d")));
    assert_eq!(e.namespace_of("q"), None);
    let outside: Vec<_> = document.nodes().collect();
    assert_eq!(outside[0], Node::Comment(" c "));
    assert_eq!(outside[1], Node::ProcessingInstruction { target: "p", data: "d " });
    assert_eq!(outside[3], Node::ProcessingInstruction { target: "q", data: "" });
}

#[test]
fn elements_are_found_by_name_and_path() {
    let document = parse("<r><a><b>1</b><b>2</b></a><c/><d><b/></d></r>");
    let root = document.root();
    assert_eq!(root.path(&["a", "b"]).unwrap().text(), "1");
    assert!(root.path(&["a", "x"]).is_none());
    let a = root.child("", "a").unwrap();
    assert_eq!(a.children_named("", "b").count(), 2);
    assert!(a.only_child("", "b").is_none());
    assert_eq!(root.only_child("", "c").unwrap().local(), "c");
    let names: Vec<_> = a.descendants().map(|e| e.local()).collect();
    assert_eq!(names, ["a", "b", "b"]);
    assert_eq!(document.elements().count(), 7);
}

#[test]
fn line_ends_and_attribute_values_are_normalised() {
    let document = parse("<r a='x\r\ny\tz\nw\r' b='&#xA;&#13;&#9;'>p\r\nq\rs&#13;</r>");
    let root = document.root();
    assert_eq!(root.attribute("a"), Some("x y z w "));
    assert_eq!(root.attribute("b"), Some("\n\r\t"));
    assert_eq!(root.text(), "p\nq\ns\r");
}

#[test]
fn predefined_entities_and_character_references_are_resolved() {
    assert_eq!(
        parse("<r>&lt;&gt;&amp;&quot;&apos;&#65;&#x1F9EA;</r>").root().text(),
        "<>&\"'A\u{1F9EA}"
    );
}

#[test]
fn a_document_type_is_refused() {
    assert_eq!(refusal("<!DOCTYPE r><r/>"), K::Doctype);
    assert_eq!(refusal("<?xml version='1.0'?><!-- --><!DOCTYPE r SYSTEM 'x'><r/>"), K::Doctype);
    assert_eq!(refusal("<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>"), K::Doctype);
}

#[test]
fn entities_are_refused() {
    assert_eq!(refusal("<r>&a;</r>"), K::UnknownEntity);
    assert_eq!(refusal("<r a='&nbsp;'/>"), K::UnknownEntity);
    assert_eq!(refusal("<r>a & b</r>"), K::UnknownEntity);
    assert_eq!(refusal("<r>&#0;</r>"), K::ForbiddenCharacter);
    assert_eq!(refusal("<r>&#xD800;</r>"), K::ForbiddenCharacter);
    assert_eq!(refusal("<r>&#x+41;</r>"), K::Malformed);
    assert_eq!(refusal("<r>&#;</r>"), K::Malformed);
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for (xml, kind) in [
        ("", K::UnexpectedEnd),
        ("text", K::Malformed),
        ("<r>", K::UnexpectedEnd),
        ("<r", K::UnexpectedEnd),
        ("<r><a></r></a>", K::MismatchedTag),
        ("<r></x:r>", K::MismatchedTag),
        ("<r/><r/>", K::TrailingContent),
        ("<r/>x", K::TrailingContent),
        ("<r a='1' a='2'/>", K::DuplicateAttribute),
        ("<r a='1'b='2'/>", K::Malformed),
        ("<r a=1/>", K::Malformed),
        ("<r a/>", K::Malformed),
        ("<r a='<'/>", K::Malformed),
        ("<r>]]></r>", K::Malformed),
        ("<r><!-- a -- b --></r>", K::Malformed),
        ("<r><!-- a ---></r>", K::Malformed),
        ("<r><![CDATA[x</r>", K::UnexpectedEnd),
        ("<r><?xml version='1.0'?></r>", K::MalformedName),
        (" <?xml version='1.0'?><r/>", K::MalformedName),
        ("<r><?a:b c?></r>", K::MalformedName),
        ("<1r/>", K::MalformedName),
        ("<a:b:c xmlns:a='urn:a'/>", K::MalformedName),
        ("<:r/>", K::MalformedName),
        ("< r/>", K::MalformedName),
        ("<r>\u{1}</r>", K::ForbiddenCharacter),
        ("<r a='\u{FFFE}'/>", K::ForbiddenCharacter),
        ("<r/>\0", K::TrailingContent),
        ("<?xml version='1.1'?><r/>", K::UnsupportedVersion),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><r/>", K::NotUtf8),
        ("<?xml version='1.0' standalone='maybe'?><r/>", K::Malformed),
        ("<?xml version='1.0'encoding='UTF-8'?><r/>", K::Malformed),
    ] {
        assert_eq!(refusal(xml), kind, "{xml}");
    }
    let error = Document::parse(b"<r>\xff</r>", &Limits::DEFAULT).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (K::NotUtf8, 3));
}

#[test]
fn namespaces_are_held_to_their_rules() {
    for (xml, kind) in [
        ("<p:r/>", K::UnboundPrefix),
        ("<r p:a='1'/>", K::UnboundPrefix),
        ("<r><a xmlns:p='urn:p'/><p:b/></r>", K::UnboundPrefix),
        ("<r xmlns:p=''/>", K::NamespaceMisuse),
        ("<r xmlns:xmlns='urn:p'/>", K::NamespaceMisuse),
        ("<r xmlns:xml='urn:p'/>", K::NamespaceMisuse),
        ("<r xmlns='http://www.w3.org/XML/1998/namespace'/>", K::NamespaceMisuse),
        ("<r xmlns:p='http://www.w3.org/2000/xmlns/'/>", K::NamespaceMisuse),
        ("<xmlns:r/>", K::UnboundPrefix),
        ("<r xmlns:a='urn:1' xmlns:b='urn:1' a:x='1' b:x='2'/>", K::DuplicateAttribute),
    ] {
        assert_eq!(refusal(xml), kind, "{xml}");
    }
    let document = parse(
        "<r xmlns='urn:1' xmlns:p='urn:1' x='' p:x='' xml:lang='en' \
         xmlns:xml='http://www.w3.org/XML/1998/namespace'><a xmlns=''/></r>",
    );
    assert_eq!(document.root().path(&["a"]).unwrap().namespace(), "");
    assert_eq!(document.root().attribute_in(crate::XML_NAMESPACE, "lang"), Some("en"));
}

#[test]
fn every_limit_holds_at_its_bound() {
    let deep = format!("{}{}", "<a>".repeat(8), "</a>".repeat(8));
    let limits = Limits { depth: 8, ..Limits::DEFAULT };
    assert!(Document::parse(deep.as_bytes(), &limits).is_ok());
    assert_eq!(refusal_within(&format!("<a>{deep}</a>"), &limits), K::TooDeep);

    let limits = Limits { nodes: 3, ..Limits::DEFAULT };
    assert!(Document::parse(b"<r>x<a/></r>", &limits).is_ok());
    assert_eq!(refusal_within("<r>x<a/>y</r>", &limits), K::TooManyNodes);

    let limits = Limits { attributes: 2, ..Limits::DEFAULT };
    assert!(Document::parse(b"<r a='' b=''/>", &limits).is_ok());
    assert_eq!(refusal_within("<r a='' b='' xmlns='urn:c'/>", &limits), K::TooManyAttributes);

    let limits = Limits { namespaces: 1, ..Limits::DEFAULT };
    assert!(Document::parse(b"<r><a xmlns='urn:1'/><b xmlns='urn:2'/></r>", &limits).is_ok());
    assert_eq!(
        refusal_within("<r xmlns='urn:1'><b xmlns='urn:2'/></r>", &limits),
        K::TooManyNamespaces
    );

    let limits = Limits { namespace_bytes: 5, ..Limits::DEFAULT };
    assert!(Document::parse(b"<r xmlns:a='urn:1'/>", &limits).is_ok());
    assert_eq!(refusal_within("<r xmlns:a='urn:12'/>", &limits), K::NamespaceTooLong);

    let limits = Limits { bytes: 4, ..Limits::DEFAULT };
    assert!(Document::parse(b"<r/>", &limits).is_ok());
    assert_eq!(refusal_within("<r/> ", &limits), K::TooLarge);
}

#[test]
fn no_caller_can_ask_for_unbounded_depth() {
    let deep = "<a>".repeat(Limits::MAX_DEPTH + 1);
    let limits = Limits { depth: usize::MAX, ..Limits::DEFAULT };
    assert_eq!(refusal_within(&deep, &limits), K::TooDeep);
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Document::parse(&octets, &Limits::DEFAULT);
    }

    #[test]
    fn near_markup_never_panics_and_is_canonicalized_stably(
        parts in proptest::collection::vec(0..PARTS.len(), 0..40)
    ) {
        let xml: String = parts.into_iter().map(|part| PARTS[part]).collect();
        let xml = format!("<r>{xml}</r>");
        if let Ok(document) = Document::parse(xml.as_bytes(), &Limits::DEFAULT) {
            let method = crate::Canonicalization::inclusive().with_comments();
            if let Ok(first) = method.document(&document) {
                let again = Document::parse(&first, &Limits::DEFAULT).unwrap();
                prop_assert_eq!(method.document(&again).unwrap(), first);
            }
        }
    }
}

const PARTS: &[&str] = &[
    "<a>",
    "</a>",
    "<a/>",
    "<p:a xmlns:p='urn:p'>",
    "</p:a>",
    "<a b='",
    "'/>",
    "<!--",
    "-->",
    "<?x ",
    "?>",
    "<![CDATA[",
    "]]>",
    "&amp;",
    "&#13;",
    "&",
    ";",
    "x",
    " ",
    "\r\n",
    "<",
    ">",
    "é",
    "<a xmlns='urn:d'>",
    "<a xmlns=''>",
    "<a xmlns='rel'/>",
    "\"",
    "\t",
    "-",
    "]",
];
