use super::Base64;

#[test]
fn one_text_stands_for_any_octets_and_no_other_is_read() {
    for (octets, text) in
        [(&b""[..], ""), (b"\xfb", "+w=="), (b"\xfb\xff", "+/8="), (b"abc", "YWJj")]
    {
        assert_eq!(Base64(octets.to_vec()).encode(), text);
        assert_eq!(Base64::decode(text).unwrap().0, octets);
    }
    // No padding or too much, bits behind the end, another alphabet, and what is between.
    for text in ["+w", "+w=", "+w===", "+x==", "-w==", "YWJj\n", " YWJj", "YW==YW==", "="] {
        assert_eq!(Base64::decode(text), None, "{text}");
    }
}
