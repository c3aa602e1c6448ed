use std::collections::BTreeMap;

use super::{Dictionary, Object, Pdf, PdfError, Reference, document::Place};

/// An incremental update (ISO 32000-1, section 7.5.6): objects that are new or stand in the place
/// of others, after the file's octets, none of which it changes.
pub(crate) struct Update<'p, 'a> {
    pdf: &'p Pdf<'a>,
    objects: BTreeMap<Reference, Vec<u8>>,
    next: u32,
}

impl<'p, 'a> Update<'p, 'a> {
    pub(crate) fn of(pdf: &'p Pdf<'a>) -> Result<Self, PdfError> {
        Ok(Self { pdf, objects: BTreeMap::new(), next: pdf.next_number()? })
    }

    /// A number for an object of which the octets come later.
    pub(crate) fn reserve(&mut self) -> Reference {
        let reference = Reference { number: self.next, generation: 0 };
        self.next += 1;
        reference
    }

    /// Puts an object where the reference leads.
    pub(crate) fn put(&mut self, reference: Reference, object: &Object) {
        let mut octets = Vec::new();
        object.write(&mut octets);
        self.put_octets(reference, octets);
    }

    /// As [`Update::put`], of an object that is written already.
    pub(crate) fn put_octets(&mut self, reference: Reference, octets: Vec<u8>) {
        self.objects.insert(reference, octets);
    }

    /// The whole file, and where the octets of each object begin.
    pub(crate) fn finish(mut self) -> Result<(Vec<u8>, BTreeMap<Reference, usize>), PdfError> {
        let mut out = self.pdf.octets().to_vec();
        if out.last() != Some(&b'\n') {
            out.push(b'\n');
        }
        let mut bodies = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (reference, octets) in std::mem::take(&mut self.objects) {
            places.insert(reference, out.len());
            let header = format!("{} {} obj\n", reference.number, reference.generation);
            out.extend_from_slice(header.as_bytes());
            bodies.insert(reference, out.len());
            out.extend_from_slice(&octets);
            out.extend_from_slice(b"\nendobj\n");
        }
        let start = out.len();
        if self.pdf.has_stream() {
            let own = self.reserve();
            places.insert(own, start);
            out.extend_from_slice(&self.stream(own, &places)?);
        } else {
            out.extend_from_slice(&self.table(&places)?);
        }
        out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
        Ok((out, bodies))
    }

    fn table(&self, places: &BTreeMap<Reference, usize>) -> Result<Vec<u8>, PdfError> {
        let mut out = b"xref\n".to_vec();
        for run in runs(places) {
            out.extend_from_slice(format!("{} {}\n", run[0].0.number, run.len()).as_bytes());
            for (reference, offset) in run {
                let entry = format!("{offset:010} {:05} n\r\n", reference.generation);
                out.extend_from_slice(entry.as_bytes());
            }
        }
        out.extend_from_slice(b"trailer\n");
        self.trailer()?.write(&mut out);
        out.push(b'\n');
        Ok(out)
    }

    fn stream(
        &self,
        own: Reference,
        places: &BTreeMap<Reference, usize>,
    ) -> Result<Vec<u8>, PdfError> {
        let mut index = Vec::new();
        let mut rows = Vec::new();
        for run in runs(places) {
            index.push(Object::Integer(run[0].0.number.into()));
            index.push(integer(run.len())?);
            for (reference, offset) in run {
                let offset = u32::try_from(*offset).map_err(|_| PdfError::TooLarge)?;
                rows.push(1);
                rows.extend_from_slice(&offset.to_be_bytes());
                rows.extend_from_slice(&reference.generation.to_be_bytes());
            }
        }
        let mut dictionary = self.trailer()?;
        dictionary.set("Type", Object::Name(b"XRef".to_vec()));
        dictionary.set("W", Object::Array([1, 4, 2].map(Object::Integer).to_vec()));
        dictionary.set("Index", Object::Array(index));
        dictionary.set("Length", integer(rows.len())?);
        let mut out = format!("{} {} obj\n", own.number, own.generation).into_bytes();
        dictionary.write(&mut out);
        out.extend_from_slice(b"\nstream\n");
        out.extend_from_slice(&rows);
        out.extend_from_slice(b"\nendstream\nendobj\n");
        Ok(out)
    }

    /// What the newest trailer says of the whole file.
    fn trailer(&self) -> Result<Dictionary, PdfError> {
        let mut trailer = Dictionary::default();
        trailer.set("Size", Object::Integer(self.next.into()));
        for key in ["Root", "Info", "ID"] {
            if let Some(value) = self.pdf.trailer().get(key) {
                trailer.set(key, value.clone());
            }
        }
        trailer.set("Prev", integer(self.pdf.start())?);
        Ok(trailer)
    }
}

impl Pdf<'_> {
    /// The reference by which an object can be replaced: objects out of an object stream come to
    /// stand in the file.
    pub(crate) fn is_there(&self, reference: Reference) -> bool {
        match self.place(reference.number) {
            Some(Place::At { generation, .. }) => generation == reference.generation,
            Some(Place::In { .. }) => reference.generation == 0,
            None => false,
        }
    }
}

/// Successive numbers together.
fn runs(places: &BTreeMap<Reference, usize>) -> Vec<Vec<(&Reference, &usize)>> {
    let mut runs: Vec<Vec<(&Reference, &usize)>> = Vec::new();
    for entry in places {
        match runs.last_mut() {
            Some(run) if run.last().map(|(last, _)| last.number + 1) == Some(entry.0.number) => {
                run.push(entry);
            }
            _ => runs.push(vec![entry]),
        }
    }
    runs
}

fn integer(value: usize) -> Result<Object, PdfError> {
    i64::try_from(value).map(Object::Integer).map_err(|_| PdfError::TooLarge)
}
