use rand_core::{TryCryptoRng, TryRng};

/// Gives unpredictable octets; a parameter, so that only one place reads the system's.
pub trait Random: Send + Sync + 'static {
    /// Fills all of `octets`.
    ///
    /// # Errors
    /// [`RandomError`] when the system has none to give; nothing may be made of `octets` then.
    fn fill(&self, octets: &mut [u8]) -> Result<(), RandomError>;
}

/// The system gives no randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the system gives no randomness")]
pub struct RandomError;

/// `N` unpredictable octets.
pub(crate) fn octets<const N: usize>(random: &dyn Random) -> Result<[u8; N], RandomError> {
    let mut octets = [0; N];
    random.fill(&mut octets)?;
    Ok(octets)
}

/// What the key generators of RustCrypto ask, over a [`Random`].
pub(crate) struct Generator<'a>(pub(crate) &'a dyn Random);

impl TryRng for Generator<'_> {
    type Error = RandomError;

    fn try_next_u32(&mut self) -> Result<u32, RandomError> {
        octets(self.0).map(u32::from_le_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomError> {
        octets(self.0).map(u64::from_le_bytes)
    }

    fn try_fill_bytes(&mut self, octets: &mut [u8]) -> Result<(), RandomError> {
        self.0.fill(octets)
    }
}

impl TryCryptoRng for Generator<'_> {}
