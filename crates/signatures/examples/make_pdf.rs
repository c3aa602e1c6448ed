//! Writes the synthetic PDFs of `fixtures/`, a letter on two pages with a table of references and
//! with compressed ones: `cargo run -p wardkey-signatures --example make_pdf [FOLDER]`. People are
//! invented.

use std::{env, error::Error, fs, path::PathBuf};

use miniz_oxide::deflate::compress_to_vec_zlib;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = env::args_os().nth(1).map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures")),
        PathBuf::from,
    );
    fs::create_dir_all(&folder)?;
    for (name, octets) in files() {
        let pages = wardkey_signatures::pdf::pages(&octets)?;
        let file = folder.join(name);
        fs::write(&file, octets)?;
        println!("{}: {pages} pages", file.display());
    }
    Ok(())
}

/// The files with their names.
pub(crate) fn files() -> [(&'static str, Vec<u8>); 2] {
    [("letter.pdf", with_table()), ("letter-compact.pdf", with_streams())]
}

/// As PDF 1.4 has it.
fn with_table() -> Vec<u8> {
    let mut out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = format!("xref\n0 {}\n0000000000 65535 f\r\n", OBJECTS.len() + 3);
    let all = OBJECTS.iter().map(|object| (*object).to_owned()).chain(PAGES.map(content));
    for (number, object) in (1..).zip(all) {
        table += &format!("{:010} 00000 n\r\n", out.len());
        out.extend_from_slice(format!("{number} 0 obj\n{object}\nendobj\n").as_bytes());
    }
    let size = OBJECTS.len() + 3;
    let trailer =
        format!("trailer\n<< /Size {size} {TRAILER} >>\nstartxref\n{}\n%%EOF\n", out.len());
    out.extend_from_slice(table.as_bytes());
    out.extend_from_slice(trailer.as_bytes());
    out
}

/// As PDF 1.5 has it: objects and references in compressed streams.
fn with_streams() -> Vec<u8> {
    let mut out = b"%PDF-1.5\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let (container, own) = (OBJECTS.len() + 3, OBJECTS.len() + 4);
    let mut places = vec![[0, 0, 0, 0]; own + 1];
    for (number, page) in (OBJECTS.len() + 1..).zip(PAGES) {
        places[number] = at(out.len());
        out.extend_from_slice(format!("{number} 0 obj\n{}\nendobj\n", content(page)).as_bytes());
    }
    let (mut numbers, mut bodies) = (String::new(), String::new());
    for (index, object) in OBJECTS.iter().enumerate() {
        numbers += &format!("{} {} ", index + 1, bodies.len());
        bodies += &format!("{object}\n");
        places[index + 1] = [2, 0, low(container), low(index)];
    }
    let (count, first) = (OBJECTS.len(), numbers.len());
    places[container] = at(out.len());
    let entries = format!("/Type /ObjStm /N {count} /First {first}");
    let object = compressed(&entries, (numbers + &bodies).as_bytes());
    out.extend_from_slice(format!("{container} 0 obj\n").as_bytes());
    out.extend_from_slice(&object);
    places[own] = at(out.len());
    let start = out.len();
    let mut above = [0; 4];
    let mut rows = Vec::new();
    for row in &places {
        // The predictor "up".
        rows.push(2);
        rows.extend(row.iter().zip(above).map(|(octet, above)| octet.wrapping_sub(above)));
        above = *row;
    }
    let entries = format!(
        "/Type /XRef /Size {} /W [1 2 1] /DecodeParms << /Predictor 12 /Columns 4 >> {TRAILER}",
        places.len()
    );
    out.extend_from_slice(format!("{own} 0 obj\n").as_bytes());
    out.extend_from_slice(&compressed(&entries, &rows));
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    out
}

fn content(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("({line}) Tj T*\n")).collect();
    let text = format!("BT /F1 12 Tf 15 TL 72 770 Td\n{lines}ET");
    format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len())
}

fn compressed(entries: &str, octets: &[u8]) -> Vec<u8> {
    let octets = compress_to_vec_zlib(octets, 6);
    let length = octets.len();
    let head = format!("<< {entries} /Filter /FlateDecode /Length {length} >>\nstream\n");
    [head.as_bytes(), &octets, b"\nendstream\nendobj\n"].concat()
}

/// Of an object in the file.
fn at(place: usize) -> [u8; 4] {
    [1, low(place >> 8), low(place), 0]
}

fn low(number: usize) -> u8 {
    (number & 0xff) as u8
}

const OBJECTS: [&str; 6] = [
    "<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
    "<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 7 0 R \
     /Resources << /Font << /F1 5 0 R >> >> >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 8 0 R \
     /Resources << /Font << /F1 5 0 R >> >> >>",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    "<< /Title (Discharge letter) /CreationDate (D:20261123092500Z) >>",
];

const PAGES: [&str; 2] = [
    "Discharge letter\n\nDear Dr Whitfield,\n\nMrs Marlowe went home today, in good spirits.\n\
     Bisoprolol 2.5 mg once a day; bloods in a week.",
    "Kind regards\nAmira Okafor\nPage 2 of 2",
];

const TRAILER: &str = "/Root 1 0 R /Info 6 0 R /ID [<5761726b6579206c65747465722e706466> \
     <5761726b6579206c65747465722e706466>]";
