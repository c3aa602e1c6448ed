//! Windows' registry, read as far as a browser's policies go.

use serde_json::{Map, Value};
use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, Type};

use super::windows::Hive;

/// A key with all that is in it.
pub fn read(hive: Hive, path: &str) -> Option<Value> {
    let root = match hive {
        Hive::Machine => LOCAL_MACHINE,
        Hive::User => CURRENT_USER,
    };
    Some(whole(&root.open(path).ok()?, DEEPEST))
}

/// What can't be read is left out.
fn whole(key: &Key, deeper: usize) -> Value {
    let mut read = Map::new();
    for (name, value) in key.values().into_iter().flatten().take(MOST) {
        read.extend(of(value).map(|value| (name, value)));
    }
    if deeper > 0 {
        for name in key.keys().into_iter().flatten().take(MOST) {
            let below = key.open(&name).map(|below| whole(&below, deeper - 1));
            read.extend(below.ok().map(|below| (name, below)));
        }
    }
    Value::Object(read)
}

/// Lines of one text are one text.
fn of(value: windows_registry::Value) -> Option<Value> {
    match value.ty() {
        Type::U32 => u32::try_from(value).ok().map(Value::from),
        Type::MultiString => {
            let lines = Vec::<String>::try_from(value).ok()?;
            Some(Value::String(lines.join("\n").trim_end().to_owned()))
        }
        _ => String::try_from(value).ok().map(Value::String),
    }
}

/// As in `3rdparty\extensions\ID\policy\LIST`, below a browser's key.
const DEEPEST: usize = 6;
/// A browser has some hundred policies; a list of addresses may be longer.
const MOST: usize = 2000;
