//! Where PKCS#11 modules are usually found.

use std::path::PathBuf;

/// The well-known modules of this platform, in the order of preference, present or not.
#[must_use]
pub fn well_known_modules() -> Vec<PathBuf> {
    MODULES.iter().map(PathBuf::from).collect()
}

/// The first well-known module that is installed.
#[must_use]
pub fn default_module() -> Option<PathBuf> {
    well_known_modules().into_iter().find(|path| path.exists())
}

#[cfg(target_os = "linux")]
const MODULES: &[&str] = &[
    // Makers' own software before the generic, as it is there for a reason.
    "/usr/lib/libgclib.so",
    "/usr/lib/pkcs11/libgclib.so",
    "/usr/lib/libIDPrimePKCS11.so",
    "/usr/lib/pkcs11/libIDPrimePKCS11.so",
    "/usr/lib/libeTPkcs11.so",
    "/usr/local/AWP/lib/libOcsCryptoki.so",
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib64/pkcs11/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
    "/usr/lib/opensc-pkcs11.so",
    "/usr/local/lib/opensc-pkcs11.so",
    "/usr/lib/x86_64-linux-gnu/libykcs11.so",
    "/usr/lib64/libykcs11.so",
];

#[cfg(target_os = "macos")]
const MODULES: &[&str] = &[
    "/usr/local/lib/libIDPrimePKCS11.dylib",
    "/Library/Frameworks/eToken.framework/Versions/Current/libeToken.dylib",
    "/usr/local/AWP/lib/libOcsCryptoki.dylib",
    "/Library/OpenSC/lib/opensc-pkcs11.so",
    "/usr/local/lib/opensc-pkcs11.so",
    "/opt/homebrew/lib/opensc-pkcs11.so",
    "/usr/local/lib/libykcs11.dylib",
];

#[cfg(target_os = "windows")]
const MODULES: &[&str] = &[
    r"C:\Program Files\Gemalto\Classic Client\BIN\gclib.dll",
    r"C:\Program Files\Thales\SafeNet Minidriver\IDPrimePKCS1164.dll",
    r"C:\Windows\System32\eTPKCS11.dll",
    r"C:\Program Files\Oberthur Technologies\AWP\DLLs\OcsCryptoki.dll",
    r"C:\Program Files\IDEMIA\AWP\DLLs\OcsCryptoki.dll",
    r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
    r"C:\Program Files\Yubico\Yubico PIV Tool\bin\libykcs11.dll",
];
