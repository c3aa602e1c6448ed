//! The bare native host that the road is measured beside: it sends back what it gets.

use wardkey_protocol::{frame, limits::MAX_FRAME_TO_BROWSER};

fn main() -> anyhow::Result<()> {
    let (mut input, mut output) = (std::io::stdin().lock(), std::io::stdout().lock());
    while let Some(octets) = frame::read(&mut input, MAX_FRAME_TO_BROWSER)? {
        frame::write(&mut output, &octets, MAX_FRAME_TO_BROWSER)?;
    }
    Ok(())
}
