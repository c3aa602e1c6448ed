use eframe::egui::{Event, Key};

/// Gives Tab a frame of its own. egui moves the focus once a frame, and whoever has it then gets
/// all that was typed in the frame, before Tab and after it: on a slow computer the end of one
/// passcode and the beginning of the next.
#[derive(Default)]
pub struct Keys {
    /// What came, and is for later frames.
    left: Vec<Event>,
}

impl Keys {
    /// Leaves what one frame may have, of what was left and what has come.
    pub fn pace(&mut self, events: &mut Vec<Event>) {
        self.left.append(events);
        let end = match self.left.iter().position(moves_the_focus) {
            None => self.left.len(),
            Some(0) => 1,
            Some(before) => before,
        };
        events.extend(self.left.drain(..end));
    }

    /// Whether the next frame has something to do.
    pub fn are_left(&self) -> bool {
        !self.left.is_empty()
    }
}

fn moves_the_focus(event: &Event) -> bool {
    matches!(event, Event::Key { key: Key::Tab, pressed: true, .. })
}
