use super::*;

#[test]
fn the_counter_is_read_from_the_status_word() {
    assert_eq!(tries_of(&[0x63, 0xc2]), Some(2));
    assert_eq!(tries_of(&[0x63, 0xc0]), Some(0));
    assert_eq!(tries_of(&[0x69, 0x83]), Some(0));
    // 9000: the passcode is verified already, so the counter is not told.
    assert_eq!(tries_of(&[0x90, 0x00]), None);
    assert_eq!(tries_of(&[0x6a, 0x88]), None);
    assert_eq!(tries_of(&[]), None);
}

#[test]
fn a_card_has_piv_when_the_selection_succeeds() {
    assert!(selected(&[0x61, 0x11, 0x90, 0x00]));
    assert!(selected(&[0x61, 0x3d]));
    assert!(!selected(&[0x6a, 0x82]));
    assert!(!selected(&[0x90]));
}
