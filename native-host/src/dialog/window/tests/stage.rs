//! A window without a display: it is fed screens and keys, and its accessibility tree is read.

use std::{collections::HashMap, path::PathBuf};

use eframe::egui::{
    self, Context, Event, FullOutput, Key, Modifiers, MouseWheelUnit, Rect, Shape, TouchPhase,
    Vec2, ViewportId,
    accesskit::{self, Action, Live, Node, NodeId, Role},
};
use wardkey_protocol::{Base64, command::sign::Document, view::RoleView};

use super::{
    super::{
        super::theme,
        keys::Keys,
        view::{self, View},
    },
    ContentItem, ContentLine, PasscodeBody, Preferences,
    paint::Painter,
};
use crate::{
    agent::{content, received::Received},
    dialog::{
        screen::{
            Body, CardLine, FromDialog, Lengths, NewPasscodeBody, Phrase, Rules, Screen, SetBy,
            ToldBody, Tries, TypedWhere, WhoAsks,
        },
        words::{Said, Word},
    },
};

/// The window and who sits before it.
pub struct Stage {
    context: Context,
    view: View,
    keys: Keys,
    painter: Painter,
    /// The size of the display, in pixels.
    screen: Vec2,
    size: Vec2,
    time: f64,
    tree: HashMap<NodeId, Node>,
    focused: NodeId,
    last: Option<FullOutput>,
    answer: Option<FromDialog>,
    title: String,
}

/// A control or a text, as a screen reader has it.
#[derive(Debug)]
pub struct Seen {
    pub id: NodeId,
    pub role: Role,
    pub description: Option<String>,
    pub focused: bool,
    pub live: bool,
    pub described_by: Vec<NodeId>,
}

impl Stage {
    pub fn new(preferences: Preferences) -> Self {
        let context = Context::default();
        context.enable_accesskit();
        theme::apply(&context, &preferences);
        Self {
            context,
            size: Vec2::from(view::SMALL) * preferences.zoom(),
            view: View::new(preferences),
            keys: Keys::default(),
            painter: Painter::default(),
            screen: Vec2::new(1280.0, 1024.0),
            time: 0.0,
            tree: HashMap::new(),
            focused: NodeId(0),
            last: None,
            answer: None,
            title: String::new(),
        }
    }

    /// Has it begin on a display of this size, which no window exceeds.
    pub fn put_on(&mut self, screen: [f32; 2]) {
        self.screen = screen.into();
        self.size = self.size.min(self.screen);
    }

    pub fn take(&mut self, screen: Screen) {
        // The size of everything is that of the frame before.
        self.frame(vec![]);
        self.frame(vec![]);
        self.view.take(&self.context, screen);
        self.settle();
    }

    /// Frames until nothing moves.
    pub fn settle(&mut self) {
        for _ in 0..4 {
            self.frame(vec![]);
        }
    }

