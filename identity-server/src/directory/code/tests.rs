use super::*;

#[test]
fn codes_of_their_kind_are_read() {
    for code in ["Y51", "Z9901", "8HP34", "Z99H2", "RXXABCDE1234"] {
        assert_eq!(OdsCode::parse(code).unwrap().as_str(), code);
    }
    assert_eq!(ProfileId::parse("555900000101").unwrap().to_string(), "555900000101");
    assert_eq!(JobRoleCode::parse("S8000:G8000:R8001").unwrap().as_str(), "S8000:G8000:R8001");
    assert_eq!(ActivityCode::parse("B0420").unwrap().as_str(), "B0420");
}

#[test]
fn others_are_not() {
    for code in ["", "Y5", "z9901", "Z99 01", "Z9901Z9901Z99", "Ż9901", "Z99-01"] {
        assert_eq!(OdsCode::parse(code), Err(CodeError::Organisation), "{code}");
    }
    for id in ["", "55500000010", "5550000001011", "55500000010a", "٥٥٥٠٠٠٠٠٠١٠١"] {
        assert_eq!(ProfileId::parse(id), Err(CodeError::Profile), "{id}");
    }
    let wrong = ["R8001", "S8000:G8000", "S8000:G8000:R8001:R8001", "G8000:S8000:R8001", "S:G:R"];
    for code in wrong {
        assert_eq!(JobRoleCode::parse(code), Err(CodeError::JobRole), "{code}");
    }
    for code in ["", "B", "B042", "B04200", "b0420", "A0420", "B042x"] {
        assert_eq!(ActivityCode::parse(code), Err(CodeError::Activity), "{code}");
    }
}
