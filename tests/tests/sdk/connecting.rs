//! How fast the extension is found or missed, and calls under way when the road breaks.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::world::{Test, With, World};

pub const IN_BOTH: &[(&str, Test)] = &[
    ("connecting::at_once_where_it_is", found),
    ("connecting::missed_within_300_ms", missed),
    ("connecting::a_thousand_calls_at_once_are_answered_in_order", thousand),
    ("connecting::calls_under_way_when_the_agent_dies", killed_agent),
    ("connecting::calls_under_way_when_the_extension_dies", killed_worker),
];

fn found(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Everything, &pages, "")?;
    world.said(With::Everything)?;
    let took = usual(world, With::Everything, "connect().then((wardkey) => wardkey.close())")?;
    println!("found after {took:.1} ms");
    ensure!(took < 50.0, "{took}");
    Ok(())
}

fn missed(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Nothing, &pages, "")?;
    world.said(With::Nothing)?;
    let expected = "connect().then(
        () => { throw new Error('found'); },
        ({ code }) => { if (code !== 'extension_missing') throw new Error(code); })";
    let took = usual(world, With::Nothing, expected)?;
    println!("missed after {took:.1} ms");
    ensure!(took <= 300.0, "{took}");
    Ok(())
}

/// The median of a few times in milliseconds.
fn usual(world: &World, with: With, act: &str) -> Result<f64> {
    let script = format!(
        "const {{ connect }} = await import('./wardkey/dist/index.js');
         const times = [];
         for (let round = 0; round < 9; round += 1) {{
           const begun = performance.now();
           await {act};
           times.push(performance.now() - begun);
         }}
         return times.sort((one, other) => one - other)[4];"
    );
    Ok(world.script(with, &script)?.as_f64().unwrap_or(f64::INFINITY))
}

fn thousand(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Everything, &pages, "")?;
    world.said(With::Everything)?;
    let script = "const { connect } = await import('./wardkey/dist/index.js');
         const wardkey = await connect();
         const answered = [];
         const calls = Array.from({ length: 1000 }, (_, call) =>
           wardkey.status().then(({ agent }) => agent && answered.push(call)));
         await Promise.all(calls);
         wardkey.close();
         return answered;";
    let answered = world.script(With::Everything, script)?;
    ensure!(answered == Value::from_iter(0..1000), "{answered}");
    Ok(())
}

fn killed_agent(world: &mut World) -> Result<()> {
    under_way(world)?;
    let agent = world.host()?.agent();
    ensure!(agent.is_some(), "no agent");
    world.host()?.kill_agent();
    all_ended(world, &["agent_unreachable"])?;
    world.host()?.kill_agent();
    // What only reads has its answer all the same, at once.
    let status = "return (await window.wardkey.status()).agent;";
    ensure!(world.script(With::Everything, status)? == env!("CARGO_PKG_VERSION"));
    Ok(())
}

fn killed_worker(world: &mut World) -> Result<()> {
    under_way(world)?;
    let browser = world.browser(With::Everything)?;
    world.runtime.block_on(browser.end_worker())?;
    all_ended(world, &["agent_unreachable", "extension_missing"])
}

/// A page with many calls under way, as fast as they can be made.
fn under_way(world: &mut World) -> Result<()> {
    let pages = world.serve("plain", &[])?;
    world.open(With::Everything, &pages, "")?;
    world.said(With::Everything)?;
    let calls = "const { connect } = await import('./wardkey/dist/index.js');
         const wardkey = (window.wardkey = await connect());
         await wardkey.status();
         window.outcomes = [];
         window.stop = false;
         const call = async () => {
           while (!window.stop) {
             await wardkey.signOut().catch(({ code }) => {
               const isAnswer = code === 'session_missing';
               window.outcomes.push(isAnswer ? 'ok' : code);
               window.stop ||= !isAnswer;
             });
           }
         };
         window.all = Promise.all(Array.from({ length: 50 }, call));
         wardkey.on('card_removed', () => {});";
    world.script(With::Everything, calls)?;
    world.wait_for(With::Everything, "window.outcomes.filter((one) => one === 'ok').length > 100")
}

/// Each of them has ended, some with a typed error, and the next call is answered.
fn all_ended(world: &World, codes: &[&str]) -> Result<()> {
    world.wait_for(With::Everything, "window.stop")?;
    let ended = world.script(With::Everything, "await window.all; return window.outcomes;")?;
    let ended: Vec<_> = ended.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let failed: Vec<_> = ended.iter().filter(|outcome| **outcome != "ok").collect();
    ensure!(!failed.is_empty(), "none was under way");
    ensure!(failed.iter().all(|outcome| codes.contains(outcome)), "{failed:?}");
    let again = "for (let round = 0; round < 50; round += 1) {
           const answer = await window.wardkey.status().catch(({ code }) => ({ code }));
           if (answer.agent) return answer.agent;
           await new Promise((resolve) => setTimeout(resolve, 100));
         }";
    let again = world.script(With::Everything, again)?;
    ensure!(again == env!("CARGO_PKG_VERSION"), "{again}");
    Ok(())
}
