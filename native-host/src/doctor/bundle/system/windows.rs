use serde_json::{Map, Value};
use windows_registry::LOCAL_MACHINE;

/// The system's name and build.
pub fn kernel() -> (String, String) {
    ("Windows".to_owned(), told("CurrentBuild").unwrap_or_default())
}

/// What names the product.
pub fn distribution() -> Value {
    let named = NAMES.iter().filter_map(|name| Some(((*name).to_owned(), told(name)?.into())));
    Value::Object(named.collect::<Map<_, _>>())
}

fn told(name: &str) -> Option<String> {
    LOCAL_MACHINE.open(KEY).ok()?.get_string(name).ok()
}

const KEY: &str = r"SOFTWARE\Microsoft\Windows NT\CurrentVersion";
const NAMES: [&str; 3] = ["DisplayVersion", "EditionID", "ProductName"];