    /// Frames until a text is there.
    pub fn wait_until(&mut self, text: &str) {
        for _ in 0..1_000 {
            self.frame(vec![]);
            if self.tree_text().contains(text) {
                return self.settle();
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        panic!("no `{text}` in:\n{}", self.tree_text());
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn type_text(&mut self, text: &str) {
        self.frame(vec![Event::Text(text.to_owned())]);
        self.settle();
    }

    /// Presses a key; what was answered.
    pub fn press(&mut self, key: Key) -> Option<FromDialog> {
        self.press_with(key, Modifiers::NONE);
        self.answer.take()
    }

    /// What was answered since the last time.
    pub fn answered(&mut self) -> Option<FromDialog> {
        self.answer.take()
    }

    pub fn scroll(&mut self, points: f32) {
        let middle = (self.size / 2.0).to_pos2();
        self.frame(vec![Event::PointerMoved(middle)]);
        self.frame(vec![Event::MouseWheel {
            unit: MouseWheelUnit::Point,
            delta: Vec2::new(0.0, points),
            phase: TouchPhase::Move,
            source: egui::MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        }]);
        for _ in 0..10 {
            self.frame(vec![]);
        }
    }

    /// Does what a screen reader does to press a control.
    pub fn click(&mut self, name: &str) {
        self.act(name, Action::Click);
    }

    pub fn focus(&mut self, name: &str) {
        self.act(name, Action::Focus);
        assert!(self.named(name).focused, "{name} takes no focus");
    }

    pub fn has(&self, role: Role) -> bool {
        self.tree.values().any(|node| node.role() == role)
    }

    pub fn named(&self, name: &str) -> Seen {
        self.find(name, |text| text == name)
    }

    pub fn starting(&self, name: &str) -> Seen {
        self.find(name, |text| text.starts_with(name))
    }

    /// Asserts that the tree has these texts.
    #[track_caller]
    pub fn says(&self, texts: &[&str]) {
        let all = self.tree_text();
        for text in texts {
            assert!(all.contains(text), "no `{text}` in:\n{all}");
        }
    }

    /// Every text of the tree, a line each.
    pub fn tree_text(&self) -> String {
        let texts = self.tree.values().flat_map(|node| [node.label(), node.value()]);
        texts.flatten().collect::<Vec<_>>().join("\n")
    }

    /// The names of what Tab reaches, from the first on.
    pub fn tab_order(&mut self) -> Vec<String> {
        let mut order = Vec::new();
        if self.tree[&self.focused].role() == Role::Window {
            self.press_with(Key::Tab, Modifiers::NONE);
        }
        let begin = self.focused;
        while order.len() < 300 {
            order.push(self.name_of(self.focused));
            self.press_with(Key::Tab, Modifiers::NONE);
            if self.focused == begin {
                return order;
            }
        }
        panic!("Tab leads nowhere: {order:?}")
    }

    /// Where a control is, in points.
    pub fn place(&self, name: &str) -> Rect {
        let (_, node) = self.node(name, |text| text == name);
        let bounds = node.bounds().unwrap();
        let point = |x: f64, y: f64| egui::pos2(x as f32, y as f32);
        Rect::from_min_max(point(bounds.x0, bounds.y0), point(bounds.x1, bounds.y1))
    }

    /// Asserts that a control lies in the window, whole.
    #[track_caller]
    pub fn in_sight(&self, name: &str) {
        let (_, node) = self.node(name, |text| text == name);
        self.shows(name, node);
    }

    /// The same of what is going on.
    #[track_caller]
    pub fn status_in_sight(&self) {
        let statuses = self.tree.values().filter(|node| node.role() == Role::Status);
        let shown = statuses.map(|node| self.shows("the status", node)).count();
        assert!(shown > 0, "nothing is going on");
    }

    #[track_caller]
    fn shows(&self, name: &str, node: &Node) {
        let bounds = node.bounds().unwrap();
        let zoom = f64::from(self.context.zoom_factor());
        let (right, bottom) = (f64::from(self.size.x) / zoom, f64::from(self.size.y) / zoom);
        let is_in = bounds.x0 >= -0.5
            && bounds.y0 >= -0.5
            && bounds.x1 <= right + 0.5
            && bounds.y1 <= bottom + 0.5;
        assert!(is_in, "{name}: {bounds:?} in {right} x {bottom}");
    }

    /// How many texts the last frame drew.
    pub fn drawn_rows(&self) -> usize {
        let shapes = &self.last.as_ref().unwrap().shapes;
        shapes.iter().filter(|clipped| matches!(clipped.shape, Shape::Text(_))).count()
    }

    /// Paints the last frame, after a look at whether any text is cut off sideways.
    #[track_caller]
    pub fn picture(&mut self, name: &str) {
        self.settle();
        let output = self.last.take().unwrap();
        for clipped in &output.shapes {
            let Shape::Text(text) = &clipped.shape else { continue };
            let place = text.visual_bounding_rect();
            let is_in = place.left() >= clipped.clip_rect.left() - 1.0
                && place.right() <= clipped.clip_rect.right() + 1.0;
            let is_seen = clipped.clip_rect.intersects(place);
            assert!(is_in || !is_seen, "{name}: cut off: {:?}", text.galley.text());
        }
        let scale = output.pixels_per_point;
        let primitives = self.context.tessellate(output.shapes, scale);
        let size = [self.size.x as u32, self.size.y as u32];
        let canvas = self.painter.paint(&primitives, scale, size);
        let colours: std::collections::HashSet<_> = canvas.pixels().collect();
        assert!(colours.len() > 20, "{name}: nothing is painted");
        let folder = std::env::var_os("WARDKEY_PICTURES").map_or_else(
            || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/dialog"),
            PathBuf::from,
        );
        std::fs::create_dir_all(&folder).unwrap();
        canvas.save(folder.join(format!("{name}.png"))).unwrap();
    }

    /// Does all this before the window's next frame; what was answered.
    pub fn at_once(&mut self, events: Vec<Event>) -> Option<FromDialog> {
        self.frame(events);
        while self.keys.are_left() {
            self.frame(vec![]);
        }
        self.settle();
        self.answer.take()
    }

    fn press_with(&mut self, key: Key, modifiers: Modifiers) {
        let mut answer = None;
        for event in pressed(key, modifiers) {
            self.frame(vec![event]);
            answer = answer.or(self.answer.take());
        }
        self.settle();
        self.answer = answer.or(self.answer.take());
    }

    fn act(&mut self, name: &str, action: Action) {
        let (target_node, _) = self.node(name, |text| text == name);
        let request = accesskit::ActionRequest {
            action,
            target_tree: accesskit::TreeId::ROOT,
            target_node,
            data: None,
        };
        self.frame(vec![Event::AccessKitActionRequest(request)]);
        self.settle();
    }

    fn frame(&mut self, mut events: Vec<Event>) {
        self.keys.pace(&mut events);
        self.keys.taken();
        self.time += 0.05;
        let zoom = self.context.zoom_factor();
        let mut input = egui::RawInput {
            screen_rect: Some(Rect::from_min_size(egui::Pos2::ZERO, self.size / zoom)),
            time: Some(self.time),
            focused: true,
            events,
            ..egui::RawInput::default()
        };
        let viewport = input.viewports.entry(ViewportId::ROOT).or_default();
        viewport.native_pixels_per_point = Some(1.0);
        viewport.monitor_size = Some(self.screen / zoom);
        let view = &mut self.view;
        let mut answer = None;
        let mut output = self.context.run_ui(input, |ui| answer = answer.take().or(view.show(ui)));
        self.answer = self.answer.take().or(answer);
        self.painter.update(std::mem::take(&mut output.textures_delta));
        for command in output.viewport_output[&ViewportId::ROOT].commands.iter() {
            match command {
                egui::ViewportCommand::InnerSize(size) => self.size = (*size * zoom).floor(),
                egui::ViewportCommand::Title(title) => self.title = title.clone(),
                _ => {}
            }
        }
        if let Some(update) = output.platform_output.accesskit_update.take() {
            self.tree = update.nodes.into_iter().collect();
            self.focused = update.focus;
        }
        self.last = Some(output);
    }

    fn find(&self, name: &str, is_it: impl Fn(&str) -> bool) -> Seen {
        let (id, node) = self.node(name, is_it);
        Seen {
            id,
            role: node.role(),
            description: node.description().map(str::to_owned),
            focused: self.focused == id,
            live: node.live() == Some(Live::Assertive),
            described_by: node.described_by().to_vec(),
        }
    }

    #[track_caller]
    fn node(&self, name: &str, is_it: impl Fn(&str) -> bool) -> (NodeId, &Node) {
        let found: Vec<NodeId> =
            self.tree.keys().copied().filter(|id| is_it(&self.name_of(*id))).collect();
        // A control rather than the text that names it.
        let rank = |id: &NodeId| match self.tree[id].role() {
            Role::Label | Role::TextRun => 1,
            _ => 0,
        };
        let id = found.into_iter().min_by_key(rank);
        let id = id.unwrap_or_else(|| panic!("no `{name}` in:\n{}", self.tree_text()));
        (id, &self.tree[&id])
    }

    fn name_of(&self, id: NodeId) -> String {
        let Some(node) = self.tree.get(&id) else { return String::new() };
        let own = node.label().filter(|label| !label.is_empty());
        let texts = || {
            let by = node.labelled_by().iter().filter_map(|by| self.tree.get(by));
            by.filter_map(|by| by.label().or(by.value())).collect::<Vec<_>>().join(" ")
        };
        match own {
            Some(own) => own.to_owned(),
            None if node.role() == Role::Label => node.value().unwrap_or_default().to_owned(),
            None => match texts() {
                named if named.is_empty() => match node.role() {
                    Role::Alert | Role::Heading | Role::Status => {
                        node.value().unwrap_or_default().to_owned()
                    }
                    _ => String::new(),
                },
                named => named,
            },
        }
    }
}

/// A key that is pressed and let go.
pub fn pressed(key: Key, modifiers: Modifiers) -> Vec<Event> {
    let event = |pressed| Event::Key { key, physical_key: None, pressed, repeat: false, modifiers };
    vec![event(true), event(false)]
}

pub fn screen(title: impl Into<Said>, body: Body) -> Screen {
    let who_asks = WhoAsks {
        within: None,
        origin: "https://ward.example".to_owned(),
        program: None,
        user: false,
        server: Some("Example Trust".to_owned()),
        relying_party: None,
        claims: None,
    };
    Screen { title: title.into(), who_asks, body }
}

pub fn sign_in(change: impl Fn(&mut PasscodeBody)) -> Screen {
    passcode(Word::SignIn.into(), Vec::new(), change)
}

pub fn sign(content: Vec<ContentItem>, change: impl Fn(&mut PasscodeBody)) -> Screen {
    let title = Said::counted(Word::SignTitle, content.len());
    let mut screen = passcode(title, content, change);
    screen.who_asks.server = None;
    screen.who_asks.claims = Some("Discharge of the patient".to_owned());
    screen
}

fn passcode(title: Said, content: Vec<ContentItem>, change: impl Fn(&mut PasscodeBody)) -> Screen {
    let mut body = PasscodeBody {
        card: CardLine {
            holder: "Dr Tom Tester".to_owned(),
            reader: "Example Reader 00".to_owned(),
            kept: false,
        },
        tries: Tries::default(),
        min_length: 4,
        max_length: 8,
        typed: TypedWhere::Here,
        asks: Vec::new(),
        another: false,
        content,
        left_out: Vec::new(),
        note: None,
    };
    change(&mut body);
    screen(title, Body::Passcode(Box::new(body)))
}

/// Another passcode of 6 to 8 digits, as its user asks for it.
pub fn new_passcode(by: SetBy, change: impl Fn(&mut NewPasscodeBody)) -> Screen {
    let lengths = Lengths { min: 6, max: 8 };
    let mut body = NewPasscodeBody {
        card: CardLine {
            holder: "Dr Tom Tester".to_owned(),
            reader: "Example Reader 00".to_owned(),
            kept: false,
        },
        by,
        tries: Tries::default(),
        lengths,
        rules: Rules { lengths, digits: true },
        typed: TypedWhere::Here,
        note: None,
    };
    change(&mut body);
    of_user(title_of(by), Body::NewPasscode(Box::new(body)))
}

/// Something that the user is told who asked for another passcode.
pub fn told(by: SetBy, is_well: bool, said: [Word; 2], offer: Option<SetBy>) -> Screen {
    let [text, remedy] = said.map(Said::from);
    of_user(title_of(by), Body::Told(Box::new(ToldBody { is_well, text, remedy, offer })))
}

fn of_user(title: Word, body: Body) -> Screen {
    let mut screen = screen(title, body);
    screen.who_asks =
        WhoAsks { user: true, origin: String::new(), server: None, ..screen.who_asks };
    screen
}

fn title_of(by: SetBy) -> Word {
    match by {
        SetBy::Passcode => Word::ChangePasscode,
        SetBy::UnblockingKey => Word::UnblockCard,
    }
}

pub fn roles() -> Screen {
    let role = |id: &str, name: &str, organisation: &str, code: &str| RoleView {
        id: id.to_owned(),
        name: name.to_owned(),
        organisation: organisation.to_owned(),
        organisation_code: code.to_owned(),
    };
    let roles = vec![
        role("R1", "Clinical Practitioner", "Example Surgery", "A83008"),
        role("R2", "Consultant", "Example General Hospital", "RXX01"),
        role("R3", "Pharmacist", "Example Pharmacy", "FX123"),
    ];
    let user = "Dr Tom Tester".to_owned();
    screen(Word::SignIn, Body::Roles { user, roles, preselected: Some("R1".to_owned()) })
}

pub fn document(title: &str, change: impl Fn(&mut ContentItem)) -> ContentItem {
    let mut item = ContentItem {
        title: title.to_owned().into(),
        not_shown: false,
        reason: None,
        may_be_unseen: false,
        media_type: "application/octet-stream".to_owned(),
        size: Some(1_234),
        digest: "3f".repeat(32),
        lines: Vec::new(),
    };
    change(&mut item);
    item
}

pub fn text(title: &str, text: &str) -> ContentItem {
    document(title, |item| {
        item.media_type = "text/plain".to_owned();
        item.lines = vec![ContentLine::Text(text.to_owned())];
    })
}

fn field(name: Word, value: &str) -> ContentLine {
    ContentLine::Field { name: name.into(), value: value.to_owned().into() }
}

pub fn medicine() -> ContentItem {
    document("", |item| {
        item.title = Said::from(Word::PrescriptionFor).with("MS ANN EXAMPLE").into();
        item.media_type = "application/xml".to_owned();
        item.lines = vec![
            field(Word::Patient, "MS ANN EXAMPLE"),
            field(Word::Born, "1970-02-28"),
            field(Word::NhsNumber, "999 000 0018"),
            field(Word::Address, "1 High Street, Leeds, West Yorkshire, LS1 1AA"),
            field(Word::Prescriber, "DR TOM TESTER"),
            field(Word::Organisation, "EXAMPLE SURGERY"),
            field(Word::Date, "2026-11-25T21:00:00Z"),
            ContentLine::Heading(Said::counted(Word::Medicines, 1)),
            ContentLine::Item {
                what: "Amoxicillin 500mg capsules, 21 capsule".to_owned(),
                how: vec![Phrase::Theirs("One three times a day".to_owned())],
            },
        ];
    })
}

/// What the agent makes of a bundle in FHIR.
pub fn fhir() -> ContentItem {
    shown("bundle.json", "application/fhir+json", include_bytes!("fhir.json"))
}

/// What the agent makes of a document.
pub fn shown(name: &str, media_type: &str, octets: &[u8]) -> ContentItem {
    let document = Document {
        id: "1".to_owned(),
        name: name.to_owned(),
        media_type: media_type.to_owned(),
        content: Some(Base64(octets.to_vec())),
        digest: None,
        size: None,
    };
    content::of(&Received::inline(&document).unwrap()).unwrap()
}
