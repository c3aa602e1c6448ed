use super::*;

#[test]
fn nonsense_bounds_refuse_nothing_but_the_empty_passcode() {
    assert_eq!(bounds(4, 8), (4, 8));
    assert_eq!(bounds(0, 8), (1, 8));
    assert_eq!(bounds(0, 0), (1, 255));
    assert_eq!(bounds(9, 8), (1, 255));
    assert_eq!(bounds(4, usize::MAX), (4, 255));
    assert_eq!(bounds(usize::MAX, usize::MAX), (1, 255));
}
