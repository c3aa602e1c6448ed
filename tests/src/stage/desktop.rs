use std::{
    env,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

use super::process::{Process, run};

/// A display: the user's own where it shall be seen, else a virtual one with a window manager.
#[derive(Debug)]
pub struct Desktop {
    display: String,
    programs: Vec<Process>,
}

impl Desktop {
    /// Takes the display of the environment, or starts a virtual one.
    ///
    /// # Errors
    ///
    /// Where Xvfb or openbox cannot be started.
    pub fn start(visible: bool) -> Result<Self> {
        if visible && let Ok(display) = env::var("DISPLAY") {
            return Ok(Self { display, programs: Vec::new() });
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
        let mut desktop = Self { display, programs: vec![server] };
        // Now and then one ends at once, or waits for good, on a display that is just there.
        for _ in 0..ATTEMPTS {
            let mut command = desktop.command("openbox");
            let manager = Process::start("openbox", command.stderr(Stdio::null()))?;
            if desktop.has_manager_within(PATIENCE)? {
                desktop.programs.insert(0, manager);
                return Ok(desktop);
            }
        }
        bail!("no window manager")
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

    fn has_manager_within(&self, patience: Duration) -> Result<bool> {
        let end = Instant::now() + patience;
        while Instant::now() < end {
            let check = run(self.command("xprop").args(["-root", "_NET_SUPPORTING_WM_CHECK"]));
            if check.context("xprop")?.contains("window id") {
                return Ok(true);
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(false)
    }
}

const ATTEMPTS: u32 = 4;
const PATIENCE: Duration = Duration::from_secs(6);
const SCREEN: &str = "1280x900x24";
