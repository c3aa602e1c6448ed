/// A line of a record, unfolded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins in the file; 1 is the first.
    pub(super) number: u64,
    content: Content,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Content {
    Octets(Vec<u8>),
    TooLong,
}

impl Line {
    /// `None`: it is longer than the limit.
    pub(super) fn octets(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Octets(octets) => Some(octets),
            Content::TooLong => None,
        }
    }

    /// Goes on with the next line of the file.
    fn unfold(&mut self, more: &[u8]) {
        if let Content::Octets(octets) = &mut self.content {
            if octets.len() + more.len() > MAX_LENGTH {
                self.content = Content::TooLong;
            } else {
                octets.extend_from_slice(more);
            }
        }
    }
}

/// The records of a file, which have empty lines between them; comments are left out, and are
/// folded as other lines are.
pub(super) fn records(content: &[u8]) -> impl Iterator<Item = Vec<Line>> {
    let mut physical = (1..).zip(content.split(|b| *b == b'\n')).peekable();
    std::iter::from_fn(move || {
        physical.peek()?;
        let mut record: Vec<Line> = Vec::new();
        let mut in_comment = false;
        for (number, line) in physical.by_ref() {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            match line {
                [] if record.is_empty() => in_comment = false,
                [] => break,
                [b' ', ..] if in_comment => {}
                [b' ', more @ ..] if !record.is_empty() => {
                    record.last_mut().into_iter().for_each(|last| last.unfold(more));
                }
                [b'#', ..] => in_comment = true,
                line => {
                    in_comment = false;
                    let mut new = Line { number, content: Content::Octets(Vec::new()) };
                    new.unfold(line);
                    record.push(new);
                }
            }
        }
        Some(record)
    })
}

/// Bytes of a line, unfolded.
pub(super) const MAX_LENGTH: usize = 65_536;
