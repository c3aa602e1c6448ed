use std::path::Path;

use crate::{Ambient, Clock as _, demo::Demo};

pub(super) fn run(folder: &Path, ambient: &Ambient) -> anyhow::Result<()> {
    Ok(Demo::new(folder).reissue_lists(ambient.now())?)
}
