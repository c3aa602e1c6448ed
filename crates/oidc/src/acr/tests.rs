use super::*;

#[test]
fn what_is_asked_is_met_or_not() {
    let asked = |values: &[&str]| values.iter().map(|&v| v.to_owned()).collect::<Vec<_>>();
    let card = Acr::Aal3Smartcard;
    assert!(card.satisfies(&[]));
    assert!(card.satisfies(&asked(&["AAL3_N3_SMARTCARD"])));
    assert!(card.satisfies(&asked(&["AAL3_FIDO2", "AAL3_ANY"])));
    assert!(!card.satisfies(&asked(&["AAL3_FIDO2"])));
    assert!(!card.satisfies(&asked(&["AAL9_TELEPATHY"])));
    assert!(Acr::Aal2Any.satisfies(&asked(&["AAL2_OR_AAL3_ANY"])));
    assert!(!Acr::Aal2Any.satisfies(&asked(&["AAL3_ANY"])));
    assert_eq!(Acr::from_claim("AAL3_FIDO2"), Some(Acr::Aal3Fido2));
    assert_eq!(Acr::from_claim("AAL3_ANY"), None);
}
