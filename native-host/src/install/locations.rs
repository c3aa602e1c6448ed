use std::path::{Path, PathBuf};

/// A browser that has native messaging.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Browser {
    /// Brave
    Brave,
    /// Google Chrome
    Chrome,
    /// Chromium
    Chromium,
    /// Microsoft Edge
    Edge,
    /// Mozilla Firefox
    Firefox,
    /// Vivaldi
    Vivaldi,
}

impl Browser {
    /// The browser's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Brave => "Brave",
            Self::Chrome => "Chrome",
            Self::Chromium => "Chromium",
            Self::Edge => "Edge",
            Self::Firefox => "Firefox",
            Self::Vivaldi => "Vivaldi",
        }
    }

    /// The folder of one user's manifests.
    #[must_use]
    pub fn user_folder(self, home: &Path) -> PathBuf {
        home.join(if cfg!(target_os = "macos") {
            self.user_macos()
        } else if cfg!(windows) {
            self.windows()
        } else {
            self.user_linux()
        })
    }

    /// The folder of every user's manifests.
    #[must_use]
    pub fn system_folder(self) -> PathBuf {
        if cfg!(windows) {
            return Path::new(r"C:\ProgramData").join(self.windows());
        }
        PathBuf::from(if cfg!(target_os = "macos") {
            self.system_macos()
        } else {
            self.system_linux()
        })
    }

    fn user_linux(self) -> &'static str {
        match self {
            Self::Brave => ".config/BraveSoftware/Brave-Browser/NativeMessagingHosts",
            Self::Chrome => ".config/google-chrome/NativeMessagingHosts",
            Self::Chromium => ".config/chromium/NativeMessagingHosts",
            Self::Edge => ".config/microsoft-edge/NativeMessagingHosts",
            Self::Firefox => ".mozilla/native-messaging-hosts",
            Self::Vivaldi => ".config/vivaldi/NativeMessagingHosts",
        }
    }

    fn system_linux(self) -> &'static str {
        match self {
            // Brave and Vivaldi read Chrome's folder.
            Self::Brave | Self::Chrome | Self::Vivaldi => "/etc/opt/chrome/native-messaging-hosts",
            Self::Chromium => "/etc/chromium/native-messaging-hosts",
            Self::Edge => "/etc/opt/edge/native-messaging-hosts",
            Self::Firefox => "/usr/lib/mozilla/native-messaging-hosts",
        }
    }

    /// Ours, below a folder for programs' data: the registry says where it is.
    fn windows(self) -> &'static str {
        match self {
            Self::Brave => r"Wardkey\NativeMessagingHosts\Brave",
            Self::Chrome => r"Wardkey\NativeMessagingHosts\Chrome",
            Self::Chromium => r"Wardkey\NativeMessagingHosts\Chromium",
            Self::Edge => r"Wardkey\NativeMessagingHosts\Edge",
            Self::Firefox => r"Wardkey\NativeMessagingHosts\Firefox",
            Self::Vivaldi => r"Wardkey\NativeMessagingHosts\Vivaldi",
        }
    }

    fn user_macos(self) -> &'static str {
        match self {
            Self::Brave => {
                "Library/Application Support/BraveSoftware/Brave-Browser/NativeMessagingHosts"
            }
            Self::Chrome => "Library/Application Support/Google/Chrome/NativeMessagingHosts",
            Self::Chromium => "Library/Application Support/Chromium/NativeMessagingHosts",
            Self::Edge => "Library/Application Support/Microsoft Edge/NativeMessagingHosts",
            Self::Firefox => "Library/Application Support/Mozilla/NativeMessagingHosts",
            Self::Vivaldi => "Library/Application Support/Vivaldi/NativeMessagingHosts",
        }
    }

    fn system_macos(self) -> &'static str {
        match self {
            Self::Brave | Self::Chrome | Self::Vivaldi => {
                "/Library/Google/Chrome/NativeMessagingHosts"
            }
            Self::Chromium => "/Library/Application Support/Chromium/NativeMessagingHosts",
            Self::Edge => "/Library/Microsoft/Edge/NativeMessagingHosts",
            Self::Firefox => "/Library/Application Support/Mozilla/NativeMessagingHosts",
        }
    }
}
