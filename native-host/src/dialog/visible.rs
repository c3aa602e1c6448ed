//! Text from outside, made safe to look at.

use unicode_general_category::{GeneralCategory, get_general_category};

/// The text with everything spelt out that could hide in it, turn it round or disfigure it
/// (Unicode Technical Report 36, section 2; Technical Standard 39, section 5.4): controls and
/// formats, so every bidirectional one; what is ignored or blank; line and paragraph separators;
/// characters of private use or of no meaning; marks that strike out, surround, or pile up.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    // Marks may only follow a character that they can stand on.
    let mut marks = MAX_MARKS;
    while let Some(character) = characters.next() {
        let is_mark = !character.is_ascii() && is_mark(character);
        match character {
            // Of a line's end as Windows has it.
            '\r' if characters.peek() == Some(&'\n') => continue,
            '\n' => shown.push('\n'),
            '\t' => shown.push(' '),
            hidden if is_hidden(hidden) || (is_mark && marks >= MAX_MARKS) => {
                spell(hidden, &mut shown);
            }
            plain => shown.push(plain),
        }
        marks = match is_mark {
            true => marks + 1,
            false if character.is_whitespace() || is_hidden(character) => MAX_MARKS,
            false => 0,
        };
    }
    shown
}

/// The same on one line: a line break is spelt out too.
pub fn visible_line(text: &str) -> String {
    visible(text).replace('\n', "[U+000A]")
}

/// Writes a character by its number.
pub fn spell(character: char, to: &mut String) {
    to.push_str(&format!("[U+{:04X}]", u32::from(character)));
}

fn is_hidden(character: char) -> bool {
    use GeneralCategory as Of;

    if character.is_ascii() {
        return character.is_ascii_control();
    }
    match get_general_category(character) {
        // Default_Ignorable_Code_Point lies within these, but for the ranges below.
        Of::Control
        | Of::Format
        | Of::LineSeparator
        | Of::ParagraphSeparator
        | Of::PrivateUse
        | Of::Surrogate
        | Of::Unassigned
        | Of::EnclosingMark => true,
        // A no-break space is a space to the eye and to the reader.
        Of::SpaceSeparator => !matches!(character, '\u{a0}' | '\u{202f}'),
        _ => matches!(
            character,
            // Default_Ignorable_Code_Point (Unicode 16, DerivedCoreProperties).
            '\u{34f}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0f}'
                | '\u{ffa0}'
                | '\u{e0000}'..='\u{e0fff}'
                // Blank, though no space: a pattern, a symbol of music, what an object was.
                | '\u{2800}'
                | '\u{1d159}'
                | '\u{fffc}'
                // Marks through what stands before them.
                | '\u{334}'..='\u{338}'
                | '\u{20d2}'..='\u{20d3}'
                | '\u{20d8}'..='\u{20da}'
                | '\u{20e5}'..='\u{20e6}'
                | '\u{20ea}'..='\u{20eb}'
        ),
    }
}

fn is_mark(character: char) -> bool {
    get_general_category(character) == GeneralCategory::NonspacingMark
}

/// As many as living languages need on one letter.
const MAX_MARKS: usize = 2;

#[cfg(test)]
mod tests;
