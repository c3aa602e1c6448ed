//! Every finding's code, with what it means and what to do about it: one table, which
//! `docs/doctor.md` repeats. The list only grows.

use serde_json::Map;
use wardkey_protocol::own::{Finding, FindingState, FindingSubject};

macro_rules! codes {
    ($($variant:ident $code:literal $subject:ident $state:ident $means:literal $remedy:literal)*) => {
        /// A finding's stable code.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $(
            #[doc = $means]
            $variant,
        )* }

        impl Code {
            /// Every code, in the order of the table.
            #[cfg(test)]
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code's text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }

            /// What was examined.
            pub fn subject(self) -> FindingSubject {
                match self { $(Self::$variant => FindingSubject::$subject),* }
            }

            /// How it is.
            pub fn state(self) -> FindingState {
                match self { $(Self::$variant => FindingState::$state),* }
            }

            /// What it means, in one plain sentence.
            pub fn means(self) -> &'static str {
                match self { $(Self::$variant => $means),* }
            }

            /// What to do about it; empty where nothing has to be done.
            pub fn remedy(self) -> &'static str {
                match self { $(Self::$variant => $remedy),* }
            }
        }
    };
}

codes! {
    Browser "browser" Browser Ok
        "A browser that can start Wardkey is installed."
        ""
    BrowserFlatpak "browser_flatpak" Browser Warning
        "A browser is a Flatpak, which may start no program outside itself."
        "Use the browser as a package of the distribution or of its maker, not as a Flatpak."
    BrowserMissing "browser_missing" Browser Warning
        "No browser was found in the usual places."
        "Install Chromium, Chrome, Edge or Firefox; a browser that is somewhere else works as well."
    BrowserOld "browser_old" Browser Problem
        "A browser is older than the extension needs."
        "Update the browser; the details name the oldest version that works."
    BrowserSilent "browser_silent" Browser Warning
        "A browser is installed, and does not say its version."
        "Start it once to see whether it works; if it does not, have it installed again."
    BrowserSnap "browser_snap" Browser Warning
        "A browser is a Snap, which may start no program outside itself."
        "Use the browser as a package of the distribution or of its maker, not as a Snap; Firefox as a Snap works where the desktop's portal asks for native messaging."
    BrowserUnknown "browser_unknown" Browser Warning
        "Which browsers are installed is not checked on this system."
        "Look yourself whether Chromium, Chrome, Edge or Firefox is installed."

    Extension "extension" Extension Ok
        "A browser has the extension."
        ""
    ExtensionBlocked "extension_blocked" Extension Problem
        "An administrator's policy keeps the extension out of a browser."
        "Ask the administrator to admit the extension whose id the details name."
    ExtensionDisabled "extension_disabled" Extension Problem
        "A browser has the extension, but it is turned off."
        "Turn it on in the browser's page of extensions."
    ExtensionMissing "extension_missing" Extension Problem
        "No browser of this user has the extension."
        "Install the Wardkey extension, or ask the administrator for it."
    ExtensionUnknown "extension_unknown" Extension Warning
        "Whether a browser has the extension can't be told from here."
        "Look at the browser's page of extensions for Wardkey."

    Manifest "manifest" Manifest Ok
        "Browsers know this host."
        ""
    ManifestBlocked "manifest_blocked" Manifest Problem
        "An administrator's policy keeps a browser from starting this host."
        "Ask the administrator to admit the native messaging host `org.wardkey.host`, and hosts of a user where it is installed for one."
    ManifestMalformed "manifest_malformed" Manifest Problem
        "A browser's manifest for this host can't be read."
        "Run `wardkey-host install` again."
    ManifestMissing "manifest_missing" Manifest Problem
        "A browser does not know this host."
        "Run `wardkey-host install`."
    ManifestOtherExtension "manifest_other_extension" Manifest Problem
        "A browser's manifest admits other extensions than ours."
        "Run `wardkey-host install` again, with `--extension-id` where the extension has another id."
    ManifestOtherProgram "manifest_other_program" Manifest Problem
        "A browser starts another program than this one."
        "Run `wardkey-host install` with the program that is to be used."
    ManifestProgramMissing "manifest_program_missing" Manifest Problem
        "The program that a browser is to start is missing, or may not be run."
        "Install Wardkey again, then run `wardkey-host install`."

    FilesSilent "files_silent" Host Problem
        "A folder that says what is installed does not answer."
        "Have the drives of this computer looked at, and the network share of the home folder where there is one."
    Host "host" Host Ok
        "The host program is installed."
        ""
    HostSandboxed "host_sandboxed" Host Problem
        "This program runs inside a Snap or a Flatpak, where readers may be out of reach."
        "Use a browser that is neither a Snap nor a Flatpak."

    Agent "agent" Agent Ok
        "The agent runs, or will when a browser needs it."
        ""
    AgentOtherProgram "agent_other_program" Agent Problem
        "The agent that runs is another program, and does not serve this one."
        "Sign out of this computer and in again, or end the process that the details name."
    AgentOtherSession "agent_other_session" Agent Problem
        "The agent that runs belongs to another logon session of this user."
        "Sign out of the other logon session, or set `WARDKEY_INSTANCE` for one of them."
    AgentOtherVersion "agent_other_version" Agent Warning
        "The agent that runs is of before an update."
        "Close every browser and wait five minutes, or sign out of this computer and in again."
    AgentUnreachable "agent_unreachable" Agent Problem
        "The agent runs, but does not answer."
        "Sign out of this computer and in again, or end the process that the details name."
    InstanceExposed "instance_exposed" Agent Problem
        "The agent's folder belongs to another user, or others may write to it."
        "Have the folder that the details name removed, or given to this user alone (mode 0700)."
    InstanceForbidden "instance_forbidden" Agent Problem
        "The policy lets no agent run beside the user's own, and `WARDKEY_INSTANCE` names another."
        "Unset the environment variable `WARDKEY_INSTANCE`."
    InstanceUnusable "instance_unusable" Agent Problem
        "The agent's folder can't be made or written to."
        "Make room on the disk, or correct the permissions of the folder that the details name."

    Policy "policy" Policy Ok
        "A policy is in force."
        ""
    PolicyDesktopUnheard "policy_desktop_unheard" Policy Warning
        "The policy has sessions follow the screen or the computer's sleep, but this desktop does not tell of them."
        "Start browsers from a desktop session that the system knows, on Linux systemd-logind; the details name what is missing."
    PolicyEmpty "policy_empty" Policy Warning
        "The policy in force admits no site, or names no Identity Server."
        "Ask the administrator to name them; `docs/policy.md` says how."
    PolicyFileMissing "policy_file_missing" Policy Problem
        "A file that the policy names can't be read."
        "Put the file where the policy names it, or correct the policy."
    PolicyInvalid "policy_invalid" Policy Problem
        "The policy has an error, and admits nobody."
        "Ask the administrator to correct what the sentence names."
    PolicyMissing "policy_missing" Policy Problem
        "No policy is in force, so no site is admitted."
        r"Put a policy at `/etc/wardkey/policy.toml`, on Windows at `C:\ProgramData\Wardkey\policy.toml`."
    PolicyNewer "policy_newer" Policy Warning
        "The policy changed after the agent read it."
        "Close every browser and wait five minutes, or sign out of this computer and in again."

    PolicySilent "policy_silent" Policy Problem
        "A file of the policy, or one that it names, does not answer."
        "Have the drive or network share looked at that the policy's files are on."

    Program "program" Program Ok
        "A local program that the policy admits is installed."
        ""
    ProgramMissing "program_missing" Program Warning
        "A local program that the policy admits is not on this computer."
        "Install it, or correct `program.executable` in the policy; where it belongs on other computers alone, nothing has to be done."
    ProgramNotExecutable "program_not_executable" Program Problem
        "A file that the policy admits as a program can't be run."
        "Correct `program.executable` in the policy, or have the program installed again."
    ProgramScript "program_script" Program Problem
        "A file that the policy admits as a program is a script; what runs is its interpreter, which is not admitted by it."
        "Name a program of its own in the policy; naming the interpreter admits every script of this user's."
    ProgramSilent "program_silent" Program Problem
        "The folder of a program that the policy admits does not answer."
        "Have the drive or network share looked at that the details name."
    ProgramWritable "program_writable" Program Warning
        "This user, or everybody, can replace a program that the policy admits, so that its being admitted proves nothing."
        "Have it installed in a folder that administrators alone can write to."

    ReaderService "reader_service" ReaderService Ok
        "The smartcard service runs."
        ""
    ReaderServiceMissing "reader_service_missing" ReaderService Problem
        "The smartcard service is not running."
        "Start it: `systemctl enable --now pcscd.socket`, or Smart Card on Windows."
    ReaderServiceRefused "reader_service_refused" ReaderService Problem
        "The smartcard service runs, but does not serve this user here."
        "Work at the computer itself, or ask the administrator for a polkit rule for `org.debian.pcsc-lite.access_pcsc` and `access_card`."
    ReaderServiceSilent "reader_service_silent" ReaderService Problem
        "The smartcard service does not answer."
        "Unplug the reader and plug it in again; if that does not help, have the service restarted."
    SimulationMissing "simulation_missing" ReaderService Problem
        "The policy has cards simulated, and no simulator runs."
        "Start `wardkey-simulator`, or take `[simulation]` out of the policy."
    SimulationRuns "simulation_runs" ReaderService Warning
        "Cards are simulated, for development; no real card is read."
        "Take `[simulation]` out of the policy where real cards are to be used."

    Reader "reader" Reader Ok
        "A reader is connected."
        ""
    ReaderMissing "reader_missing" Reader Problem
        "No smartcard reader is connected."
        "Connect a reader; where one is connected, its driver may be missing."

    Module "module" Module Ok
        "A way to read cards works."
        ""
    ModuleFailed "module_failed" Module Problem
        "A way to read cards stopped, or answered with an error."
        "Update the card's software, or name another module in the policy; the details name the call that failed."
    ModuleFileMissing "module_file_missing" Module Problem
        "A module that the policy names is missing."
        "Install the card's software, or correct `cards.modules` in the policy."
    ModuleHangs "module_hangs" Module Problem
        "A way to read cards did not answer in time."
        "Take the card out and put it in again; if it stays so, update the card's software or name another module in the policy."
    ModuleMissing "module_missing" Module Problem
        "No software for smartcards was found on this computer."
        "Install OpenSC or the card's own software, or name its PKCS#11 module in the policy."
    ModuleNotLoaded "module_not_loaded" Module Problem
        "A file that should be a PKCS#11 module can't be loaded."
        "Install the card's software for this processor, or correct `cards.modules` in the policy."

    Card "card" Card Ok
        "A card can be read."
        ""
    CardBusy "card_busy" Card Problem
        "Another program holds the card."
        "Close the other program that uses the card, then look again."
    CardMissing "card_missing" Card Warning
        "No card is in a reader."
        "Put your smartcard into the reader."
    CardUnreadable "card_unreadable" Card Problem
        "The card in a reader can't be read."
        "Check that it is the right way round; if it stays so, its software may be missing."
    PasscodeBlocked "passcode_blocked" Card Problem
        "A card's passcode is blocked."
        "Run `wardkey-host passcode unblock` with its unblocking key (PUK), or have your Registration Authority unblock it."
    PasscodeExpired "passcode_expired" Card Warning
        "A card's passcode has to be changed before the card can be used."
        "Run `wardkey-host passcode change`."
    PasscodeLastTry "passcode_last_try" Card Warning
        "A card has one try of its passcode left."
        "Be sure of the passcode before you type it; a wrong one blocks the card."

    Certificate "certificate" Certificate Ok
        "A certificate holds."
        ""
    CertificateExpired "certificate_expired" Certificate Problem
        "A certificate on a card has expired."
        "Have the card renewed by your Registration Authority."
    CertificateExpiresSoon "certificate_expires_soon" Certificate Warning
        "A certificate on a card expires within 30 days."
        "Have the card renewed by your Registration Authority in time."
    CertificateMissing "certificate_missing" Certificate Warning
        "A card has no certificate to sign in with, or none to sign with."
        "Use a card that was issued for it, or have this one renewed."
    CertificateNotYetValid "certificate_not_yet_valid" Certificate Problem
        "A certificate on a card is not valid yet."
        "Check this computer's date and time; if they are right, wait until the certificate holds."
    KeyTooShort "key_too_short" Certificate Warning
        "A certificate's RSA key has fewer than 2048 bits."
        "Have the card renewed; until then the administrator can admit it by policy."

    Remote "remote" Remote Ok
        "A service that keeps keys answers, and admits this computer."
        ""
    RemoteClientRefused "remote_client_refused" Remote Problem
        "A service that keeps keys does not admit this computer's client."
        "Correct `client_id`, or what is in the file of `client_secret`, or tell those who run the service."
    RemoteOther "remote_other" Remote Problem
        "What answers at the address of a service that keeps keys is not such a service, or not one that can be used."
        "Correct `url` and `token_url` of the service in the policy, or tell those who run it the reason in the details."
    RemoteUnreachable "remote_unreachable" Remote Problem
        "A service that keeps keys can't be reached, or does not answer in time."
        "Check the network, and the service's addresses in the policy; a firewall on the way can be the cause too."

    Server "server" Server Ok
        "The Identity Server answers."
        ""
    ServerNameUnknown "server_name_unknown" Server Problem
        "The Identity Server's name leads to no address."
        "Check the network and its name servers (DNS), or correct the server's address in the policy."
    ServerOther "server_other" Server Problem
        "What answers at the Identity Server's address is not the one that the policy names."
        "Correct the server's address in the policy, or tell those who run the server."
    ServerRefused "server_refused" Server Problem
        "Nothing listens at the Identity Server's address."
        "Tell those who run the server; a firewall on the way can be the cause too."
    ServerSilent "server_silent" Server Problem
        "The Identity Server does not answer in time."
        "Check the network; a firewall on the way, or a network that is reached by a proxy alone, can be the cause."
    ServerUnreachable "server_unreachable" Server Problem
        "The Identity Server can't be reached over the network."
        "Check the network: cable, wireless network, VPN."

    Tls "tls" Tls Ok
        "The server's TLS certificate is from the authority that the policy names."
        ""
    TlsExpired "tls_expired" Tls Problem
        "The server's TLS certificate has expired by this computer's clock."
        "Check this computer's date and time; if they are right, tell those who run the server."
    TlsExpiresSoon "tls_expires_soon" Tls Warning
        "The server's TLS certificate expires within 14 days."
        "Tell those who run the server."
    TlsFailed "tls_failed" Tls Problem
        "No TLS connection comes about with the server."
        "Tell those who run the server; a proxy on the way can be the cause too."
    TlsNotYetValid "tls_not_yet_valid" Tls Problem
        "The server's TLS certificate is not valid yet by this computer's clock."
        "Check this computer's date and time; if they are right, tell those who run the server."
    TlsUntrusted "tls_untrusted" Tls Problem
        "The server's TLS certificate is not from the authority that the policy names."
        "Do not sign in; have the server's address left out of TLS inspection, or correct `authority` in the policy."
    TlsWrongName "tls_wrong_name" Tls Problem
        "The server's TLS certificate is for another name."
        "Correct the server's address in the policy, or tell those who run the server."

    Clock "clock" Clock Ok
        "This computer's clock agrees with the server's."
        ""
    ClockOff "clock_off" Clock Warning
        "This computer's clock is more than a minute off the server's."
        "Have the time set from the network: `timedatectl set-ntp true`, on Windows `w32tm /resync`, on macOS `sudo sntp -sS time.apple.com`."
    ClockUnknown "clock_unknown" Clock Warning
        "No server said what time it is, so the clock could not be compared."
        "Look at this computer's date and time yourself."
    ClockWrong "clock_wrong" Clock Problem
        "This computer's clock is more than five minutes off the server's."
        "Have the time set from the network: `timedatectl set-ntp true`, on Windows `w32tm /resync`, on macOS `sudo sntp -sS time.apple.com`."
}

impl Code {
    /// A finding in the table's words.
    pub fn found(self) -> Finding {
        self.says(self.means())
    }

    /// A finding in a sentence of its own.
    pub fn says(self, found: impl Into<String>) -> Finding {
        Finding {
            code: self.as_str().to_owned(),
            subject: self.subject(),
            state: self.state(),
            found: found.into(),
            remedy: self.remedy().to_owned(),
            details: Map::new(),
        }
    }
}
