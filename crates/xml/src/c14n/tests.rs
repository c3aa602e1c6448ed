use std::{collections::BTreeMap, fs, path::Path};

use super::{C14nError, Canonicalization};
use crate::{Document, Element, Limits, Node};

fn parse(xml: &str) -> Document {
    Document::parse(xml.as_bytes(), &Limits::DEFAULT).unwrap()
}

fn exclusive(xml: &str, path: &[&str]) -> String {
    let document = parse(xml);
    let element = document.root().path(path).unwrap();
    String::from_utf8(Canonicalization::exclusive().element(element).unwrap()).unwrap()
}

fn whole(method: &Canonicalization, xml: &str) -> String {
    String::from_utf8(method.document(&parse(xml)).unwrap()).unwrap()
}

#[test]
fn exclusive_renders_only_what_is_used() {
    let xml =
        "<a:r xmlns:a='urn:a' xmlns:b='urn:b' xmlns='urn:d'><a:x b:k='1' j='2'><y/></a:x></a:r>";
    assert_eq!(
        exclusive(xml, &["x"]),
        "<a:x xmlns:a=\"urn:a\" xmlns:b=\"urn:b\" j=\"2\" b:k=\"1\"><y xmlns=\"urn:d\"></y></a:x>"
    );
}

#[test]
fn exclusive_undeclares_the_default_namespace_where_the_output_has_one() {
    let xml = "<r xmlns='urn:d'><x xmlns=''><y/></x></r>";
    assert_eq!(exclusive(xml, &[]), "<r xmlns=\"urn:d\"><x xmlns=\"\"><y></y></x></r>");
    assert_eq!(exclusive(xml, &["x"]), "<x><y></y></x>");
}

#[test]
fn exclusive_renders_a_prefix_again_after_it_meant_something_else() {
    let xml = "<p:r xmlns:p='urn:1'><p:x xmlns:p='urn:2'><p:y xmlns:p='urn:1'/></p:x><p:z/></p:r>";
    assert_eq!(
        exclusive(xml, &[]),
        "<p:r xmlns:p=\"urn:1\"><p:x xmlns:p=\"urn:2\"><p:y xmlns:p=\"urn:1\"></p:y></p:x><p:z></p:z></p:r>"
    );
}

#[test]
fn listed_prefixes_are_rendered_where_they_come_into_scope() {
    let document = parse(
        "<r xmlns:u='urn:u' xmlns='urn:d'><p:x xmlns:p='urn:p' xmlns:v='urn:v'><p:y/></p:x></r>",
    );
    let x = document.root().path(&["x"]).unwrap();
    let method =
        Canonicalization::exclusive().with_inclusive_prefixes(["u", "v", "#default", "no"]);
    assert_eq!(
        String::from_utf8(method.element(x).unwrap()).unwrap(),
        "<p:x xmlns=\"urn:d\" xmlns:p=\"urn:p\" xmlns:u=\"urn:u\" xmlns:v=\"urn:v\"><p:y></p:y></p:x>"
    );
}

#[test]
fn inclusive_takes_over_what_ancestors_set() {
    let document = parse(
        "<r xmlns:a='urn:a' xml:lang='en' xml:space='preserve' xml:id='i'><s xml:lang='cy'><x a:k=''/></s></r>",
    );
    let x = document.root().path(&["s", "x"]).unwrap();
    assert_eq!(
        String::from_utf8(Canonicalization::inclusive().element(x).unwrap()).unwrap(),
        "<x xmlns:a=\"urn:a\" xml:id=\"i\" xml:lang=\"cy\" xml:space=\"preserve\" a:k=\"\"></x>"
    );
    assert_eq!(
        String::from_utf8(Canonicalization::inclusive_1_1().element(x).unwrap()).unwrap(),
        "<x xmlns:a=\"urn:a\" xml:lang=\"cy\" xml:space=\"preserve\" a:k=\"\"></x>"
    );
    let based = parse("<r xml:base='http://a.example/b/'><s xml:base='../c/'><x/></s></r>");
    let x = based.root().path(&["s", "x"]).unwrap();
    assert_eq!(
        String::from_utf8(Canonicalization::inclusive_1_1().element(x).unwrap()).unwrap(),
        "<x xml:base=\"http://a.example/c/\"></x>"
    );
    assert_eq!(
        String::from_utf8(Canonicalization::inclusive().element(x).unwrap()).unwrap(),
        "<x xml:base=\"../c/\"></x>"
    );
    let own = parse("<r xml:base='b/c'><x xml:base='../d' a=''/></r>");
    let x = own.root().path(&["x"]).unwrap();
    assert_eq!(
        String::from_utf8(Canonicalization::inclusive_1_1().element(x).unwrap()).unwrap(),
        "<x a=\"\" xml:base=\"d\"></x>"
    );
}

