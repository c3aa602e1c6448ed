use super::*;

#[test]
fn the_user_id_is_the_digits_before_the_first_underscore() {
    let id = |common_name: &str| Signer::new(common_name, "0a".to_owned()).user_id;
    assert_eq!(id("555000000102_Tom_Lindqvist").as_deref(), Some("555000000102"));
    assert_eq!(id("555000000102").as_deref(), Some("555000000102"));
    assert_eq!(id("Tom Lindqvist"), None);
    assert_eq!(id("_Tom"), None);
    assert_eq!(id("5550x_Tom"), None);
}

#[test]
fn a_report_is_serialised_in_camel_case() {
    let report = Report {
        verdict: Verdict::Indeterminate,
        reason: Some("no list".to_owned()),
        checks: vec![Check::passed("format"), Check::failed("revocation", "no list")],
        signer: Some(Signer::new("1_A_B", "0a".to_owned())),
        covered: vec!["document".to_owned()],
        ..Report::refused("format", "")
    };
    assert!(!report.is_valid());
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["verdict"], "indeterminate");
    assert_eq!(json["signer"]["userId"], "1");
    assert_eq!(json["covered"][0], "document");
    assert_eq!(json["crlAgeSeconds"], serde_json::Value::Null);
    assert_eq!(json["checks"][1]["detail"], "no list");
}
