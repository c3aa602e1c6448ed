//! This program itself.

use std::{fs, path::Path};

use wardkey_protocol::{own::Finding, version::BUILD};

use super::{codes::Code, system::System};

/// Its version and place, and whether it may reach out.
pub fn findings(system: &System, program: Option<&Path>) -> Vec<Finding> {
    let shown = program.map(|program| program.display().to_string()).unwrap_or_default();
    let version = Code::Host.says(format!("This is wardkey-host {BUILD}.")).with("path", shown);
    let sandbox = sandbox(system).map(|sandbox| {
        let says =
            format!("This program runs inside a {sandbox}, where readers may be out of reach.");
        Code::HostSandboxed.says(says)
    });
    [Some(version), sandbox].into_iter().flatten().collect()
}

/// By what the system says of this process: variables of the environment are inherited from
/// programs that are in no sandbox.
fn sandbox(system: &System) -> Option<&'static str> {
    if system.file("/.flatpak-info").exists() {
        return Some("Flatpak");
    }
    let profile = fs::read_to_string(system.file("/proc/self/attr/current")).ok()?;
    (profile.starts_with("snap.") && profile.contains("(enforce)")).then_some("Snap")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sandbox_is_known_by_what_the_system_says() {
        let folder = tempfile::tempdir().unwrap();
        let system = System::below(folder.path());
        let codes = || -> Vec<_> {
            findings(&system, None).into_iter().map(|finding| finding.code).collect()
        };
        assert_eq!(codes(), ["host"]);
        let profile = system.file("/proc/self/attr/current");
        fs::create_dir_all(profile.parent().unwrap()).unwrap();
        // A program of a classic Snap, such as an editor's terminal.
        fs::write(&profile, "snap.code.code (complain)\n").unwrap();
        assert_eq!(codes(), ["host"]);
        fs::write(&profile, "snap.chromium.chromium (enforce)\n").unwrap();
        assert_eq!(codes(), ["host", "host_sandboxed"]);
        fs::write(&profile, "unconfined\n").unwrap();
        fs::write(system.file("/.flatpak-info"), "").unwrap();
        assert_eq!(codes(), ["host", "host_sandboxed"]);
    }
}
