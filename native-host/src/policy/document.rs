use std::{collections::BTreeMap, mem};

use serde_json::{Map, Value};

use super::{Policy, PolicyError, check, error::Problem, key_path::KeyPath, schema};

/// A policy as a reader found it: its values, and where each stands. What they mean is the same
/// whoever read them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// The top table.
    pub values: Map<String, Value>,
    /// By the way to each: a line of a file, a key of the registry.
    pub places: BTreeMap<KeyPath, String>,
}

impl Document {
    /// Values that stand in one place.
    #[must_use]
    pub fn in_one_place(values: Map<String, Value>, place: String) -> Self {
        Self { values, places: BTreeMap::from([(KeyPath::default(), place)]) }
    }

    /// Understands it.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Invalid`] with everything that is wrong.
    pub fn policy(&self) -> Result<Policy, PolicyError> {
        let problems = check::against(&self.values, &schema::keys());
        if !problems.is_empty() {
            return Err(self.invalid(problems));
        }
        let policy: Policy = serde_path_to_error::deserialize(Value::Object(self.values.clone()))
            .map_err(|error| {
            let key = error.path().into();
            self.invalid(vec![Problem::at(key, error.inner().to_string())])
        })?;
        let problems = policy.contradictions();
        if problems.is_empty() { Ok(policy) } else { Err(self.invalid(problems)) }
    }

    /// Where a value stands, or what holds it; empty where nobody said.
    #[must_use]
    pub fn place(&self, key: &KeyPath) -> &str {
        let mut at = Some(key.clone());
        while let Some(key) = at {
            if let Some(place) = self.places.get(&key) {
                return place;
            }
            at = key.parent();
        }
        ""
    }

    /// The error of these problems, each with its place.
    #[must_use]
    pub fn invalid(&self, mut problems: Vec<Problem>) -> PolicyError {
        for problem in &mut problems {
            if problem.place.is_empty() {
                problem.place = self.place(&problem.key).to_owned();
            }
        }
        PolicyError::Invalid(problems)
    }

    /// Adds what another file of the same policy says. Tables are joined key by key, lists of
    /// tables entry after entry; whatever else is said twice is an error.
    ///
    /// # Errors
    ///
    /// [`PolicyError::Invalid`] with the keys that both say.
    pub fn join(&mut self, other: Self) -> Result<(), PolicyError> {
        let mut joining = Joining { into: self, from: &other, problems: Vec::new() };
        let mut values = mem::take(&mut joining.into.values);
        joining.table(&mut values, &other.values, &KeyPath::default());
        let problems = joining.problems;
        self.values = values;
        if problems.is_empty() { Ok(()) } else { Err(other.invalid(problems)) }
    }
}

struct Joining<'a> {
    into: &'a mut Document,
    from: &'a Document,
    problems: Vec<Problem>,
}

impl Joining<'_> {
    fn table(&mut self, into: &mut Map<String, Value>, from: &Map<String, Value>, at: &KeyPath) {
        for (name, value) in from {
            let key = at.key(name);
            match (into.get_mut(name), value) {
                (None, _) => {
                    self.places(&key, KeyPath::clone);
                    into.insert(name.clone(), value.clone());
                }
                (Some(Value::Object(there)), Value::Object(more)) => self.table(there, more, &key),
                (Some(Value::Array(there)), Value::Array(more))
                    if there.iter().chain(more).all(Value::is_object) =>
                {
                    let before = there.len();
                    self.places(&key, |place| place.clone().moved(&key, before));
                    there.extend(more.iter().cloned());
                }
                _ => {
                    let there = self.into.place(&key);
                    let problem = Problem::at(key, format!("it stands in {there} too"));
                    self.problems.push(problem);
                }
            }
        }
    }

    /// Takes over the places at and below a key.
    fn places(&mut self, key: &KeyPath, moved: impl Fn(&KeyPath) -> KeyPath) {
        let below = self.from.places.iter().filter(|(place, _)| place.is_within(key));
        for (place, stands) in below {
            self.into.places.entry(moved(place)).or_insert_with(|| stands.clone());
        }
    }
}

#[cfg(test)]
mod tests;
