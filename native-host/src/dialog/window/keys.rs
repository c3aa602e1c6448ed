use eframe::egui::{Event, Key};

/// Gives Tab a frame of its own. egui moves the focus once a frame, and whoever has it then gets
/// all that was typed in the frame, before Tab and after it: on a slow computer the end of one
/// passcode and the beginning of the next.
#[derive(Default)]
pub struct Keys {
    /// What came, and is for later frames.
    left: Vec<Event>,
    /// How many events were given out that no frame has taken: a window that nobody sees has no
    /// frames, and its events come again.
    given: usize,
}

impl Keys {
    /// Leaves what one frame may have, of what was left and what has come.
    pub fn pace(&mut self, events: &mut Vec<Event>) {
        for event in events.split_off(self.given.min(events.len())) {
            // A key that is held down comes faster than a slow window paints.
            if !moves_the_focus(&event) || !self.is_held() {
                self.left.push(event);
            }
        }
        if self.given > 0 {
            return;
        }
        let end = match self.left.iter().position(moves_the_focus) {
            None => self.left.len(),
            Some(0) => 1,
            Some(before) => before,
        };
        events.extend(self.left.drain(..end));
        self.given = events.len();
    }

    /// A frame has what was given out.
    pub fn taken(&mut self) {
        self.given = 0;
    }

    /// Whether the next frame has something to do.
    pub fn are_left(&self) -> bool {
        !self.left.is_empty()
    }

    /// Whether Tab is pressed, in what is left, and not let go.
    fn is_held(&self) -> bool {
        let is_tab = |event: &&Event| matches!(event, Event::Key { key: Key::Tab, .. });
        self.left.iter().rev().find(is_tab).is_some_and(moves_the_focus)
    }
}

fn moves_the_focus(event: &Event) -> bool {
    matches!(event, Event::Key { key: Key::Tab, pressed: true, .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Event {
        Event::Text(text.to_owned())
    }

    fn tab(pressed: bool) -> Event {
        let modifiers = eframe::egui::Modifiers::NONE;
        Event::Key { key: Key::Tab, physical_key: None, pressed, repeat: false, modifiers }
    }

    /// What each frame has, until nothing is left.
    fn frames(keys: &mut Keys, mut events: Vec<Event>) -> Vec<Vec<Event>> {
        let mut frames = Vec::new();
        loop {
            keys.pace(&mut events);
            keys.taken();
            frames.push(std::mem::take(&mut events));
            if !keys.are_left() {
                return frames;
            }
        }
    }

    #[test]
    fn what_no_frame_took_comes_again_and_stays_in_its_order() {
        let mut keys = Keys::default();
        let mut events = vec![text("a"), tab(true), tab(false), text("b")];
        keys.pace(&mut events);
        assert_eq!(events, [text("a")]);
        // The window is behind another.
        events.push(text("c"));
        keys.pace(&mut events);
        assert_eq!(events, [text("a")]);
        keys.taken();
        let rest = frames(&mut keys, vec![text("d")]);
        let last = vec![tab(false), text("b"), text("c"), text("d")];
        assert_eq!(rest, [vec![tab(true)], last]);
    }

    #[test]
    fn a_tab_that_is_held_down_keeps_no_frames_busy_after_it() {
        let mut keys = Keys::default();
        let held = (0..50).map(|_| tab(true)).chain([tab(false), text("a")]).collect();
        assert_eq!(frames(&mut keys, held), [vec![tab(true)], vec![tab(false), text("a")]]);
        let twice = vec![tab(true), tab(false), tab(true), tab(false)];
        assert_eq!(frames(&mut keys, twice).len(), 4);
    }
}
