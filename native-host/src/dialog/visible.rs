//! Text from outside, made safe to look at.

/// The text with every bidirectional, invisible or control character spelt out, so that nothing
/// can be hidden in it or turned round by it (Unicode Technical Report 36, section 2).
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // Of a line's end as Windows has it.
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => shown.push('\n'),
            '\t' => shown.push(' '),
            hidden if is_hidden(hidden) => {
                shown.push_str(&format!("[U+{:04X}]", u32::from(hidden)));
            }
            plain => shown.push(plain),
        }
    }
    shown
}

/// The same on one line: a line break is spelt out too.
pub fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "[U+000A]")
}

fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{00ad}'
                | '\u{034f}'
                | '\u{061c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_is_spelt_out() {
        assert_eq!(visible("10 mg\u{202e}gm 01"), "10 mg[U+202E]gm 01");
        assert_eq!(visible("a\u{200b}b\u{feff}\u{0}"), "a[U+200B]b[U+FEFF][U+0000]");
        assert_eq!(visible("one\r\ntwo\rthree\r"), "one\ntwo[U+000D]three[U+000D]");
        assert_eq!(visible("Zoë\nÅngström 5 µg"), "Zoë\nÅngström 5 µg");
    }

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(visible_line("Ward\nto sign in\u{2028}"), "Ward[U+000A]to sign in[U+2028]");
    }
}
