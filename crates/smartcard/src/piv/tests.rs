use super::*;

#[test]
fn the_counter_is_read_from_the_status_word() {
    assert_eq!(Verified::of(&[0x63, 0xc2]), Verified::No { tries_left: 2 });
    assert_eq!(Verified::of(&[0x63, 0xc0]), Verified::No { tries_left: 0 });
    assert_eq!(Verified::of(&[0x69, 0x83]), Verified::No { tries_left: 0 });
    assert_eq!(Verified::of(&[0x90, 0x00]), Verified::Yes);
    assert_eq!(Verified::of(&[0x6a, 0x88]), Verified::Unknown);
    assert_eq!(Verified::of(&[]), Verified::Unknown);
}

#[test]
fn a_card_has_piv_when_the_selection_succeeds() {
    assert!(selected(&[0x61, 0x11, 0x90, 0x00]));
    assert!(selected(&[0x61, 0x3d]));
    assert!(!selected(&[0x6a, 0x82]));
    assert!(!selected(&[0x90]));
}
