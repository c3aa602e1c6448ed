use proptest::prelude::*;

use super::*;

#[test]
fn a_repeated_parameter_is_refused_and_an_empty_one_is_missing() {
    let parameters = Parameters::read("a=1&b=&c=x+y%2Fz").unwrap();
    assert_eq!(parameters.get("a"), Some("1"));
    assert_eq!(parameters.get("b"), None);
    assert_eq!(parameters.get("c"), Some("x y/z"));
    assert!(Parameters::read("a=1&a=1").is_err());
    assert!(parameters.required("b", "b is missing").is_err());
}

#[test]
fn too_much_is_refused() {
    let many: String = (0..51).map(|number| format!("p{number}=1&")).collect();
    assert!(Parameters::read(&many).is_err());
    assert!(Parameters::read(&format!("a={}", "x".repeat(MAX_LENGTH))).is_err());
}

proptest! {
    #[test]
    fn nothing_panics(text in ".{0,200}") {
        let _ = Parameters::read(&text);
    }
}
