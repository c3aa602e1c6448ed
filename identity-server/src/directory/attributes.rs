use std::collections::BTreeMap;

use super::{
    Date, Fault, FaultReason,
    fault::{MAX_VALUES, fault},
};

/// An entry's attributes with their values. Names are told apart without regard to case, values
/// have no space at their ends, and there are no empty ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Attributes(BTreeMap<String, Vec<String>>);

/// What a modification does with an attribute (RFC 4511 section 4.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Modification {
    Add(String, Vec<String>),
    /// Of these values; of all, when there are none.
    Delete(String, Vec<String>),
    Replace(String, Vec<String>),
}

/// Why an attribute can't be modified so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ModificationError {
    Exists,
    NotFound,
}

impl Modification {
    /// The attribute's name.
    pub(super) fn name(&self) -> &str {
        match self {
            Self::Add(name, _) | Self::Delete(name, _) | Self::Replace(name, _) => name,
        }
    }
}

impl Attributes {
    /// Adds a value.
    pub(super) fn add(&mut self, name: &str, value: &str) {
        let values = self.0.entry(name.to_ascii_lowercase()).or_default();
        if !value.trim().is_empty() {
            values.push(value.trim().to_owned());
        }
    }

    /// Makes these the values of an attribute, which then is known to have no others.
    pub(super) fn set(&mut self, name: &str, values: &[String]) {
        self.0.remove(&name.to_ascii_lowercase());
        self.0.entry(name.to_ascii_lowercase()).or_default();
        for value in values {
            self.add(name, value);
        }
    }

    /// Takes over the attributes of `other`, with nothing left of the values they had.
    pub(super) fn merge(&mut self, other: &Self) {
        for (name, values) in &other.0 {
            self.0.insert(name.clone(), values.clone());
        }
    }

    pub(super) fn modify(&mut self, modification: &Modification) -> Result<(), ModificationError> {
        match modification {
            Modification::Add(name, values) => {
                for value in values {
                    if self.values(name).contains(value) {
                        return Err(ModificationError::Exists);
                    }
                    self.add(name, value);
                }
            }
            Modification::Delete(name, values) => {
                if self.values(name).is_empty() {
                    return Err(ModificationError::NotFound);
                }
                if values.is_empty() {
                    self.set(name, &[]);
                }
                for value in values {
                    let kept = self.0.entry(name.to_ascii_lowercase()).or_default();
                    let place = kept.iter().position(|kept| kept == value);
                    kept.remove(place.ok_or(ModificationError::NotFound)?);
                }
            }
            Modification::Replace(name, values) => self.set(name, values),
        }
        Ok(())
    }

    /// The values of an attribute; none where it is not known.
    pub(super) fn values(&self, name: &str) -> &[String] {
        self.0.get(&name.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// The names, in lower case.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// Whether the entry is of this object class.
    pub(super) fn has_class(&self, class: &str) -> bool {
        let classes = self.values(super::attribute::OBJECT_CLASS);
        classes.iter().any(|value| value.eq_ignore_ascii_case(class))
    }
}

/// Reads typed values out of attributes, and gathers what is wrong with them.
pub(super) struct Reader<'a> {
    attributes: &'a Attributes,
    pub(super) faults: Vec<Fault>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(attributes: &'a Attributes) -> Self {
        Self { attributes, faults: Vec::new() }
    }

    /// The values of an attribute.
    pub(super) fn all(&mut self, name: &'static str) -> Vec<String> {
        let values = self.attributes.values(name);
        if values.len() > MAX_VALUES {
            self.faults.push(fault(name, FaultReason::TooMany));
            return Vec::new();
        }
        values.to_vec()
    }

    /// The value of an attribute that has one at most.
    pub(super) fn one(&mut self, name: &'static str) -> Option<String> {
        match self.attributes.values(name) {
            [] => None,
            [value] => Some(value.clone()),
            _ => {
                self.faults.push(fault(name, FaultReason::Several));
                None
            }
        }
    }

    /// The value of an attribute that has to be there, or a fault and an empty text.
    pub(super) fn required(&mut self, name: &'static str) -> String {
        let faults = self.faults.len();
        let value = self.one(name);
        if value.is_none() && self.faults.len() == faults {
            self.faults.push(fault(name, FaultReason::Missing));
        }
        value.unwrap_or_default()
    }

    /// The value that an entry is named by; the attribute may repeat it and nothing else.
    pub(super) fn named(&mut self, name: &'static str, value: &str) -> String {
        if self.one(name).is_some_and(|stated| stated != value) {
            self.faults.push(fault(name, FaultReason::OtherThanName));
        }
        value.to_owned()
    }

    pub(super) fn date(&mut self, name: &'static str) -> Option<Date> {
        let text = self.one(name)?;
        match Date::parse(&text) {
            Ok(date) => Some(date),
            Err(error) => {
                self.faults.push(fault(name, error.into()));
                None
            }
        }
    }

    /// Ends reading: `read`, if nothing was wrong, then what is wrong with it as a whole.
    pub(super) fn end<T>(self, read: T, check: impl Fn(&T) -> Vec<Fault>) -> Result<T, Vec<Fault>> {
        let faults = if self.faults.is_empty() { check(&read) } else { self.faults };
        if faults.is_empty() { Ok(read) } else { Err(faults) }
    }
}
