use std::{
    env,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::process::{Process, run};

/// A display: the user's own where it shall be seen, else a virtual one with a window manager.
#[derive(Debug)]
pub struct Desktop {
    display: String,
    _programs: Vec<Process>,
}

impl Desktop {
    /// Takes the display of the environment, or starts a virtual one.
    ///
    /// # Errors
    ///
    /// Where Xvfb or openbox cannot be started.
    pub fn start(visible: bool) -> Result<Self> {
        if visible && let Ok(display) = env::var("DISPLAY") {
            return Ok(Self { display, _programs: Vec::new() });
        }
        // Xvfb chooses a free number itself and prints it.
        let mut server = Process::start(
            "Xvfb",
            Command::new("Xvfb").args([
                "-displayfd",
                "1",
                "-screen",
                "0",
                SCREEN,
                "-nolisten",
                "tcp",
            ]),
        )?;
        let number = server.wait_for_line("", Duration::from_secs(10))?;
        let display = format!(":{}", number.trim());
        let manager = Process::start(
            "openbox",
            Command::new("openbox").env("DISPLAY", &display).stderr(std::process::Stdio::null()),
        )?;
        let desktop = Self { display, _programs: vec![manager, server] };
        desktop.wait_for_manager()?;
        Ok(desktop)
    }

    /// The display's name, such as `:99`.
    #[must_use]
    pub fn display(&self) -> &str {
        &self.display
    }

    /// A picture of the whole screen.
    ///
    /// # Errors
    ///
    /// Where ImageMagick's `import` fails.
    pub fn screenshot(&self, file: &Path) -> Result<()> {
        run(self.command("import").args(["-window", "root"]).arg(file)).map(drop)
    }

    /// A command on this display.
    #[must_use]
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.env("DISPLAY", &self.display);
        command
    }

    fn wait_for_manager(&self) -> Result<()> {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            let check = run(self.command("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]));
            if check.context("xprop")?.contains("window id") {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        bail!("no window manager")
    }
}

const SCREEN: &str = "1280x900x24";
