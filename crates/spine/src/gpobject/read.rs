use super::{GpObject, GpObjectError, GpParam};

pub(super) fn read(body: &[u8]) -> Result<GpObject, GpObjectError> {
    if body.len() > GpObject::MAX_BYTES {
        return Err(GpObjectError::TooLarge);
    }
    let text = std::str::from_utf8(body).map_err(|_| GpObjectError::NotUtf8)?;
    let forbidden = |c: char| {
        c < ' ' && !matches!(c, '\t' | '\n' | '\r') || matches!(c, '\u{FFFE}' | '\u{FFFF}')
    };
    if text.contains(forbidden) {
        return Err(GpObjectError::ForbiddenCharacter);
    }
    let mut reader = Reader { text, offset: 0 };
    reader.eat("\u{FEFF}");
    reader.prolog()?;
    reader.expect("<gpOBJECT")?;
    reader.space();
    reader.expect(">")?;
    let mut object = GpObject::default();
    loop {
        reader.space();
        if reader.comment()? {
            continue;
        }
        if reader.eat("</gpOBJECT") {
            reader.space();
            reader.expect(">")?;
            break;
        }
        if object.params.len() >= GpObject::MAX_PARAMS {
            return Err(GpObjectError::TooLarge);
        }
        object.params.push(reader.param()?);
    }
    reader.space();
    if reader.rest().is_empty() { Ok(object) } else { Err(reader.malformed()) }
}

struct Reader<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> Reader<'a> {
    /// XML declaration, comments and document type declaration; none is needed.
    fn prolog(&mut self) -> Result<(), GpObjectError> {
        self.space();
        if self.eat("<?xml") {
            self.until("?>")?;
        }
        let mut typed = false;
        loop {
            self.space();
            if self.comment()? {
                continue;
            }
            if typed || !self.eat("<!DOCTYPE") {
                return Ok(());
            }
            typed = true;
            if self.until(">")?.contains(['[', '<']) {
                return Err(GpObjectError::InternalSubset);
            }
        }
    }

    fn comment(&mut self) -> Result<bool, GpObjectError> {
        if !self.eat("<!--") {
            return Ok(false);
        }
        self.until("-->")?;
        Ok(true)
    }

    fn param(&mut self) -> Result<GpParam, GpObjectError> {
        self.expect("<gpPARAM")?;
        let mut name = None;
        let mut attributes: Vec<(String, String)> = Vec::new();
        let empty = loop {
            let spaced = self.space();
            if self.eat("/>") {
                break true;
            }
            if self.eat(">") {
                break false;
            }
            if !spaced || attributes.len() >= MAX_ATTRIBUTES {
                return Err(self.malformed());
            }
            let (attribute, value) = self.attribute()?;
            let repeated = attribute == "name" && name.is_some()
                || attributes.iter().any(|(found, _)| *found == attribute);
            if repeated {
                return Err(self.malformed());
            }
            if attribute == "name" {
                name = Some(value);
            } else {
                attributes.push((attribute, value));
            }
        };
        let value = if empty { String::new() } else { self.value()? };
        let name = name.filter(|name| !name.is_empty()).ok_or_else(|| self.malformed())?;
        Ok(GpParam { name, attributes, value })
    }

    fn attribute(&mut self) -> Result<(String, String), GpObjectError> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !c.is_ascii_alphanumeric() && !"_-.".contains(c))
            .filter(|end| *end > 0)
            .ok_or_else(|| self.malformed())?;
        let name = rest[..end].to_owned();
        self.offset += end;
        self.space();
        self.expect("=")?;
        self.space();
        let quote = if self.eat("\"") {
            "\""
        } else {
            self.expect("'")?;
            "'"
        };
        let raw = self.until(quote)?;
        if raw.contains('<') {
            return Err(self.malformed());
        }
        Ok((name, resolve(raw).ok_or_else(|| self.malformed())?))
    }

    /// Everything up to the end tag.
    fn value(&mut self) -> Result<String, GpObjectError> {
        let mut value = String::new();
        loop {
            let rest = self.rest();
            let end = rest.find('<').ok_or_else(|| self.malformed())?;
            value.push_str(&resolve(&rest[..end]).ok_or_else(|| self.malformed())?);
            self.offset += end;
            if self.eat("<![CDATA[") {
                value.push_str(&self.until("]]>")?.replace("\r\n", "\n").replace('\r', "\n"));
            } else if !self.comment()? {
                self.expect("</gpPARAM")?;
                self.space();
                self.expect(">")?;
                return Ok(value);
            }
        }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.offset..).unwrap_or_default()
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.offset += token.len();
        }
        found
    }

    fn expect(&mut self, token: &str) -> Result<(), GpObjectError> {
        if self.eat(token) { Ok(()) } else { Err(self.malformed()) }
    }

    fn space(&mut self) -> bool {
        let rest = self.rest();
        let length = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
        self.offset += length;
        length > 0
    }

    /// What stands before the token, which is taken too.
    fn until(&mut self, token: &str) -> Result<&'a str, GpObjectError> {
        let (before, _) = self.rest().split_once(token).ok_or_else(|| self.malformed())?;
        self.offset += before.len() + token.len();
        Ok(before)
    }

    fn malformed(&self) -> GpObjectError {
        GpObjectError::Malformed(self.offset)
    }
}

/// Resolves the five predefined entities and character references; every other `&` stands for
/// itself, as servers write it. `None`: a reference to a character that XML does not admit.
fn resolve(raw: &str) -> Option<String> {
    let raw = raw.replace("\r\n", "\n").replace('\r', "\n");
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw.as_str();
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let name = rest[1..].split_once(';').map(|(name, _)| name);
        let Some(name) = name.filter(|name| is_reference(name)) else {
            out.push('&');
            rest = &rest[1..];
            continue;
        };
        out.push(match name {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "apos" => '\'',
            number => character(number)?,
        });
        rest = &rest[name.len() + 2..];
    }
    out.push_str(rest);
    Some(out)
}

fn is_reference(name: &str) -> bool {
    if matches!(name, "amp" | "lt" | "gt" | "quot" | "apos") {
        return true;
    }
    let Some(digits) = name.strip_prefix('#') else { return false };
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
    (1..=MAX_DIGITS).contains(&digits.len()) && digits.chars().all(|digit| digit.is_digit(radix))
}

fn character(number: &str) -> Option<char> {
    let digits = number.strip_prefix('#')?;
    let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |hex| (hex, 16));
    let c = char::from_u32(u32::from_str_radix(digits, radix).ok()?)?;
    let admitted =
        (c >= ' ' || matches!(c, '\t' | '\n' | '\r')) && !matches!(c, '\u{FFFE}' | '\u{FFFF}');
    admitted.then_some(c)
}

const MAX_ATTRIBUTES: usize = 8;
const MAX_DIGITS: usize = 8;
