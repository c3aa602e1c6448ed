use zeroize::Zeroizing;

/// A card's passcode. Wiped when dropped; neither printed, copied nor serialised. Of a remote card:
/// all that it asks for, a line each.
///
/// ```
/// use wardkey_smartcard::Passcode;
///
/// let passcode = Passcode::from("123456".to_owned());
/// assert_eq!(passcode.with(str::len), 6);
/// ```
///
/// It has no `Debug` and no `Clone`:
///
/// ```compile_fail
/// println!("{:?}", wardkey_smartcard::Passcode::new("123456".to_owned()));
/// ```
///
/// ```compile_fail
/// let _ = wardkey_smartcard::Passcode::new("123456".to_owned()).clone();
/// ```
pub struct Passcode(Zeroizing<String>);

impl Passcode {
    /// Takes a passcode over.
    #[must_use]
    pub fn new(passcode: String) -> Self {
        Self(Zeroizing::new(passcode))
    }

    /// Does something with the passcode. What it returns must not hold it.
    pub fn with<T>(&self, act: impl FnOnce(&str) -> T) -> T {
        act(&self.0)
    }

    /// The passcode itself. Dangerous: it may go to the card, its module and the module process's
    /// pipe, and whoever copies it wipes the copy.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl From<String> for Passcode {
    fn from(passcode: String) -> Self {
        Self::new(passcode)
    }
}
