use std::{
    collections::BTreeSet,
    io::Cursor,
    sync::mpsc::{self, Receiver, TryRecvError},
    thread,
    time::{Duration, Instant},
};

use eframe::egui::{
    Button, Color32, ColorImage, Image, RichText, ScrollArea, TextureHandle, TextureOptions, Ui,
    Vec2,
};
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits};

use super::{look::Look, parts::alert};
use crate::dialog::{
    screen::{ContentItem, ContentLine, Picture, PictureFormat},
    words::{Said, Word},
};

/// Whether every picture that is to be signed can be shown at all, opened or not: each is decoded
/// once, in a thread of its own.
pub struct Checks {
    results: Option<Receiver<(usize, bool)>>,
    waiting: BTreeSet<usize>,
    failed: BTreeSet<usize>,
    last: Instant,
}

impl Checks {
    pub fn begin(items: &[ContentItem]) -> Self {
        let pictures: Vec<(usize, Picture)> = items
            .iter()
            .enumerate()
            .flat_map(|(place, item)| pictures(item).map(move |picture| (place, picture.clone())))
            .collect();
        let waiting: BTreeSet<usize> = pictures.iter().map(|(place, _)| *place).collect();
        let (sender, results) = mpsc::channel();
        let results = (!pictures.is_empty()).then_some(results);
        if results.is_some() {
            thread::spawn(move || {
                for (place, picture) in pictures {
                    if sender.send((place, decode(&picture).is_some())).is_err() {
                        return;
                    }
                }
            });
        }
        Self { results, waiting, failed: BTreeSet::new(), last: Instant::now() }
    }

    /// Takes what has been found; places of pictures that turned out not to be shown.
    pub fn poll(&mut self, ui: &Ui) -> Vec<usize> {
        let mut failed = Vec::new();
        let Some(results) = &self.results else { return failed };
        loop {
            match results.try_recv() {
                Ok((place, is_shown)) => {
                    self.last = Instant::now();
                    self.waiting.remove(&place);
                    if !is_shown {
                        failed.push(place);
                    }
                }
                Err(TryRecvError::Empty) if self.last.elapsed() < DECODED_WITHIN => break,
                // It takes too long, or the decoder broke down.
                Err(_) => {
                    failed.extend(std::mem::take(&mut self.waiting));
                    break;
                }
            }
        }
        self.failed.extend(&failed);
        if self.waiting.is_empty() {
            self.results = None;
        } else {
            ui.ctx().request_repaint_after(AGAIN);
        }
        failed
    }

    /// Whether some are not looked at yet.
    pub fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether one turned out not to be shown.
    pub fn failed(&self, place: usize) -> bool {
        self.failed.contains(&place)
    }
}

/// A picture in an open document.
pub struct Shown {
    size: Vec2,
    state: State,
    is_large: bool,
}

enum State {
    Decoding(Receiver<ColorImage>, Instant),
    Decoded(TextureHandle),
    Failed,
}

impl Shown {
    pub fn of(picture: &Picture) -> Self {
        let (sender, decoded) = mpsc::channel();
        let octets = picture.clone();
        thread::spawn(move || {
            if let Some(image) = decode(&octets) {
                // The window may have gone.
                let _ = sender.send(image);
            }
        });
        #[allow(clippy::cast_precision_loss, reason = "at most some thousands")]
        let size = Vec2::new(picture.width as f32, picture.height as f32);
        Self { size, state: State::Decoding(decoded, Instant::now()), is_large: false }
    }

    pub fn show(&mut self, ui: &mut Ui, look: &Look) {
        if let State::Decoding(decoded, begun) = &self.state {
            match decoded.try_recv() {
                Ok(image) => {
                    let texture = ui.ctx().load_texture("picture", image, TextureOptions::LINEAR);
                    self.state = State::Decoded(texture);
                }
                Err(TryRecvError::Empty) if begun.elapsed() < DECODED_WITHIN => {
                    ui.ctx().request_repaint_after(AGAIN);
                }
                Err(_) => self.state = State::Failed,
            }
        }
        let said = Said::from(Word::PictureSize).with(self.size.x).with(self.size.y);
        let said = look.say(ui, said);
        match &self.state {
            State::Decoding(..) => {
                ui.label(look.quiet(ui, Word::PictureIsRead));
            }
            State::Failed => {
                let text = look.say(ui, Word::PictureFails);
                alert(ui, RichText::new(text).color(look.palette.caution));
            }
            State::Decoded(texture) => {
                let whole = texture.size_vec2();
                if self.is_large {
                    let area = ScrollArea::horizontal().id_salt(texture.id());
                    area.show(ui, |ui| {
                        ui.add(Image::from_texture((texture.id(), whole)).alt_text(&said));
                    });
                } else {
                    let room = Vec2::new(ui.available_width(), HIGH);
                    let scale = (room / whole).min_elem().min(1.0);
                    let image = Image::from_texture((texture.id(), whole * scale));
                    ui.add(image.alt_text(&said));
                }
                ui.horizontal_wrapped(|ui| {
                    ui.label(RichText::new(&said).small().color(look.palette.quiet));
                    let word = if self.is_large { Word::PictureFit } else { Word::PictureEnlarge };
                    let word = look.say(ui, word);
                    if ui.add(Button::new(word).small()).clicked() {
                        self.is_large = !self.is_large;
                    }
                });
            }
        }
    }

