//! The extension's pages by the keyboard alone.

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};
use wardkey_tests::stage::Browser;

/// How many controls have no name, and how many the keyboard does not reach.
pub async fn names(browser: &Browser) -> Result<Value> {
    browser
        .script(
            "const controls = [...document.querySelectorAll('a, button, select, summary')]\
               .filter((it) => it.checkVisibility());\
             const name = (it) => it.ariaLabel || it.getAttribute('aria-labelledby') || it.textContent.trim();\
             return [controls.filter((it) => !name(it)).length, controls.filter((it) => it.tabIndex < 0).length];",
        )
        .await
}

/// Goes through a page by the Tab key alone: where it comes, in order. Each control is reached, and seen
/// to be where the focus is.
pub async fn walk(browser: &Browser) -> Result<Vec<String>> {
    browser.to_the_top().await?;
    let mut reached = Vec::new();
    while let Some(place) = next_by_tab(browser).await? {
        ensure!(reached.len() < MOST_CONTROLS, "it goes on and on: {reached:?}");
        reached.push(place);
    }
    let missed = browser
        .script(
            "const all = document.querySelectorAll('a[href], button, select, summary');\
             const missed = [...all].filter((it) => it.checkVisibility() && !it.dataset.reached);\
             for (const it of all) delete it.dataset.reached;\
             return missed.map((it) => it.outerHTML);",
        )
        .await?;
    ensure!(missed == json!([]), "not reached: {missed}");
    Ok(reached)
}

/// Presses Tab until the focus is there.
pub async fn tab_to(browser: &Browser, selector: &str) -> Result<()> {
    browser.to_the_top().await?;
    let there = format!("return document.activeElement.matches({});", json!(selector));
    while next_by_tab(browser).await?.is_some() {
        if browser.script(&there).await? == true {
            browser.script(FORGET).await?;
            return Ok(());
        }
    }
    bail!("no Tab leads to {selector}")
}

/// Presses Tab once; where the focus is then, if in the page and not where it was before.
async fn next_by_tab(browser: &Browser) -> Result<Option<String>> {
    browser.press(TAB).await?;
    let place = browser
        .script(
            "const it = document.activeElement;\
             if (it === document.body || it === document.documentElement || it.dataset.reached) return null;\
             it.dataset.reached = 'yes';\
             const { outlineStyle, outlineWidth } = getComputedStyle(it);\
             const { top, bottom } = it.getBoundingClientRect();\
             const seen = it.matches(':focus-visible') && outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2\
               && top >= 0 && bottom <= innerHeight;\
             const name = it.id ? `#${it.id}` : it.className ? `.${it.className}` : it.localName;\
             return [name, seen, outlineStyle, outlineWidth, top, bottom, innerHeight];",
        )
        .await?;
    if place.is_null() {
        return Ok(None);
    }
    ensure!(place[1] == true, "nobody sees the focus: {place}");
    Ok(Some(place[0].as_str().unwrap_or_default().to_owned()))
}

/// What WebDriver calls this key.
const TAB: char = '\u{e004}';
/// Of an earlier walk.
const FORGET: &str =
    "for (const it of document.querySelectorAll('[data-reached]')) delete it.dataset.reached;";
const MOST_CONTROLS: usize = 40;
