//! What a picture's octets say of it before anything decodes them: whether all that they hold can
//! be seen in one still picture of bearable size.

use std::collections::BTreeSet;

use crate::dialog::screen::PictureFormat;

/// A picture that can be shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Picture {
    /// How it is written.
    pub format: PictureFormat,
    /// Pixels from left to right.
    pub width: u32,
    /// Pixels from top to bottom.
    pub height: u32,
    /// What the file holds that no picture shows, such as `Exif`.
    pub unseen: Vec<String>,
}

/// Reads the frame of a PNG (third edition) or JPEG (ITU-T T.81) file. `None`: it is something
/// else, has more than one picture, is too large, or goes on after its end.
pub fn read(octets: &[u8]) -> Option<Picture> {
    let picture = if octets.starts_with(PNG) { png(octets)? } else { jpeg(octets)? };
    let (width, height) = (u64::from(picture.width), u64::from(picture.height));
    let is_bearable = (1..=MAX_SIDE).contains(&width)
        && (1..=MAX_SIDE).contains(&height)
        && width * height <= MAX_PIXELS;
    is_bearable.then_some(picture)
}

fn png(octets: &[u8]) -> Option<Picture> {
    let mut rest = &octets[PNG.len()..];
    let mut size = None;
    let mut unseen = BTreeSet::new();
    loop {
        let (length, after) = rest.split_first_chunk::<4>()?;
        let (kind, after) = after.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let data = after.get(..length)?;
        // The checksum is the decoder's to check.
        rest = after.get(length.checked_add(4)?..)?;
        match kind {
            b"IHDR" if size.is_none() => {
                let (width, data) = data.split_first_chunk::<4>()?;
                let (height, _) = data.split_first_chunk::<4>()?;
                size = Some((u32::from_be_bytes(*width), u32::from_be_bytes(*height)));
            }
            // More than one picture.
            b"IHDR" | b"acTL" | b"fcTL" | b"fdAT" => return None,
            b"IEND" => break,
            b"PLTE" | b"IDAT" | b"tRNS" | b"gAMA" | b"cHRM" | b"sRGB" | b"iCCP" | b"sBIT"
            | b"bKGD" | b"hIST" | b"pHYs" | b"cICP" => {}
            other => {
                unseen.insert(String::from_utf8_lossy(other).into_owned());
            }
        }
    }
    let (width, height) = size.filter(|_| rest.is_empty())?;
    Some(Picture { format: PictureFormat::Png, width, height, unseen: Vec::from_iter(unseen) })
}

fn jpeg(octets: &[u8]) -> Option<Picture> {
    let mut rest = octets.strip_prefix(&[0xff, SOI])?;
    let mut size = None;
    let mut unseen = BTreeSet::new();
    loop {
        let (marker, after) = marker(rest)?;
        rest = after;
        match marker {
            EOI => break,
            // Without a length of their own.
            0x01 | 0xd0..=0xd7 => continue,
            SOI => return None,
            _ => {}
        }
        let (length, after) = rest.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2)?;
        let data = after.get(..length)?;
        rest = after.get(length..)?;
        match marker {
            // Tables of the code, the quantisation, and arithmetic coding.
            0xc4 | 0xcc | 0xdb | 0xdd => {}
            0xc0..=0xcf => {
                let (&[_, h1, h0, w1, w0], _) = data.split_first_chunk::<5>()?;
                let read = (u16::from_be_bytes([w1, w0]), u16::from_be_bytes([h1, h0]));
                if size.replace(read).is_some() {
                    return None;
                }
            }
            SOS => rest = after_scan(rest)?,
            // Several pictures in one file (CIPA DC-007).
            0xe2 if data.starts_with(b"MPF\0") => return None,
            0xe0 | 0xee => {}
            0xe2 if data.starts_with(b"ICC_PROFILE\0") => {}
            0xe1 if data.starts_with(b"Exif\0") => {
                unseen.insert("Exif".to_owned());
            }
            0xe1 => {
                unseen.insert("XMP".to_owned());
            }
            0xe2..=0xef => {
                unseen.insert(format!("APP{}", marker - 0xe0));
            }
            0xfe => {
                unseen.insert("COM".to_owned());
            }
            _ => return None,
        }
    }
    let (width, height) = size.filter(|_| rest.is_empty())?;
    let (width, height) = (width.into(), height.into());
    Some(Picture { format: PictureFormat::Jpeg, width, height, unseen: Vec::from_iter(unseen) })
}

