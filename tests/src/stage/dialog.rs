use std::{
    cell::{Cell, RefCell},
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use super::{Desktop, process::run};

/// The agent's dialog window, used as a person would: by keyboard.
#[derive(Debug)]
pub struct Dialog {
    display: String,
    window: RefCell<String>,
    /// An answer was given, so the window has to work before it can ask again.
    answered: Cell<bool>,
}

impl Dialog {
    /// Waits for the dialog's window.
    ///
    /// # Errors
    ///
    /// When there is none in time.
    pub fn wait(desktop: &Desktop) -> Result<Self> {
        let end = Instant::now() + APPEARS;
        while Instant::now() < end {
            if let Some(window) = Self::find(desktop.display()) {
                let (display, window) = (desktop.display().to_owned(), RefCell::new(window));
                let dialog = Self { display, window, answered: Cell::new(false) };
                if dialog.focus().is_ok() {
                    return Ok(dialog);
                }
                // It was the last dialog's, on its way out.
            }
            thread::sleep(BETWEEN);
        }
        bail!("no dialog within {APPEARS:?}")
    }

    /// Whether a dialog is open.
    #[must_use]
    pub fn is_open(desktop: &Desktop) -> bool {
        Self::find(desktop.display()).is_some()
    }

    /// Waits until no dialog is open.
    ///
    /// # Errors
    ///
    /// When one still is after the time.
    pub fn wait_closed(desktop: &Desktop) -> Result<()> {
        let end = Instant::now() + APPEARS;
        while Instant::now() < end {
            if !Self::is_open(desktop) {
                return Ok(());
            }
            thread::sleep(BETWEEN);
        }
        bail!("the dialog is still open after {APPEARS:?}")
    }

    /// Types text.
    ///
    /// # Errors
    ///
    /// When the window is gone.
    pub fn type_text(&self, text: &str) -> Result<()> {
        run(self.xdotool().args(["type", "--delay", "15", text])).map(drop)
    }

    /// Presses a key, by its X name (`Return`, `Escape`, `Tab`, `Down`, `space`).
    ///
    /// # Errors
    ///
    /// When the window is gone.
    pub fn press(&self, key: &str) -> Result<()> {
        self.answered.set(key == "Return");
        run(self.xdotool().args(["key", key])).map(drop)
    }

    /// Waits until the window asks for the passcode.
    ///
    /// # Errors
    ///
    /// When it does not in time.
    pub fn wait_for_passcode_field(&self) -> Result<()> {
        self.wait_for_title(is_of_passcode)
    }

    /// Whether a window asks for the passcode now.
    #[must_use]
    pub fn asks_for_passcode(desktop: &Desktop) -> bool {
        let Some(window) = Self::find(desktop.display()) else { return false };
        let mut xdotool = Command::new("xdotool");
        xdotool.env("DISPLAY", desktop.display()).args(["getwindowname", &window]);
        run(&mut xdotool).is_ok_and(|title| is_of_passcode(title.trim()))
    }

    /// Waits until the window asks which card is used.
    ///
    /// # Errors
    ///
    /// When it does not in time.
    pub fn wait_for_cards(&self) -> Result<()> {
        self.wait_for_title(|title| title.ends_with(CARDS))
    }

    /// Waits until the window asks whether a site may do something.
    ///
    /// # Errors
    ///
    /// When it does not in time.
    pub fn wait_for_consent(&self) -> Result<()> {
        self.wait_for_title(|title| title.ends_with(CONSENT))
    }

    /// Lets the site do it, by keyboard.
    ///
    /// # Errors
    ///
    /// When the window is gone.
    pub fn let_it(&self) -> Result<()> {
        ["Tab", "Return"].into_iter().try_for_each(|key| self.press(key))
    }

    /// Waits until the window asks for a role.
    ///
    /// # Errors
    ///
    /// When it does not in time.
    pub fn wait_for_roles(&self) -> Result<()> {
        self.wait_for_title(|title| title.ends_with(ROLES))
    }

    /// Agrees to spend the last try, by keyboard: the box stands before the field.
    ///
    /// # Errors
    ///
    /// When the window is gone.
    pub fn confirm_last_try(&self) -> Result<()> {
        ["shift+Tab", "space", "Tab"].into_iter().try_for_each(|key| self.press(key))
    }

    fn wait_for_title(&self, is_it: impl Fn(&str) -> bool) -> Result<()> {
        let begun = Instant::now();
        let mut last = String::new();
        while begun.elapsed() < APPEARS {
            last = match self.title() {
                Ok(title) => title,
                // It was the last dialog's, on its way out.
                Err(_) if !self.answered.get() => {
                    self.find_again();
                    continue;
                }
                Err(error) => return Err(error),
            };
            if self.answered.get() {
                // An answer that took less time than a look at the title was not seen.
                let missed = begun.elapsed() > MISSED;
                self.answered.set(!last.ends_with(WORKING) && !missed);
            } else if is_it(&last) {
                // The title changes with the frame before the one that takes keys.
                thread::sleep(SETTLES);
                return Ok(());
            }
            thread::sleep(BETWEEN);
        }
        bail!("the window says `{last}`")
    }

    /// Lets the window paint what it was last sent, then takes a picture of it.
    ///
    /// # Errors
    ///
    /// Where ImageMagick's `import` fails.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        thread::sleep(PAINTED);
        let window = self.window.borrow().clone();
        run(self.command("import").args(["-window", &window]).arg(file)).map(drop)
    }

    fn title(&self) -> Result<String> {
        let window = self.window.borrow().clone();
        Ok(run(self.xdotool().args(["getwindowname", &window]))?.trim().to_owned())
    }

    fn focus(&self) -> Result<()> {
        let window = self.window.borrow().clone();
        run(self.xdotool().args(["windowfocus", "--sync", &window])).map(drop)
    }

    fn find_again(&self) {
        thread::sleep(BETWEEN);
        if let Some(window) = Self::find(&self.display) {
            let gone = self.window.replace(window);
            // One that takes no keys yet, or goes too, is looked for again.
            if self.focus().is_err() {
                self.window.replace(gone);
            }
        }
    }

    fn find(display: &str) -> Option<String> {
        let mut xdotool = Command::new("xdotool");
        let search = ["search", "--onlyvisible", "--name", "^Wardkey"];
        let found = run(xdotool.env("DISPLAY", display).args(search)).ok()?;
        found.lines().next().map(str::to_owned)
    }

    fn xdotool(&self) -> Command {
        self.command("xdotool")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display);
        command
    }
}

fn is_of_passcode(title: &str) -> bool {
    ![WORKING, ROLES, CARDS, CONSENT].iter().any(|it| title.ends_with(it))
}

const APPEARS: Duration = Duration::from_secs(10);
const MISSED: Duration = Duration::from_secs(3);
const BETWEEN: Duration = Duration::from_millis(15);
const SETTLES: Duration = Duration::from_millis(80);
const WORKING: &str = " ...";
const ROLES: &str = "Choose a role";
const CARDS: &str = "Choose a card";
const CONSENT: &str = "Allow this website?";
const PAINTED: Duration = Duration::from_millis(400);
