use proptest::prelude::*;

use super::{GpObject, GpObjectError};

#[test]
fn what_servers_send_is_read() {
    let body = "\u{FEFF}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n\
        <!DOCTYPE USER SYSTEM \"https://gas.example/login/dtd\">\r\n<gpOBJECT>\r\n\
        <!-- one --><gpPARAM name=\"cn\">O'Neill & Sons, R&D; &amp; &#65;&lt;</gpPARAM>\
        <gpPARAM id=\"7\" name='nhsjobrole1' orgcode=\"A & B\">x<![CDATA[<&]]>y<!-- z --></gpPARAM>\
        <gpPARAM name=\"ticket\"/><gpPARAM name=\"ssp_url\"></gpPARAM ></gpOBJECT >\n";
    let object = GpObject::read(body.as_bytes()).unwrap();
    let values: Vec<_> = object.params().iter().map(|p| (p.name(), p.value())).collect();
    assert_eq!(
        values,
        [
            ("cn", "O'Neill & Sons, R&D; & A<"),
            ("nhsjobrole1", "x<&y"),
            ("ticket", ""),
            ("ssp_url", "")
        ]
    );
    assert_eq!(object.params()[1].attribute("id"), Some("7"));
    assert_eq!(object.params()[1].attribute("orgcode"), Some("A & B"));
    assert_eq!(object.params()[1].attribute("name"), None);
}

#[test]
fn what_is_written_is_well_formed_and_reads_back() {
    let object = GpObject::default().with("a", "x & <y> \"z\" ]]>").with_attributes(
        "b",
        &[("encoding", "base64"), ("id", "<&\">")],
        "",
    );
    let xml = object.write().unwrap();
    assert!(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE USER SYSTEM \"gpOBJECT.DTD\">\n<gpOBJECT>"));
    assert!(
        xml.contains("<gpPARAM name=\"b\" encoding=\"base64\" id=\"&lt;&amp;&quot;>\"></gpPARAM>")
    );
    assert_eq!(GpObject::read(xml.as_bytes()).unwrap(), object);
    let without_type = xml.replace("<!DOCTYPE USER SYSTEM \"gpOBJECT.DTD\">", "");
    let limits = wardkey_xml::Limits::MESSAGE;
    assert!(wardkey_xml::Document::parse(without_type.as_bytes(), &limits).is_ok());
    assert!(GpObject::default().with("a", "\0").write().is_err());
}

#[test]
fn what_is_no_gpobject_is_refused() {
    for body in [
        "",
        "Invalid input request",
        "<html/>",
        "<gpOBJECT>",
        "<gpOBJECT/>",
        "<gpOBJECT></gpOBJECT><gpOBJECT></gpOBJECT>",
        "<gpOBJECT>text</gpOBJECT>",
        "<gpOBJECT><other/></gpOBJECT>",
        "<gpOBJECT><gpPARAM>x</gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name=''>x</gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name='a' name='b'>x</gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name='a' id='1' id='2'>x</gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name='a'id='1'>x</gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name='a<b'>x</gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name='a'><b/></gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name='a'>&#0;</gpPARAM></gpOBJECT>",
        "<gpOBJECT><gpPARAM name='a'>x</gpOBJECT>",
        "<!DOCTYPE a><!DOCTYPE b><gpOBJECT></gpOBJECT>",
    ] {
        assert!(
            matches!(GpObject::read(body.as_bytes()), Err(GpObjectError::Malformed(_))),
            "{body}"
        );
    }
    let control = "<gpOBJECT><gpPARAM name='a'>\u{1}</gpPARAM></gpOBJECT>";
    assert_eq!(GpObject::read(control.as_bytes()), Err(GpObjectError::ForbiddenCharacter));
    assert_eq!(GpObject::read(b"<gpOBJECT>\xFF"), Err(GpObjectError::NotUtf8));
}

#[test]
fn entities_can_be_neither_declared_nor_used() {
    let bomb = "<!DOCTYPE USER [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]>\
        <gpOBJECT><gpPARAM name='cn'>&b;</gpPARAM></gpOBJECT>";
    assert_eq!(GpObject::read(bomb.as_bytes()), Err(GpObjectError::InternalSubset));
    let unknown = "<!DOCTYPE USER SYSTEM 'file:///etc/passwd'>\
        <gpOBJECT><gpPARAM name='cn'>&b;</gpPARAM></gpOBJECT>";
    assert_eq!(GpObject::read(unknown.as_bytes()).unwrap().params()[0].value(), "&b;");
}

#[test]
fn size_and_number_are_bounded() {
    let large = vec![b' '; GpObject::MAX_BYTES + 1];
    assert_eq!(GpObject::read(&large), Err(GpObjectError::TooLarge));
    let param = "<gpPARAM name='a'/>";
    let full = format!("<gpOBJECT>{}</gpOBJECT>", param.repeat(GpObject::MAX_PARAMS));
    assert_eq!(GpObject::read(full.as_bytes()).unwrap().params().len(), GpObject::MAX_PARAMS);
    let over = full.replace("</gpOBJECT>", &format!("{param}</gpOBJECT>"));
    assert_eq!(GpObject::read(over.as_bytes()), Err(GpObjectError::TooLarge));
}

#[test]
fn values_do_not_show_by_accident() {
    let object = GpObject::default().with("sso_ticket", "secret");
    assert_eq!(
        format!("{object:?} {:?}", object.params()[0]),
        "[\"sso_ticket\"] GpParam { name: \"sso_ticket\", .. }"
    );
}

proptest! {
    #[test]
    fn arbitrary_octets_never_panic(octets in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = GpObject::read(&octets);
    }

    #[test]
    fn arbitrary_values_read_back(value in "[ -~¡-ÿ\\n\\t]{0,60}", attribute in "[ -~]{0,20}") {
        let object = GpObject::default().with_attributes("a", &[("b", &attribute)], value);
        prop_assert_eq!(GpObject::read(object.write().unwrap().as_bytes()).unwrap(), object);
    }

    #[test]
    fn near_objects_never_panic(inner in "[<>&;#x/a'\"=! \\-é\\[\\]]{0,60}") {
        let _ = GpObject::read(format!("<gpOBJECT><gpPARAM name='a'>{inner}").as_bytes());
        let _ = GpObject::read(format!("<gpOBJECT><gpPARAM {inner}").as_bytes());
        let _ = GpObject::read(inner.as_bytes());
    }
}
