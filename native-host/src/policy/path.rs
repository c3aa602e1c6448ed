use std::{
    borrow::Cow,
    ops::Deref,
    path::{Path, PathBuf},
};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A path that means the same wherever the agent was started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(try_from = "String")]
pub struct AbsolutePath(PathBuf);

impl TryFrom<String> for AbsolutePath {
    type Error = String;

    fn try_from(path: String) -> Result<Self, String> {
        if is_absolute(&path) {
            Ok(Self(path.into()))
        } else {
            Err(format!("`{path}` is no absolute path"))
        }
    }
}

impl Deref for AbsolutePath {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.0
    }
}

impl AsRef<Path> for AbsolutePath {
    fn as_ref(&self) -> &Path {
        &self.0
    }
}

impl From<AbsolutePath> for PathBuf {
    fn from(path: AbsolutePath) -> Self {
        path.0
    }
}

impl JsonSchema for AbsolutePath {
    fn schema_name() -> Cow<'static, str> {
        "AbsolutePath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": PATH })
    }
}

/// Windows' form too, wherever this runs: a policy is checked before it is rolled out.
fn is_absolute(path: &str) -> bool {
    let drive = |rest: &str| rest.starts_with(":\\") || rest.starts_with(":/");
    let windows = path.starts_with("\\\\")
        || path.starts_with(|first: char| first.is_ascii_alphabetic())
            && path.get(1..).is_some_and(drive);
    path.starts_with('/') || windows
}

/// The schema's name for the format.
pub const PATH: &str = "path";
