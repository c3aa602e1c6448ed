/// JSON as the client meets it: in a page its own objects, which are handed on as they are, so that
/// no octet of a result is copied into the module; in tests serde's.
pub trait Json: Clone {
    /// An object with these members.
    fn object(members: &[(&str, Plain<'_>)]) -> Self;

    /// A member of an object; `None` where there is none.
    fn member(&self, name: &str) -> Option<Self>;

    /// Whether it is an object, and no array.
    fn is_object(&self) -> bool;

    /// A whole number from 0 to 2³² − 1.
    fn number(&self) -> Option<u32>;

    /// `true` or `false`.
    fn flag(&self) -> Option<bool>;

    /// A string.
    fn text(&self) -> Option<String>;

    /// The elements of an array.
    fn elements(&self) -> Option<Vec<Self>>;
}

/// What stands in an object that the client makes.
#[derive(Clone, Copy, Debug)]
pub enum Plain<'a> {
    /// `true` or `false`.
    Flag(bool),
    /// A whole number.
    Number(u32),
    /// A string.
    Text(&'a str),
}

#[cfg(test)]
impl Json for serde_json::Value {
    fn object(members: &[(&str, Plain<'_>)]) -> Self {
        let value = |plain: &Plain<'_>| match *plain {
            Plain::Flag(flag) => Self::from(flag),
            Plain::Number(number) => Self::from(number),
            Plain::Text(text) => Self::from(text),
        };
        members.iter().map(|(name, plain)| ((*name).to_owned(), value(plain))).collect()
    }

    fn member(&self, name: &str) -> Option<Self> {
        self.get(name).cloned()
    }

    fn is_object(&self) -> bool {
        Self::is_object(self)
    }

    fn number(&self) -> Option<u32> {
        self.as_u64()?.try_into().ok()
    }

    fn flag(&self) -> Option<bool> {
        self.as_bool()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn elements(&self) -> Option<Vec<Self>> {
        self.as_array().cloned()
    }
}
