use crate::{ReaderEvent, ReaderState};

/// A source of reader events that does what it is told, in the caller's thread. It tells what
/// [`ReaderWatch`](crate::ReaderWatch) would.
pub struct ScriptedReaders {
    readers: Vec<ReaderState>,
    sink: Box<dyn FnMut(ReaderEvent) + Send>,
}

impl ScriptedReaders {
    /// Starts without a reader; the first event comes at once.
    pub fn start(sink: impl FnMut(ReaderEvent) + Send + 'static) -> Self {
        let mut readers = Self { readers: Vec::new(), sink: Box::new(sink) };
        readers.tell();
        readers
    }

    /// Connects an empty reader.
    pub fn plug(&mut self, reader: &str) {
        self.unplug_silently(reader);
        self.readers.push(ReaderState {
            name: reader.to_owned(),
            card_present: false,
            unresponsive: false,
            atr: Vec::new(),
            in_use: false,
        });
        self.tell();
    }

    /// Disconnects a reader, with a card or without.
    pub fn unplug(&mut self, reader: &str) {
        self.unplug_silently(reader);
        self.tell();
    }

    /// Puts a card into a reader.
    pub fn insert(&mut self, reader: &str) {
        self.set_card(reader, true);
    }

    /// Takes the card out of a reader.
    pub fn remove(&mut self, reader: &str) {
        self.set_card(reader, false);
    }

    /// Ends the PC/SC service, and with it every reader.
    pub fn end_service(&mut self) {
        self.readers.clear();
        (self.sink)(ReaderEvent::ServiceMissing);
    }

    fn set_card(&mut self, reader: &str, present: bool) {
        for state in self.readers.iter_mut().filter(|state| state.name == reader) {
            state.card_present = present;
            state.atr = if present { ATR.to_vec() } else { Vec::new() };
        }
        self.tell();
    }

    fn unplug_silently(&mut self, reader: &str) {
        self.readers.retain(|state| state.name != reader);
    }

    fn tell(&mut self) {
        (self.sink)(ReaderEvent::Readers(self.readers.clone()));
    }
}

/// The shortest answer to reset there is: direct convention, nothing to say.
const ATR: [u8; 2] = [0x3b, 0x00];
