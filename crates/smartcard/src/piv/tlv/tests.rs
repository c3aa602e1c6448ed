use super::*;

#[test]
fn reads_what_it_writes() {
    for length in [0, 1, 127, 128, 255, 256, 4000] {
        let value = vec![0xab; length];
        for (tag, number) in [(&[0x70][..], 0x70), (&[0x5f, 0x2f], 0x5f2f)] {
            let data = [write(tag, &value), write(&[0xfe], &[])].concat();
            assert_eq!(find(number, &data), Some(&value[..]), "{length}");
            assert_eq!(find(0xfe, &data), Some(&[][..]));
            assert_eq!(objects(&data).count(), 2);
        }
    }
}

#[test]
fn what_lies_about_its_length_is_not_there() {
    for data in [
        &[][..],
        &[0x53],
        &[0x53, 0x80],
        &[0x53, 0x81],
        &[0x53, 0x82, 0xff],
        &[0x53, 0x82, 0xff, 0xff, 0x00],
        &[0x53, 0x83, 0x00, 0x00, 0x01, 0x00],
        &[0x53, 0x84, 0xff, 0xff, 0xff, 0xff],
        &[0x5f],
        &[0x5f, 0xc1, 0x85, 0x85, 0x05, 0x00],
        &[0x1f, 0xff, 0xff, 0xff, 0xff],
    ] {
        assert_eq!(objects(data).count(), 0, "{data:02x?}");
    }
    assert_eq!(header(&[0x53, 0x82, 0x05, 0x00, 0x70]), Some((0x53, 0x500, &[0x70][..])));
}
