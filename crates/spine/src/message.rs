use std::str::FromStr;

use base64ct::{Base64, Encoding as _};
use wardkey_xml::XmlError;

use crate::{ErrorBody, GpObject, GpObjectError, GpParam, MimeError, Ticket};

/// A message of the login protocol that travels as a [`GpObject`].
pub trait Message: Sized {
    /// Takes the message out of an object; values that the message does not know are passed over.
    ///
    /// # Errors
    /// [`MessageError`] when a value is missing, given twice or malformed.
    fn from_object(object: &GpObject) -> Result<Self, MessageError>;

    /// The message as an object.
    fn to_object(&self) -> GpObject;

    /// Reads the message from the body of a request or response.
    ///
    /// # Errors
    /// [`MessageError`] when the body is not this message.
    fn read(body: &[u8]) -> Result<Self, MessageError> {
        Self::from_object(&GpObject::read(body)?)
    }

    /// Writes the body of a request or response.
    ///
    /// # Errors
    /// [`MessageError::Unwritable`] when a value holds a character that cannot stand in XML.
    fn write(&self) -> Result<String, MessageError> {
        Ok(self.to_object().write()?)
    }
}

/// What a server answers: the message, or why there is none.
#[derive(Debug)]
pub enum Answer<T> {
    /// The message that was asked for.
    Done(T),
    /// The server's refusal.
    Refused(ErrorBody),
}

/// Why a body is not the message it should be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// A value is not what its name demands.
    #[error("malformed value {0}")]
    Invalid(&'static str),
    /// The body is no gpOBJECT.
    #[error(transparent)]
    Malformed(#[from] GpObjectError),
    /// A value is missing or empty.
    #[error("missing value {0}")]
    Missing(&'static str),
    /// The card's response is not CMS in MIME.
    #[error("malformed response: {0}")]
    Response(#[from] MimeError),
    /// A value is given twice.
    #[error("repeated value {0}")]
    Repeated(&'static str),
    /// A value cannot be written.
    #[error(transparent)]
    Unwritable(#[from] XmlError),
    /// The message is for another service.
    #[error("message of another service, not {0}")]
    WrongService(&'static str),
}

impl<T: Message> Answer<T> {
    /// Reads what a server answered, whatever its HTTP status: a body with `error_code`, or one
    /// of the error pages of older servers, is a refusal.
    ///
    /// # Errors
    /// [`MessageError`] when the body is neither the message nor a refusal.
    pub fn read(body: &[u8]) -> Result<Self, MessageError> {
        match ErrorBody::recognise(body) {
            Some(refusal) => Ok(Self::Refused(refusal)),
            None => T::read(body).map(Self::Done),
        }
    }
}

/// Typed access to the values of an object, each of which is there once.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'o>(pub(crate) &'o GpObject);

impl<'o> Fields<'o> {
    /// The value, when it is there.
    pub(crate) fn param(self, name: &'static str) -> Result<Option<&'o GpParam>, MessageError> {
        let mut found = self.0.all(name);
        let first = found.next();
        if found.next().is_some() { Err(MessageError::Repeated(name)) } else { Ok(first) }
    }

    /// The trimmed text, empty when the value is not there.
    pub(crate) fn text(self, name: &'static str) -> Result<&'o str, MessageError> {
        Ok(self.param(name)?.map_or("", |param| param.value().trim()))
    }

    /// The trimmed text, which must not be empty.
    pub(crate) fn required(self, name: &'static str) -> Result<&'o str, MessageError> {
        let text = self.text(name)?;
        if text.is_empty() { Err(MessageError::Missing(name)) } else { Ok(text) }
    }

    /// The text read as a number or another type; `None` when it is empty or not there.
    pub(crate) fn optional<T: FromStr>(
        self,
        name: &'static str,
    ) -> Result<Option<T>, MessageError> {
        match self.text(name)? {
            "" => Ok(None),
            text => text.parse().map(Some).map_err(|_| MessageError::Invalid(name)),
        }
    }

    /// The text through a parser.
    pub(crate) fn parsed<T, E>(
        self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, MessageError> {
        parse(self.required(name)?).map_err(|_| MessageError::Invalid(name))
    }

    /// The octets that the text is in base64; white space in it does not matter.
    pub(crate) fn base64(self, name: &'static str) -> Result<Vec<u8>, MessageError> {
        let text: String =
            self.required(name)?.chars().filter(|c| !c.is_ascii_whitespace()).collect();
        Base64::decode_vec(&text).map_err(|_| MessageError::Invalid(name))
    }

    pub(crate) fn ticket(self, name: &'static str) -> Result<Ticket, MessageError> {
        self.parsed(name, Ticket::parse)
    }

    /// Checks that a value says what this message always says in it.
    pub(crate) fn fixed(self, name: &'static str, value: &'static str) -> Result<(), MessageError> {
        if self.required(name)? == value { Ok(()) } else { Err(MessageError::Invalid(name)) }
    }

    pub(crate) fn service(self, service: &'static str) -> Result<(), MessageError> {
        match self.required("service")? {
            found if found == service => Ok(()),
            _ => Err(MessageError::WrongService(service)),
        }
    }
}

/// The authentication method of card login.
pub(crate) const AUTH_METHOD: &str = "3";

#[cfg(test)]
mod tests;
