use std::collections::BTreeMap;

use crate::OAuthError;

/// The parameters of a request, each at most once (RFC 6749, section 3.1). Unknown ones are kept
/// and ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a query or a form (`application/x-www-form-urlencoded`).
    ///
    /// # Errors
    /// `invalid_request` when one is repeated, or there are too many or too long ones.
    pub fn read(text: &str) -> Result<Self, OAuthError> {
        if text.len() > MAX_LENGTH {
            return Err(OAuthError::request("the request is too long"));
        }
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            if parameters.len() == MAX_COUNT {
                return Err(OAuthError::request("too many parameters"));
            }
            // A parameter without a value counts as missing.
            if value.is_empty() {
                continue;
            }
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return Err(OAuthError::request("a parameter is repeated"));
            }
        }
        Ok(Self(parameters))
    }

    /// A parameter's value; `None`: it is missing or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that has to be there.
    ///
    /// # Errors
    /// `invalid_request` with this description when it is not.
    pub fn required(&self, name: &str, missing: &'static str) -> Result<&str, OAuthError> {
        self.get(name).ok_or(OAuthError::request(missing))
    }
}

const MAX_COUNT: usize = 50;
const MAX_LENGTH: usize = 32 * 1024;

#[cfg(test)]
mod tests;
