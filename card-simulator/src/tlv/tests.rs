use super::{find, object};

#[test]
fn lengths_take_the_shortest_form() {
    assert_eq!(object(&[0x70], &[]), [0x70, 0x00]);
    assert_eq!(object(&[0x5c], &[7; 0x7f])[..2], [0x5c, 0x7f]);
    assert_eq!(object(&[0x53], &[7; 0x80])[..3], [0x53, 0x81, 0x80]);
    assert_eq!(object(&[0x53], &[7; 0x100])[..4], [0x53, 0x82, 0x01, 0x00]);
}

#[test]
fn an_object_is_found_behind_others_and_long_tags() {
    let data = [object(&[0x71], &[0]), object(&[0x7f, 0x49], &[1, 2, 3])].concat();
    assert_eq!(find(&[0x7f, 0x49], &data), Some(&[1, 2, 3][..]));
    assert_eq!(find(&[0x71], &data), Some(&[0][..]));
    assert_eq!(find(&[0x70], &data), None);
}

#[test]
fn cut_off_bytes_are_no_object() {
    let whole = object(&[0x7f, 0x49], &[9; 300]);
    for length in 0..whole.len() {
        assert_eq!(find(&[0x7f, 0x49], &whole[..length]), None, "{length} bytes");
    }
}
