use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, bail};

use super::{Desktop, process::run};

/// The agent's dialog window, used as a person would: by keyboard.
#[derive(Debug)]
pub struct Dialog<'a> {
    desktop: &'a Desktop,
    window: String,
}

impl<'a> Dialog<'a> {
    /// Waits for the dialog's window.
    ///
    /// # Errors
    ///
    /// When there is none in time.
    pub fn wait(desktop: &'a Desktop) -> Result<Self> {
        let end = Instant::now() + APPEARS;
        while Instant::now() < end {
            if let Some(window) = Self::find(desktop) {
                let dialog = Self { desktop, window };
                run(dialog.xdotool().args(["windowfocus", "--sync", &dialog.window]))?;
                return Ok(dialog);
            }
            thread::sleep(BETWEEN);
        }
        bail!("no dialog within {APPEARS:?}")
    }

    /// Whether a dialog is open.
    #[must_use]
    pub fn is_open(desktop: &Desktop) -> bool {
        Self::find(desktop).is_some()
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
        run(self.xdotool().args(["key", key])).map(drop)
    }

    /// Lets the window paint what it was last sent, then takes a picture of it.
    ///
    /// # Errors
    ///
    /// Where ImageMagick's `import` fails.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        thread::sleep(PAINTED);
        run(self.desktop.command("import").args(["-window", &self.window]).arg(file)).map(drop)
    }

    fn find(desktop: &Desktop) -> Option<String> {
        let search = ["search", "--onlyvisible", "--name", "^Wardkey"];
        let found = run(desktop.command("xdotool").args(search)).ok()?;
        found.lines().next().map(str::to_owned)
    }

    fn xdotool(&self) -> std::process::Command {
        self.desktop.command("xdotool")
    }
}

const APPEARS: Duration = Duration::from_secs(10);
const BETWEEN: Duration = Duration::from_millis(25);
const PAINTED: Duration = Duration::from_millis(400);
