use zeroize::Zeroizing;

/// A card's passcode. Wiped when dropped; neither printed, copied nor serialised.
pub struct Passcode(Zeroizing<String>);

impl Passcode {
    /// Takes a passcode over.
    #[must_use]
    pub fn new(passcode: String) -> Self {
        Self(Zeroizing::new(passcode))
    }

    /// The passcode itself. It may go to the card, its module, and the module process's pipe.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}