/// The next marker, over octets that fill.
fn marker(octets: &[u8]) -> Option<(u8, &[u8])> {
    let rest = octets.strip_prefix(&[0xff])?;
    let fill = rest.iter().take_while(|octet| **octet == 0xff).count();
    let (marker, rest) = rest.get(fill..)?.split_first()?;
    (*marker != 0).then_some((*marker, rest))
}

/// What comes after coded data: from the next marker on that is not part of it.
fn after_scan(octets: &[u8]) -> Option<&[u8]> {
    let is_end = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0 | 0xd0..=0xd7 | 0xff);
    octets.windows(2).position(is_end).map(|at| &octets[at..])
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const SOI: u8 = 0xd8;
const EOI: u8 = 0xd9;
const SOS: u8 = 0xda;
const MAX_SIDE: u64 = 12_000;
/// Decoded they are 160 MB.
const MAX_PIXELS: u64 = 40_000_000;

#[cfg(test)]
mod tests {
    use image::{DynamicImage, ImageFormat};

    use super::*;

    fn picture(format: ImageFormat) -> Vec<u8> {
        let mut octets = std::io::Cursor::new(Vec::new());
        DynamicImage::new_rgb8(30, 20).write_to(&mut octets, format).unwrap();
        octets.into_inner()
    }

    /// A chunk of PNG, with a checksum that nobody looks at here.
    fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        [&length[..], kind, data, &[0; 4]].concat()
    }

    #[test]
    fn one_still_picture_is_read() {
        for (format, expected) in
            [(ImageFormat::Png, PictureFormat::Png), (ImageFormat::Jpeg, PictureFormat::Jpeg)]
        {
            let read = read(&picture(format)).unwrap();
            assert_eq!((read.format, read.width, read.height), (expected, 30, 20));
            assert_eq!(read.unseen, Vec::<String>::new());
        }
    }

    #[test]
    fn what_no_picture_shows_is_named() {
        let png = picture(ImageFormat::Png);
        let (before, end) = png.split_at(png.len() - 12);
        let text = [before, &chunk(b"tEXt", b"Comment\0hidden"), end].concat();
        assert_eq!(read(&text).unwrap().unseen, ["tEXt"]);
        let jpeg = picture(ImageFormat::Jpeg);
        let comment = [&jpeg[..2], b"\xff\xfe\0\x08hidden", &jpeg[2..]].concat();
        assert_eq!(read(&comment).unwrap().unseen, ["COM"]);
    }

    #[test]
    fn more_than_one_picture_or_more_than_a_picture_is_none() {
        let png = picture(ImageFormat::Png);
        let (header, rest) = png.split_at(33);
        let animated = [header, &chunk(b"acTL", &[0, 0, 0, 2, 0, 0, 0, 0]), rest].concat();
        assert_eq!(read(&animated), None);
        let jpeg = picture(ImageFormat::Jpeg);
        let several = [&jpeg[..2], b"\xff\xe2\0\x06MPF\0", &jpeg[2..]].concat();
        assert_eq!(read(&several), None);
        for octets in [png, jpeg] {
            assert_eq!(read(&[&octets[..], b"<html>"].concat()), None, "after its end");
            assert_eq!(read(&[&octets[..], &octets[..]].concat()), None, "twice");
            for length in 0..octets.len() {
                assert_eq!(read(&octets[..length]), None, "cut at {length}");
            }
        }
    }

    #[test]
    fn a_bomb_is_none() {
        let header = |width: u32, height: u32| {
            let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
            let data = [&size[..], &[8, 6, 0, 0, 0]].concat();
            [PNG, &chunk(b"IHDR", &data), &chunk(b"IEND", &[])].concat()
        };
        assert!(read(&header(4_000, 4_000)).is_some());
        for (width, height) in [(0, 1), (20_000, 2), (8_000, 8_000), (u32::MAX, u32::MAX)] {
            assert_eq!(read(&header(width, height)), None, "{width} x {height}");
        }
    }
}
