use wardkey_protocol::own::FindingState;

use super::*;

const AMIRA: &[u8] = include_bytes!("../../agent/testing/amira.der");

#[test]
fn a_certificate_has_its_time() {
    let certificate = Certificate::from_der(AMIRA).unwrap();
    let (from, to) = (certificate.not_before(), certificate.not_after());
    let at = |now: UnixTime| {
        let mut found = of_certificate("The certificate", &certificate, now);
        assert!(found.iter().all(|it| it.details.contains_key("to")), "{found:?}");
        let finding = found.remove(0);
        assert_eq!(finding.state == FindingState::Ok, finding.remedy.is_empty());
        (finding.code, finding.found)
    };
    let code = |now| at(now).0;
    assert_eq!(code(from.minus(1)), "certificate_not_yet_valid");
    assert_eq!(code(from), "certificate");
    assert_eq!(code(to.minus(31 * DAY)), "certificate");
    assert_eq!(
        at(to.minus(9 * DAY)),
        ("certificate_expires_soon".to_owned(), "The certificate expires in 9 days.".to_owned())
    );
    assert_eq!(code(to.plus(1)), "certificate_expired");
    assert_eq!(at(to.plus(DAY)).1, "The certificate expired 1 day ago.");
}
