//! Where PKCS#11 modules are usually found.

use std::path::PathBuf;

/// The well-known modules of this platform, in the order of preference, present or not: makers'
/// own before the generic, as they are there for a reason; token collectors and soft tokens last.
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
    // Gemalto and Thales: Classic Client, IDPrime, SafeNet Authentication Client.
    "/usr/lib/libgclib.so",
    "/usr/lib64/libgclib.so",
    "/usr/lib/pkcs11/libgclib.so",
    "/usr/lib/libIDPrimePKCS11.so",
    "/usr/lib64/libIDPrimePKCS11.so",
    "/usr/lib/pkcs11/libIDPrimePKCS11.so",
    "/usr/lib/libeTPkcs11.so",
    "/usr/lib64/libeTPkcs11.so",
    // IDEMIA (Oberthur): AWP.
    "/usr/local/AWP/lib/libOcsCryptoki.so",
    "/usr/lib/libOcsCryptoki.so",
    "/usr/lib/x86_64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/opensc-pkcs11.so",
    "/usr/lib/x86_64-linux-gnu/pkcs11/opensc-pkcs11.so",
    "/usr/lib/aarch64-linux-gnu/pkcs11/opensc-pkcs11.so",
    "/usr/lib64/pkcs11/opensc-pkcs11.so",
    "/usr/lib64/opensc-pkcs11.so",
    "/usr/lib/pkcs11/opensc-pkcs11.so",
    "/usr/lib/opensc-pkcs11.so",
    "/usr/local/lib/opensc-pkcs11.so",
    // Yubico.
    "/usr/lib/x86_64-linux-gnu/libykcs11.so",
    "/usr/lib/x86_64-linux-gnu/libykcs11.so.2",
    "/usr/lib/aarch64-linux-gnu/libykcs11.so.2",
    "/usr/lib64/libykcs11.so",
    "/usr/lib64/libykcs11.so.2",
    "/usr/local/lib/libykcs11.so",
    "/usr/lib/x86_64-linux-gnu/p11-kit-proxy.so",
    "/usr/lib/aarch64-linux-gnu/p11-kit-proxy.so",
    "/usr/lib64/p11-kit-proxy.so",
    "/usr/lib/p11-kit-proxy.so",
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/lib/pkcs11/libsofthsm2.so",
];

#[cfg(target_os = "macos")]
const MODULES: &[&str] = &[
    // Gemalto and Thales: IDPrime, SafeNet Authentication Client.
    "/usr/local/lib/libIDPrimePKCS11.dylib",
    "/Library/Frameworks/eToken.framework/Versions/Current/libeToken.dylib",
    // IDEMIA (Oberthur): AWP.
    "/usr/local/AWP/lib/libOcsCryptoki.dylib",
    "/Library/OpenSC/lib/opensc-pkcs11.so",
    "/usr/local/lib/opensc-pkcs11.so",
    "/opt/homebrew/lib/opensc-pkcs11.so",
    // Yubico.
    "/usr/local/lib/libykcs11.dylib",
    "/opt/homebrew/lib/libykcs11.dylib",
    "/usr/local/lib/p11-kit-proxy.dylib",
    "/opt/homebrew/lib/p11-kit-proxy.dylib",
    "/usr/local/lib/softhsm/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
];

#[cfg(target_os = "windows")]
const MODULES: &[&str] = &[
    // Gemalto and Thales: Classic Client, IDPrime, SafeNet Authentication Client.
    r"C:\Program Files\Gemalto\Classic Client\BIN\gclib.dll",
    r"C:\Program Files (x86)\Gemalto\Classic Client\BIN\gclib.dll",
    r"C:\Program Files\Gemalto\IDGo 800 PKCS#11\IDPrimePKCS1164.dll",
    r"C:\Program Files\Thales\SafeNet Minidriver\IDPrimePKCS1164.dll",
    r"C:\Windows\System32\eTPKCS11.dll",
    // IDEMIA (Oberthur): AWP.
    r"C:\Program Files\Oberthur Technologies\AWP\DLLs\OcsCryptoki.dll",
    r"C:\Program Files\IDEMIA\AWP\DLLs\OcsCryptoki.dll",
    r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
    // Yubico.
    r"C:\Program Files\Yubico\Yubico PIV Tool\bin\libykcs11.dll",
    r"C:\SoftHSM2\lib\softhsm2-x64.dll",
];

#[cfg(not(any(target_os = "linux", target_os = "macos", target_os = "windows")))]
const MODULES: &[&str] = &["/usr/local/lib/opensc-pkcs11.so", "/usr/pkg/lib/opensc-pkcs11.so"];

#[cfg(test)]
mod tests;
