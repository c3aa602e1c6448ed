use super::*;

#[test]
fn a_slip_is_told_from_another_word() {
    let keys = ["removal", "removal_grace_seconds", "name", "url"];
    let meant = |word| nearest(word, keys.into_iter());
    assert_eq!(meant("removel"), Some("removal"));
    assert_eq!(meant("Removal"), Some("removal"));
    assert_eq!(meant("removal-grace-second"), Some("removal_grace_seconds"));
    assert_eq!(meant("nmae"), Some("name"));
    assert_eq!(meant("adress"), None);
    assert_eq!(meant("x"), None);
}
