//! Pages under strict policies of contents, and the entry whose core the app loads.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{
    bundlers,
    world::{Test, With, World},
};

pub const IN_BOTH: &[(&str, Test)] = &[
    ("contents::the_strictest_policy_and_trusted_types", strict),
    ("contents::without_webassembly_it_says_so", no_wasm),
    ("contents::slim", slim),
];

fn strict(world: &mut World) -> Result<()> {
    let policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'none'; \
                  require-trusted-types-for 'script'; trusted-types 'none'";
    let pages = world.serve("plain", &[("Content-Security-Policy", policy)])?;
    world.open(With::Everything, &pages, "content.html")?;
    let said = world.said(With::Everything)?;
    ensure!(said["agent"] == env!("CARGO_PKG_VERSION"), "{said}");
    let ready = "document.querySelector('wardkey-sign-in').state !== 'looking'";
    world.wait_for(With::Everything, ready)?;
    bundlers::verifies(world, With::Everything)?;
    let violations = world.script(With::Everything, "return window.violations;")?;
    ensure!(violations == json!([]), "{violations}");
    // The elements have their look, though the page admits no style.
    let look = "const { shadowRoot } = document.querySelector('wardkey-sign-in');
        return getComputedStyle(shadowRoot.querySelector('button')).borderRadius;";
    let look = world.script(With::Everything, look)?;
    ensure!(look == "8px", "{look}");
    let strict = world.script(With::Everything, "return window.isStrict();")?;
    ensure!(strict == true, "{strict}");
    Ok(())
}

fn no_wasm(world: &mut World) -> Result<()> {
    let policy = "default-src 'none'; script-src 'self'";
    let pages = world.serve("plain", &[("Content-Security-Policy", policy)])?;
    world.open(With::Everything, &pages, "")?;
    let said = world.said(With::Everything)?;
    ensure!(said["code"] == "internal", "{said}");
    Ok(())
}

fn slim(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    for way in ["answer", "compiled", "octets"] {
        world.open(With::Everything, &pages, &format!("slim.html?way={way}"))?;
        let said = world.said(With::Everything)?;
        ensure!(said["agent"] == env!("CARGO_PKG_VERSION"), "{way}: {said}");
    }
    world.open(With::Everything, &pages, "slim.html?way=nowhere")?;
    let said = world.said(With::Everything)?;
    ensure!(said["code"] == "internal", "{said}");
    let reason = said["reason"].as_str().unwrap_or_default();
    ensure!(reason.starts_with("core.wasm: "), "{said}");
    Ok(())
}