    /// About as high as it is drawn.
    pub fn expected_height(&self, width: f32) -> f32 {
        (self.size.y * (width / self.size.x.max(1.0)).min(1.0)).min(HIGH) + 30.0
    }
}

fn pictures(item: &ContentItem) -> impl Iterator<Item = &Picture> {
    item.lines.iter().filter_map(|line| match line {
        ContentLine::Picture(picture) => Some(picture),
        _ => None,
    })
}

/// Decodes within bounds, on squares where it is transparent, and no larger than a screen. `None`:
/// it is broken, or not what was read of it.
fn decode(picture: &Picture) -> Option<ColorImage> {
    let format = match picture.format {
        PictureFormat::Jpeg => ImageFormat::Jpeg,
        PictureFormat::Png => ImageFormat::Png,
    };
    let mut reader = ImageReader::with_format(Cursor::new(&picture.octets.0), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(picture.width);
    limits.max_image_height = Some(picture.height);
    limits.max_alloc = Some(MAX_OCTETS);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().ok()?;
    if decoder.dimensions() != (picture.width, picture.height) {
        return None;
    }
    let orientation = decoder.orientation().ok()?;
    let mut image = DynamicImage::from_decoder(decoder).ok()?;
    image.apply_orientation(orientation);
    if image.width().max(image.height()) > MAX_SIDE {
        image = image.thumbnail(MAX_SIDE, MAX_SIDE);
    }
    let pixels = image.into_rgba8();
    let size = [usize::try_from(pixels.width()).ok()?, usize::try_from(pixels.height()).ok()?];
    let on_squares = |(x, y, pixel): (u32, u32, &image::Rgba<u8>)| {
        let [red, green, blue, alpha] = pixel.0;
        let square = if (x / SQUARE + y / SQUARE).is_multiple_of(2) { 0xff } else { 0xc4 };
        let colour = Color32::from_rgba_unmultiplied(red, green, blue, alpha);
        Color32::from_gray(square).blend(colour)
    };
    let colours = pixels.enumerate_pixels().map(on_squares).collect();
    Some(ColorImage::new(size, colours))
}

const DECODED_WITHIN: Duration = Duration::from_secs(15);
const AGAIN: Duration = Duration::from_millis(50);
const MAX_OCTETS: u64 = 512 * 1024 * 1024;
/// What every graphics card draws.
const MAX_SIDE: u32 = 2_048;
const SQUARE: u32 = 8;
/// Points that a picture is high at most, until it is enlarged.
const HIGH: f32 = 420.0;

#[cfg(test)]
mod tests {
    use wardkey_protocol::Base64;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut octets = Cursor::new(Vec::new());
        DynamicImage::new_rgba8(width, height).write_to(&mut octets, ImageFormat::Png).unwrap();
        octets.into_inner()
    }

    fn picture(octets: Vec<u8>, width: u32, height: u32) -> Picture {
        Picture { format: PictureFormat::Png, octets: Base64(octets), width, height }
    }

    #[test]
    fn what_is_decoded_is_what_was_read_of_it() {
        let whole = png(30, 20);
        let decoded = decode(&picture(whole.clone(), 30, 20)).unwrap();
        assert_eq!(decoded.size, [30, 20]);
        // Transparent: the squares.
        assert_eq!((decoded[(0, 0)], decoded[(8, 0)]), (Color32::WHITE, Color32::from_gray(0xc4)));
        assert!(decode(&picture(whole.clone(), 29, 20)).is_none());
        assert!(decode(&picture(whole[..60].to_vec(), 30, 20)).is_none());
        let mut broken = whole;
        broken[45] ^= 0xff;
        assert!(decode(&picture(broken, 30, 20)).is_none());
    }

    #[test]
    fn a_large_picture_is_no_larger_than_a_texture() {
        let decoded = decode(&picture(png(5_000, 100), 5_000, 100)).unwrap();
        assert_eq!(decoded.size[0], 2_048);
    }
}