#[test]
fn characters_are_escaped_as_prescribed() {
    let xml =
        "<r a='&lt;&gt;&amp;&quot;&#39;&#9;&#10;&#13;'>&lt;&gt;&amp;\"'&#13;<![CDATA[<]]></r>";
    assert_eq!(
        whole(&Canonicalization::exclusive(), xml),
        "<r a=\"&lt;>&amp;&quot;'&#x9;&#xA;&#xD;\">&lt;&gt;&amp;\"'&#xD;&lt;</r>"
    );
}

#[test]
fn nodes_around_the_root_stand_on_their_own_lines() {
    let xml = "<?a b?><!--c--><r><!--d--></r><!--e--><?f?>";
    for method in ALL {
        let (bare, with_comments) = (method(), method().with_comments());
        assert_eq!(whole(&bare, xml), "<?a b?>\n<r></r>\n<?f?>", "{bare:?}");
        assert_eq!(
            whole(&with_comments, xml),
            "<?a b?>\n<!--c-->\n<r><!--d--></r>\n<!--e-->\n<?f?>",
            "{with_comments:?}"
        );
    }
}

/// A comment's characters stand as they are, and it takes nothing of its surroundings.
#[test]
fn comments_are_kept_or_dropped_by_each_method() {
    let xml = "<a:r xmlns:a='urn:a' xmlns:b='urn:b'><a:x xml:lang='cy'> <!-- <&b:k> \" --><a:y/>\
               <!----></a:x></a:r>";
    let document = parse(xml);
    let x = document.root().path(&["x"]).unwrap();
    let octets = |method: Canonicalization| String::from_utf8(method.element(x).unwrap()).unwrap();
    for (method, namespaces) in
        ALL.into_iter().zip(["", " xmlns:b=\"urn:b\"", " xmlns:b=\"urn:b\""])
    {
        let begin = format!("<a:x xmlns:a=\"urn:a\"{namespaces} xml:lang=\"cy\"> ");
        assert_eq!(octets(method()), format!("{begin}<a:y></a:y></a:x>"));
        assert_eq!(
            octets(method().with_comments()),
            format!("{begin}<!-- <&b:k> \" --><a:y></a:y><!----></a:x>")
        );
    }
}

#[test]
fn relative_namespaces_are_refused() {
    for xml in ["<r xmlns='rel'/>", "<r xmlns:p='../x'/>", "<r xmlns:p='1a:b'/>"] {
        let result = Canonicalization::exclusive().document(&parse(xml));
        assert_eq!(result, Err(C14nError::RelativeNamespace), "{xml}");
    }
    let document = parse("<r xmlns='rel'><x xmlns=''/></r>");
    let x = document.root().path(&["x"]).unwrap();
    assert_eq!(Canonicalization::exclusive().element(x), Err(C14nError::RelativeNamespace));
}

/// One long declaration, which exclusive canonicalization writes at each element that uses it.
#[test]
fn what_grows_beyond_bounds_has_no_canonical_form() {
    let amplified = |count: usize| {
        let uses = "<p:x/>".repeat(count);
        parse(&format!("<r xmlns:p='urn:{}'>{uses}</r>", "a".repeat(1000)))
    };
    let (method, few) = (Canonicalization::exclusive(), amplified(100));
    let small = method.document(&few).unwrap();
    assert_eq!(method.clone().at_most(small.len()).document(&few), Ok(small.clone()));
    let short = method.clone().at_most(small.len() / 2).document(&few);
    assert_eq!(short, Err(C14nError::TooLarge));
    // 2 MB that would be 300.
    let many = amplified(300_000);
    assert_eq!(method.document(&many), Err(C14nError::TooLarge));
    assert_eq!(method.at_most(usize::MAX).document(&many), Err(C14nError::TooLarge));
    assert!(Canonicalization::inclusive().document(&many).is_ok());
}

#[test]
fn a_part_can_be_left_out() {
    let document = parse("<r>\n <a><s/></a> <s/>\n</r>");
    let root = document.root();
    let signature = root.child("", "s").unwrap();
    let method = Canonicalization::exclusive();
    assert_eq!(method.element_without(root, signature).unwrap(), b"<r>\n <a><s></s></a> \n</r>");
    let bare = method
        .element_filtered(root, &|node| !matches!(node, Node::Text(text) if text.trim().is_empty()))
        .unwrap();
    assert_eq!(bare, b"<r><a><s></s></a><s></s></r>");
}

#[test]
fn methods_are_known_by_their_identifiers() {
    for method in ALL {
        for method in [method(), method().with_comments()] {
            assert_eq!(Canonicalization::from_uri(&method.uri()), Some(method));
        }
    }
    assert_eq!(Canonicalization::from_uri("http://www.w3.org/2001/10/xml-exc-c14n"), None);
}

