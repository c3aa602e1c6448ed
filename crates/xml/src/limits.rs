/// How large a document may be; each bound is inclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Octets of the whole document.
    pub bytes: usize,
    /// Elements inside one another; at most [`Limits::MAX_DEPTH`] whatever is asked.
    pub depth: usize,
    /// Elements, texts, comments and processing instructions together.
    pub nodes: usize,
    /// Attributes of one element, namespace declarations included.
    pub attributes: usize,
    /// Namespace declarations in scope at one element.
    pub namespaces: usize,
    /// Octets of a namespace's URI, which is compared, and written, at every element that is in it.
    pub namespace_bytes: usize,
}

impl Limits {
    /// For documents that a person signs or checks: 16 MiB, 128 levels, 500 000 nodes.
    pub const DEFAULT: Self = Self {
        bytes: 16 * 1024 * 1024,
        depth: 128,
        nodes: 500_000,
        attributes: 128,
        namespaces: 64,
        namespace_bytes: 1024,
    };

    /// For messages between programs: 256 KiB, 32 levels, 10 000 nodes.
    pub const MESSAGE: Self = Self {
        bytes: 256 * 1024,
        depth: 32,
        nodes: 10_000,
        attributes: 32,
        namespaces: 32,
        namespace_bytes: 1024,
    };

    /// The deepest nesting that any caller can ask for; canonicalization recurses that far.
    pub const MAX_DEPTH: usize = 256;

    /// The largest document in octets that any caller can ask for; positions are 32 bits wide.
    pub const MAX_BYTES: usize = 1024 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self::DEFAULT
    }
}
