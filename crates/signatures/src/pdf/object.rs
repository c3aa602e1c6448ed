/// An object (ISO 32000-1, section 7.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Object {
    Array(Vec<Object>),
    Boolean(bool),
    Dictionary(Dictionary),
    Integer(i64),
    /// Without its slash, escapes undone.
    Name(Vec<u8>),
    Null,
    /// As it is written.
    Real(Vec<u8>),
    Reference(Reference),
    /// A stream's dictionary, and where its octets begin in the file.
    Stream(Dictionary, usize),
    /// Escapes undone.
    String(Vec<u8>),
}

/// What an indirect object is referred to by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) number: u32,
    pub(crate) generation: u16,
}

/// Keys and values, in the order of the file; no key stands twice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Dictionary(pub(crate) Vec<(Vec<u8>, Object)>);

impl Object {
    pub(crate) fn as_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_size(&self) -> Option<usize> {
        usize::try_from(self.as_integer()?).ok()
    }

    pub(crate) fn as_reference(&self) -> Option<Reference> {
        match self {
            Self::Reference(reference) => Some(*reference),
            _ => None,
        }
    }

    pub(crate) fn as_array(&self) -> Option<&[Object]> {
        match self {
            Self::Array(values) => Some(values),
            _ => None,
        }
    }

    pub(crate) fn as_string(&self) -> Option<&[u8]> {
        match self {
            Self::String(octets) => Some(octets),
            _ => None,
        }
    }

    pub(crate) fn is_name(&self, name: &str) -> bool {
        matches!(self, Self::Name(octets) if octets == name.as_bytes())
    }
}

impl Dictionary {
    /// `None`: the key is missing.
    pub(crate) fn get(&self, key: &str) -> Option<&Object> {
        self.0.iter().find(|(name, _)| name == key.as_bytes()).map(|(_, value)| value)
    }

    /// The value, `null` where the key is missing: the two mean the same.
    pub(crate) fn value(&self, key: &str) -> &Object {
        self.get(key).unwrap_or(&Object::Null)
    }

    pub(crate) fn set(&mut self, key: &str, value: Object) {
        match self.0.iter_mut().find(|(name, _)| name == key.as_bytes()) {
            Some((_, old)) => *old = value,
            None => self.0.push((key.as_bytes().to_vec(), value)),
        }
    }
}
