//! JSON of others, read strictly: a member given twice would be one thing to this reader and another
//! to the next (RFC 8259, section 4; RFC 7515, section 4).

use std::{fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
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

/// The one item of an array; where there are others, or none, it is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct One<T>(pub(crate) T);

/// The first items of an array, at most [`Few::MOST`]; the others are read over, and nothing of them
/// is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct Few<T>(pub(crate) Vec<T>);

impl<T> Few<T> {
    pub(crate) const MOST: usize = 32;
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Items { most: 1, of: PhantomData }).and_then(|found| {
            let [one]: [T; 1] = match found {
                Found { items, more: false } => items.try_into().map_err(|_| ONE),
                Found { .. } => Err(ONE),
            }
            .map_err(D::Error::custom)?;
            Ok(Self(one))
        })
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Few<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let found = deserializer.deserialize_seq(Items { most: Self::MOST, of: PhantomData })?;
        Ok(Self(found.items))
    }
}

struct Items<T> {
    most: usize,
    of: PhantomData<T>,
}

struct Found<T> {
    items: Vec<T>,
    /// Whether there were others.
    more: bool,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for Items<T> {
    type Value = Found<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<Found<T>, A::Error> {
        let mut items = Vec::new();
        while items.len() < self.most {
            let Some(item) = array.next_element()? else { return Ok(Found { items, more: false }) };
            items.push(item);
        }
        let mut more = false;
        while array.next_element::<IgnoredAny>()?.is_some() {
            more = true;
        }
        Ok(Found { items, more })
    }
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

const ONE: &str = "not exactly one item";

#[test]
fn of_arrays_no_more_is_kept_than_is_asked_for() {
    let one = |text: &str| serde_json::from_str::<One<u8>>(text).map(|One(one)| one).ok();
    assert_eq!(
        ["[7]", "[]", "[7,8]", "7", "[7", "[\"a\"]"].map(one),
        [Some(7), None, None, None, None, None]
    );
    let few = |count: usize| format!("[{}null]", "null,".repeat(count - 1));
    let read = |text: &str| serde_json::from_str::<Few<Option<u8>>>(text).map(|Few(few)| few.len());
    assert_eq!(read(&few(32)).unwrap(), 32);
    assert_eq!(read(&few(100_000)).unwrap(), 32);
    assert!(read(&format!("[{}", "null,".repeat(40))).is_err());
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
