//! JSON of others, read strictly: a member given twice would be one thing to this reader and another
//! to the next (RFC 8259, section 4; RFC 7515, section 4).

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

/// Reads a value in which no object has a member twice; the depth is bounded by serde_json.
///
/// # Errors
/// What the octets are not, in words for reports.
pub(crate) fn read<T: DeserializeOwned>(octets: &[u8]) -> Result<T, serde_json::Error> {
    let Strict(value) = serde_json::from_slice(octets)?;
    serde_json::from_value(value)
}

struct Strict(Value);

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Members).map(Self)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut all = Vec::new();
        while let Some(Strict(item)) = items.next_element()? {
            all.push(item);
        }
        Ok(all.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut all = Map::new();
        while let Some((name, Strict(value))) = members.next_entry::<String, _>()? {
            if all.insert(name.clone(), value).is_some() {
                return Err(A::Error::custom(format_args!("the member {name:?} twice")));
            }
        }
        Ok(all.into())
    }
}

#[test]
fn members_given_twice_are_refused_at_any_depth() {
    let read = |text: &str| read::<Value>(text.as_bytes());
    let right = r#"{"a":[{"b":1,"c":-2.5},null,true,"x"],"b":{}}"#;
    assert_eq!(read(right).unwrap(), serde_json::from_str::<Value>(right).unwrap());
    assert!(read(r#"{"a":1,"a":1}"#).unwrap_err().to_string().contains("twice"));
    assert!(read(r#"{"x":[{"a":1,"b":2,"\u0061":1}]}"#).is_err());
    assert!(read(&"[".repeat(100_000)).is_err());
    assert!(read("{} {}").is_err());
}
