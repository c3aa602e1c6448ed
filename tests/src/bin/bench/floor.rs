use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;
use serde_json::{Value, json};
use wardkey_tests::stage::built;

/// What the road is measured beside: a bare extension and a bare host, over the same kinds of ports.
pub struct Floor {
    /// The extension's folder.
    pub extension: PathBuf,
    /// Pages that measure both roads.
    pub pages: PathBuf,
    host: PathBuf,
}

impl Floor {
    pub fn find() -> Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("floor");
        let (extension, pages) = (folder.join("extension"), folder.join("pages"));
        Ok(Self { extension, pages, host: built("echo-host")? })
    }

    /// Registers the host for a stage's Chromium.
    pub fn install_for_chromium(&self, stage: &Path) -> Result<()> {
        let id = fs::read_to_string(self.extension.join("ID"))?;
        let origin = format!("chrome-extension://{}/", id.trim());
        let manifests = stage.join("browser/NativeMessagingHosts");
        self.install(&manifests, "allowed_origins", &json!([origin]))
    }

    /// Registers the host for a stage's Firefox.
    pub fn install_for_firefox(&self, stage: &Path) -> Result<()> {
        let manifests = stage.join("browser/.mozilla/native-messaging-hosts");
        self.install(&manifests, "allowed_extensions", &json!(["floor@wardkey.org"]))
    }

    fn install(&self, manifests: &Path, whom: &str, extensions: &Value) -> Result<()> {
        fs::create_dir_all(manifests)?;
        let manifest = json!({
            "name": NAME, "description": "floor", "path": self.host, "type": "stdio",
            whom: extensions,
        });
        Ok(fs::write(manifests.join(format!("{NAME}.json")), manifest.to_string())?)
    }
}

const NAME: &str = "org.wardkey.floor";
