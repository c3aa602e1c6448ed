use super::*;

#[test]
fn what_is_hidden_is_spelt_out() {
    assert_eq!(visible("10 mg\u{202e}gm 01"), "10 mg[U+202E]gm 01");
    assert_eq!(visible("a\u{200b}b\u{feff}\u{0}"), "a[U+200B]b[U+FEFF][U+0000]");
    assert_eq!(visible("one\r\ntwo\rthree\r"), "one\ntwo[U+000D]three[U+000D]");
    assert_eq!(visible("Zoë\nÅngström 5 µg\tŵ ŷ €"), "Zoë\nÅngström 5 µg ŵ ŷ €");
}

#[test]
fn a_line_stays_one_line() {
    assert_eq!(visible_line("Ward\nto sign in\u{2028}"), "Ward[U+000A]to sign in[U+2028]");
}

/// Bidi_Control, whole (Unicode 16, PropList).
const BIDI_CONTROL: &[char] = &[
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// Default_Ignorable_Code_Point, whole (Unicode 16, DerivedCoreProperties).
const DEFAULT_IGNORABLE: &[(u32, u32)] = &[
    (0xad, 0xad),
    (0x34f, 0x34f),
    (0x61c, 0x61c),
    (0x115f, 0x1160),
    (0x17b4, 0x17b5),
    (0x180b, 0x180f),
    (0x200b, 0x200f),
    (0x202a, 0x202e),
    (0x2060, 0x206f),
    (0x3164, 0x3164),
    (0xfe00, 0xfe0f),
    (0xfeff, 0xfeff),
    (0xffa0, 0xffa0),
    (0xfff0, 0xfff8),
    (0x1bca0, 0x1bca3),
    (0x1d173, 0x1d17a),
    (0xe0000, 0xe0fff),
];

#[test]
fn no_character_of_these_properties_passes() {
    let ignorable = DEFAULT_IGNORABLE.iter().flat_map(|(first, last)| *first..=*last);
    let others = [
        // Controls, separators, annotations, tags, private use, no characters, unassigned.
        0x7f, 0x80, 0x85, 0x9f, 0x2028, 0x2029, 0xfff9, 0xfffa, 0xfffb, 0xe0041, 0xe007f, 0xe000,
        0xf8ff, 0xf0000, 0x10_fffd, 0xfdd0, 0xfffe, 0x1_ffff, 0x378, 0x2_ffff,
        // Blanks that are no space.
        0x2800, 0x1680, 0x2000, 0x200a, 0x205f, 0x3000, 0xfffc, 0x1d159,
    ];
    let hidden = BIDI_CONTROL.iter().map(|character| u32::from(*character));
    for number in hidden.chain(ignorable).chain(others) {
        let character = char::from_u32(number).unwrap();
        assert_eq!(visible(&format!("a{character}b")), format!("a[U+{number:04X}]b"));
    }
}

#[test]
fn every_character_either_stands_or_is_spelt_out() {
    for number in 0..=0x10_ffff {
        let Some(character) = char::from_u32(number) else { continue };
        let shown = visible(&format!("a{character}b"));
        let stands = shown.chars().count() == 3;
        let spelt = shown == format!("a[U+{number:04X}]b");
        assert!(stands || spelt, "U+{number:04X} becomes {shown:?}");
        assert!(!shown.chars().any(is_hidden) || character == '\n', "U+{number:04X}");
    }
}

#[test]
fn marks_neither_strike_out_nor_surround_nor_pile_up() {
    assert_eq!(visible("e\u{301}"), "e\u{301}");
    assert_eq!(visible("o\u{302}\u{301}n"), "o\u{302}\u{301}n");
    assert_eq!(visible("1\u{336}0 mg"), "1[U+0336]0 mg");
    assert_eq!(visible("5\u{20dd}"), "5[U+20DD]");
    assert_eq!(visible("a\u{301}\u{302}\u{303}\u{304}b"), "a\u{301}\u{302}[U+0303][U+0304]b");
    // With nothing to stand on.
    assert_eq!(visible("\u{301}a \u{301}b"), "[U+0301]a [U+0301]b");
    assert_eq!(visible("a\u{200b}\u{301}b"), "a[U+200B][U+0301]b");
}
