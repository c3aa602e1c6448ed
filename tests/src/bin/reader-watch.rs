//! Prints what the smartcard service says as it says it, for the bench: a line for each event, with
//! whether a card is in the first reader.

use std::io::Write as _;

use wardkey_smartcard::{ReaderEvent, ReaderWatch};

fn main() {
    ReaderWatch::start(|event| {
        let line = match event {
            ReaderEvent::Readers(readers) if readers.iter().any(|reader| reader.card_present) => {
                "in"
            }
            ReaderEvent::Readers(_) => "out",
            _ => "no service",
        };
        let mut output = std::io::stdout();
        // Whoever reads may have gone.
        let _ = writeln!(output, "{line}").and_then(|()| output.flush());
    })
    .detach();
    // It ends with its standard input.
    let _ = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
}
