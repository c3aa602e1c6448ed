use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};

use super::Browser;

/// How large a page is looked at: width and height, in pixels of CSS.
pub type Size = (u32, u32);

/// On a telephone, and on a wide screen.
pub const NARROW_AND_WIDE: [Size; 2] = [(390, 844), (1280, 900)];

impl Browser {
    /// Looks at what the page shows, at night and by day: axe-core has nothing to say against either, and
    /// both are kept as pictures where `WARDKEY_PICTURES` names a folder.
    ///
    /// # Errors
    ///
    /// With what axe-core found and where.
    pub async fn screen(&self, name: &str, [night, day]: [Size; 2]) -> Result<()> {
        let pictures = std::env::var_os("WARDKEY_PICTURES").map(PathBuf::from);
        for (is_night, (width, height), suffix) in [(true, night, "-night"), (false, day, "")] {
            self.looks(is_night, width, height).await?;
            if let Some(folder) = &pictures {
                self.screenshot(&folder.join(format!("{name}{suffix}.png"))).await?;
            }
            let found = self.script(&axe()?).await?;
            ensure!(found == json!([]), "{name}{suffix}: {}", told(&found));
        }
        Ok(())
    }
}

/// What runs axe-core in the page, and gives each violation with the elements that it is about.
fn axe() -> Result<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("outsiders/node/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(&file)
        .with_context(|| format!("{}: run the suite by `cargo xtask`", file.display()))?;
    Ok(format!("{source}{RUN}"))
}

fn told(found: &Value) -> String {
    serde_json::to_string_pretty(found).unwrap_or_default()
}

const RUN: &str = "
    const { violations, passes } = await axe.run(document);
    // One that looks at nothing finds nothing.
    if (passes.length === 0) throw new Error('axe-core found nothing to look at');
    return violations.flatMap(({ id, help, nodes }) =>
      nodes.map(({ target, failureSummary }) => ({ id, help, target, failureSummary })));";
