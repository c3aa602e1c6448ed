//! JSON as it is written: members in their order, also those that come twice, numbers with the
//! digits that they have.

use std::fmt;

use serde::{
    Deserialize, Deserializer,
    de::{MapAccess, Visitor},
};
use serde_json::value::RawValue;

/// A value of a document.
#[derive(Debug, PartialEq, Eq)]
pub enum Json<'a> {
    /// An array.
    Array(Vec<Self>),
    /// A number, a truth value or `null`, as it is written.
    Literal(&'a str),
    /// An object.
    Object(Vec<(String, Self)>),
    /// A string.
    Text(String),
}

impl<'a> Json<'a> {
    /// Reads a document. `None`: not JSON, or too deep to be looked through.
    pub fn read(octets: &'a [u8]) -> Option<Self> {
        Self::of(serde_json::from_slice(octets).ok()?, 0)
    }

    /// The first member of this name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(own, _)| own == name).map(|(_, value)| value)
    }

    /// The items of an array; of anything else none.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::Array(items) => items,
            _ => &[],
        }
    }

    /// The members of an object; of anything else none.
    pub fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// A name that stands twice in one object, or with other letter case again, here or below.
    pub fn duplicate(&self) -> Option<&str> {
        let mut names: Vec<(String, &str)> =
            self.members().iter().map(|(name, _)| (name.to_lowercase(), &**name)).collect();
        names.sort_unstable();
        if let Some(twice) = names.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Some(twice[0].1);
        }
        let below = self.members().iter().map(|(_, value)| value).chain(self.items());
        below.into_iter().find_map(Self::duplicate)
    }

    fn of(raw: &'a RawValue, depth: usize) -> Option<Self> {
        if depth > MAX_DEPTH {
            return None;
        }
        let text = raw.get();
        Some(match text.as_bytes().first()? {
            b'{' => {
                let Members(members) = serde_json::from_str(text).ok()?;
                let members = members
                    .into_iter()
                    .map(|(name, value)| Some((name, Self::of(value, depth + 1)?)));
                Self::Object(members.collect::<Option<_>>()?)
            }
            b'[' => {
                let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
                let items = items.into_iter().map(|item| Self::of(item, depth + 1));
                Self::Array(items.collect::<Option<_>>()?)
            }
            b'"' => Self::Text(serde_json::from_str(text).ok()?),
            _ => Self::Literal(text),
        })
    }
}

/// The members of an object, in their order.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;

        impl<'de> Visitor<'de> for Collect {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Collect)
    }
}

/// Each level is read anew.
const MAX_DEPTH: usize = 32;
