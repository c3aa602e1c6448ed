//! Writes the committed files of `bindings/`.

use std::{fs, io, path::Path};

fn main() -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("bindings");
    fs::create_dir_all(&folder)?;
    for (name, content) in wardkey_protocol::bindings::files() {
        fs::write(folder.join(name), content)?;
        println!("bindings/{name}");
    }
    Ok(())
}
