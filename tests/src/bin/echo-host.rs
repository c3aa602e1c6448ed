//! The bare native host that the road is measured beside: it sends back what it gets. Of a large
//! frame it sends the length alone, as a document goes one way.

use wardkey_protocol::{frame, limits::MAX_FRAME_TO_BROWSER};

fn main() -> anyhow::Result<()> {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    while let Some(mut octets) = frame::read(&mut input, MAX_FRAME_TO_BROWSER)? {
        if octets.len() > MAX_ECHO {
            octets = format!(r#"{{"length":{}}}"#, octets.len()).into_bytes();
        }
        frame::write(&mut output, &octets, MAX_FRAME_TO_BROWSER)?;
    }
    Ok(())
}

/// In bytes.
const MAX_ECHO: usize = 64 * 1024;
