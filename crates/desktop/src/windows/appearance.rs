use std::ptr::from_mut;

use windows_sys::Win32::UI::{
    Accessibility::{HCF_HIGHCONTRASTON, HIGHCONTRASTW},
    WindowsAndMessaging::{
        SPI_GETCLIENTAREAANIMATION, SPI_GETHIGHCONTRAST, SYSTEM_PARAMETERS_INFO_ACTION,
        SystemParametersInfoW,
    },
};

use crate::Appearance;

/// What this user has set under "Accessibility"; windows know by themselves whether they are dark.
#[must_use]
pub fn appearance() -> Appearance {
    let size = u32::try_from(size_of::<HIGHCONTRASTW>()).unwrap_or_default();
    let mut contrast = HIGHCONTRASTW { cbSize: size, ..HIGHCONTRASTW::default() };
    // A BOOL.
    let mut animated = 1_i32;
    let high = parameter(SPI_GETHIGHCONTRAST, size, &mut contrast);
    let known = parameter(SPI_GETCLIENTAREAANIMATION, 0, &mut animated);
    Appearance {
        high_contrast: high && contrast.dwFlags & HCF_HIGHCONTRASTON != 0,
        dark: None,
        reduced_motion: known && animated == 0,
    }
}

fn parameter<T>(action: SYSTEM_PARAMETERS_INFO_ACTION, size: u32, value: &mut T) -> bool {
    // SAFETY: both actions write what their value is the type of, and nothing beyond it.
    unsafe { SystemParametersInfoW(action, size, from_mut(value).cast(), 0) != 0 }
}
