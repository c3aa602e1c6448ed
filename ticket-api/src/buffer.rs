use std::ffi::{c_char, c_uint};

use wardkey_spine::ticket_api::Code;

use crate::Failure;

/// Where a caller wants a text, with a NUL after it.
pub struct Buffer {
    start: *mut c_char,
    size: usize,
    used: *mut c_uint,
}

impl Buffer {
    /// The caller's buffer.
    ///
    /// # Safety
    ///
    /// `start` points to nothing or to `size` octets that may be written, `used` to nothing or to a
    /// number that may be, for as long as this lives; nobody else writes there meanwhile.
    pub unsafe fn new(start: *mut c_char, size: c_uint, used: *mut c_uint) -> Self {
        Self { start, size: usize::try_from(size).unwrap_or(usize::MAX), used }
    }

    /// Whether there is one, before anything is done to fill it.
    pub fn check(&self) -> Result<(), Failure> {
        match self.start.is_null() || self.size == 0 {
            true => Err(Code::INVALID_PARAMETER.into()),
            false => Ok(()),
        }
    }

    /// Writes the text and its length without the NUL; where it does not fit, nothing is changed.
    pub fn write(&self, text: &str) -> Result<(), Failure> {
        self.check()?;
        let length = text.len();
        let told = c_uint::try_from(length).map_err(|_| Code::BUFFER_TOO_SMALL)?;
        if length >= self.size {
            return Err(Code::BUFFER_TOO_SMALL.into());
        }
        // SAFETY: by the promise of `new` there are `size` octets, and `length` and the NUL are no
        // more; `text` is ours, so that the two do not overlap.
        unsafe {
            self.start.copy_from_nonoverlapping(text.as_ptr().cast(), length);
            self.start.add(length).write(0);
        }
        if !self.used.is_null() {
            // SAFETY: by the promise of `new` it points to a number then.
            unsafe { self.used.write(told) };
        }
        Ok(())
    }
}
