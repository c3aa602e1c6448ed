//! The WebAssembly modules: cargo, wasm-bindgen, wasm-opt.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::{run, target_folder};

/// Compiles `wardkey-sdk` with one feature; the module's path.
///
/// # Errors
///
/// Where there is no compiler for wasm32, with what to install.
pub fn compile(sdk: &Path, module: &str) -> Result<PathBuf> {
    // A folder of its own: the programs' own build is not waited for, nor disturbed.
    let target = target_folder()?.join("sdk-wasm");
    let mut cargo = cargo()?;
    cargo
        .current_dir(sdk)
        .args(["build", "--quiet", "--package", "wardkey-sdk", "--profile", "wasm"])
        .args(["--target", TARGET, "--no-default-features", "--features", module])
        .arg("--target-dir")
        .arg(&target)
        // JavaScript's values are kept in an array: binaryen 108 exports the wrong table where
        // there are two. The standard library's own note of the feature is stripped.
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", "-Ctarget-feature=-reference-types")
        .env("CARGO_PROFILE_WASM_STRIP", "symbols");
    run(&mut cargo)?;
    Ok(target.join(TARGET).join("wasm/wardkey_sdk.wasm"))
}

/// Writes `<module>.wasm`, `<module>_module.js` and `<module>_module.d.ts`.
///
/// # Errors
///
/// What wasm-bindgen says.
pub fn bind(compiled: &Path, module: &str, folder: &Path) -> Result<()> {
    let name = format!("{module}_module");
    Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(true)
        .remove_producers_section(true)
        // The package names the file itself, where bundlers see it once.
        .omit_default_module_path(true)
        .out_name(&name)
        .generate(folder)?;
    let named = folder.join(format!("{module}.wasm"));
    fs::rename(folder.join(format!("{name}_bg.wasm")), named)?;
    fs::remove_file(folder.join(format!("{name}_bg.wasm.d.ts")))?;
    Ok(())
}

/// Makes a module smaller, where binaryen is installed.
///
/// # Errors
///
/// What wasm-opt says.
pub fn optimise(module: &Path) -> Result<()> {
    if Command::new("wasm-opt").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("wasm-opt is not installed; {} stays as it is", module.display());
        return Ok(());
    }
    let smaller = module.with_extension("opt.wasm");
    run(Command::new("wasm-opt").args(OPTIMISE).arg(module).arg("-o").arg(&smaller))?;
    Ok(fs::rename(smaller, module)?)
}

/// rustup's target where it can be had, else the distribution's compiler for the web.
fn cargo() -> Result<Command> {
    if has_target()? || add_target() {
        return Ok(Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into())));
    }
    if !Path::new(WEB_SOURCE).exists() {
        bail!(
            "no standard library for {TARGET}: `rustup target add {TARGET}`, or \
             `apt-get install rustc-web cargo-web rust-web-src`"
        );
    }
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo
        .arg("-Zbuild-std=std,panic_abort")
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTC", "/usr/bin/rustc")
        .env_remove("RUSTUP_TOOLCHAIN");
    if let Some(linker) = linker()? {
        cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker);
    }
    Ok(cargo)
}

fn add_target() -> bool {
    let add = Command::new("rustup").args(["target", "add", TARGET]).status();
    add.is_ok_and(|status| status.success())
}

fn has_target() -> Result<bool> {
    Ok(sysroot()?.join("lib/rustlib").join(TARGET).join("lib").exists())
}

/// rustup's own rust-lld: the distribution's may be a link to nothing.
fn linker() -> Result<Option<PathBuf>> {
    let linker = sysroot()?.join("lib/rustlib/x86_64-unknown-linux-gnu/bin/rust-lld");
    Ok(linker.exists().then_some(linker))
}

fn sysroot() -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).output().context("rustc")?;
    Ok(PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

const TARGET: &str = "wasm32-unknown-unknown";

/// Where Debian's `rust-web-src` puts the standard library.
const WEB_SOURCE: &str = "/usr/lib/rustlib/src/rust/library";

/// All that today's compiler emits; binaryen 108 asks for each by name.
const OPTIMISE: [&str; 7] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
];