#[test]
fn the_published_cases_give_their_octets_or_are_refused_on_purpose() {
    let Ok(vectors) = std::env::var("WARDKEY_VECTORS") else {
        println!(
            "skipped: the_published_cases_give_their_octets_or_are_refused_on_purpose \
             (WARDKEY_VECTORS is not set)"
        );
        return;
    };
    let mut counts = BTreeMap::new();
    for (folder, method) in [
        ("without-comments", Canonicalization::inclusive()),
        ("with-comments", Canonicalization::inclusive().with_comments()),
        ("1-1-without-comments", Canonicalization::inclusive_1_1()),
        ("exc-without-comments", Canonicalization::exclusive()),
    ] {
        let inputs = Path::new(&vectors).join("c14n/test/c14n").join(folder);
        let results = Path::new(&vectors).join("c14n/result/c14n").join(folder);
        let mut cases: Vec<_> = fs::read_dir(inputs).unwrap().map(|e| e.unwrap().path()).collect();
        cases.retain(|path| path.extension().is_some_and(|extension| extension == "xml"));
        cases.sort();
        for case in cases {
            let name = case.file_stem().unwrap().to_string_lossy().into_owned();
            let outcome = match octets(&case, &method) {
                Err(why) => format!("refused: {why}"),
                Ok(octets) => {
                    let expected = fs::read(results.join(&name)).unwrap();
                    assert_eq!(
                        String::from_utf8_lossy(&octets),
                        String::from_utf8_lossy(&expected),
                        "{folder}/{name}"
                    );
                    "passes".to_owned()
                }
            };
            let known = PURPOSES.iter().find(|(part, _)| outcome.contains(part));
            let (_, purpose) = known.expect(&outcome);
            println!("{folder:<22} {name:<24} {outcome:<56} {purpose}");
            *counts.entry(outcome.split(':').next().unwrap().to_owned()).or_insert(0) += 1;
        }
    }
    println!("{counts:?}");
    assert_eq!(counts["passes"], 25, "{counts:?}");
}

/// The canonical octets of a case. `Err`: why there are none on purpose.
fn octets(case: &Path, method: &Canonicalization) -> Result<Vec<u8>, String> {
    let input = fs::read(case).unwrap();
    let document = Document::parse(&input, &Limits::DEFAULT).map_err(|error| error.to_string())?;
    let Ok(xpath) = fs::read_to_string(case.with_extension("xpath")) else {
        return Ok(method.document(&document).unwrap());
    };
    let set = NodeSet::of(&xpath).ok_or("its node set is not made of whole elements")?;
    let prefixes = fs::read_to_string(case.with_extension("ns")).unwrap_or_default();
    let method = method.clone().with_inclusive_prefixes(prefixes.split_whitespace());
    let within = |element: Element<'_>, names: &[String]| {
        std::iter::successors(Some(element), |e| e.parent())
            .any(|around| names.iter().any(|name| name == around.local()))
    };
    let is_apex = |element: &Element<'_>| {
        within(*element, &set.with)
            && element.parent().is_none_or(|parent| !within(parent, &set.with))
    };
    let keep = |node: Node<'_>| match node {
        Node::Element(element) => !set.without.iter().any(|name| name == element.local()),
        _ => true,
    };
    let apexes = document.elements().filter(is_apex);
    Ok(apexes.flat_map(|apex| method.element_filtered(apex, &keep).unwrap()).collect())
}

/// The elements of an XPath of the form `(…)[ancestor-or-self::a or ancestor-or-self::b]`, or
/// `(…)[ancestor-or-self::a and not(ancestor-or-self::b or ancestor-or-self::c)]`.
struct NodeSet {
    with: Vec<String>,
    without: Vec<String>,
}

impl NodeSet {
    fn of(xpath: &str) -> Option<Self> {
        let document = Document::parse(xpath.as_bytes(), &Limits::DEFAULT).ok()?;
        let text = document.root().text();
        let (_, condition) = text.split_once('[')?;
        let (condition, _) = condition.split_once(']')?;
        let (with, without) = match condition.split_once(" and not(") {
            Some((with, without)) => (with, without.trim().strip_suffix(')')?),
            None => (condition, ""),
        };
        Some(Self { with: Self::names(with)?, without: Self::names(without)? })
    }

    fn names(terms: &str) -> Option<Vec<String>> {
        let name = |term: &str| {
            let name = term.trim().strip_prefix("ancestor-or-self::")?;
            let local = name.split_once(':').map_or(name, |(_, local)| local);
            local.chars().all(|c| c.is_ascii_alphanumeric()).then(|| local.to_owned())
        };
        terms.split(" or ").filter(|term| !term.trim().is_empty()).map(name).collect()
    }
}

/// Every method without comments.
const ALL: [fn() -> Canonicalization; 3] =
    [Canonicalization::exclusive, Canonicalization::inclusive, Canonicalization::inclusive_1_1];
/// Why an outcome with this in it is on purpose.
const PURPOSES: [(&str, &str); 4] = [
    ("passes", "octet for octet"),
    ("document type declaration", "it can define entities and attributes; never read"),
    ("not UTF-8", "one encoding, so that nobody reads another text"),
    (
        "not made of whole elements",
        "only an XPath transform makes one: what it leaves out, nobody was shown",
    ),
];
