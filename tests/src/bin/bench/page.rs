use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use serde_json::Value;
use wardkey_tests::{
    figure::{Figure, median},
    stage::{Dialog, Options, PASSCODE, Stage},
};

use super::floor::Floor;

/// What a page sees: calls, sign-in, removal of the card.
pub async fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let floor = Floor::find()?;
    floor.install_for_chromium(folder.path())?;
    let options = Options { beside: Some(floor.extension), ..Options::default() };
    let mut stage = Stage::set_up(folder.path(), &options).await?;
    let mut figures = status(&stage).await?;
    figures.extend(sign_in_and_removal(&mut stage).await?);
    Ok(figures)
}

/// Warm `status` beside a bare road of the same kinds of ports and the same bytes, interleaved.
async fn status(stage: &Stage) -> Result<Vec<Figure>> {
    stage.browser.open(&format!("{}/?test", stage.app.url())).await?;
    let script = STATUS.replace("ROUNDS", &ROUNDS.to_string());
    let times = stage.browser.script(&script).await?;
    let list = |name: &str| -> Vec<f64> {
        times[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect()
    };
    let figure =
        Figure::new("road", "status, page to agent to page, warm", "ms", median(list("road")));
    Ok(vec![figure.beside("bare echo host", median(list("floor"))).at_most_times(1.3)])
}

async fn sign_in_and_removal(stage: &mut Stage) -> Result<Vec<Figure>> {
    let (mut events, mut ends) = (Vec::new(), Vec::new());
    let mut parts: [Vec<f64>; 4] = Default::default();
    for _ in 0..SIGN_INS {
        stage.browser.open(&format!("{}/?test", stage.app.url())).await?;
        stage.browser.wait_for("document.querySelector('#sign-in')", PATIENCE).await?;
        let log_before = fs::read_to_string(stage.host.folder().join("agent.log"))?.len();
        stage.browser.script(PRESS_TIME).await?;
        stage.browser.click("#sign-in").await?;
        let dialog = Dialog::wait(&stage.desktop)?;
        dialog.wait_for_passcode_field()?;
        dialog.type_text(PASSCODE)?;
        dialog.press("Return")?;
        let signed_in = "document.documentElement.dataset.state === 'signed-in'";
        stage.browser.wait_for(signed_in, PATIENCE).await?;
        let total = stage.browser.script("return window.signedInAt - window.pressedAt;").await?;
        let total = total.as_f64().context("no time")?;
        let log = fs::read_to_string(stage.host.folder().join("agent.log"))?;
        let timing = Timing::read(&log[log_before..]).context("no timing in the agent's log")?;
        // The window opens while card and server work: only what it made wait counts.
        let rest = total - timing.human - timing.card - timing.server - timing.window;
        for (part, value) in parts.iter_mut().zip([timing.card, timing.server, timing.frame, rest])
        {
            part.push(value);
        }

        let ticket = stage.browser.script("return window.wardkeyDemo.ticket;").await?;
        let ticket = ticket.as_str().context("no ticket")?.to_owned();
        stage.reader.pull()?;
        let pulled = Instant::now();
        let signed_out = "document.documentElement.dataset.state === 'signed-out'";
        stage.browser.wait_for(signed_out, PATIENCE).await?;
        events.push(pulled.elapsed().as_secs_f64() * 1000.0);
        while stage.identity.opens(&ticket)? {}
        ends.push(pulled.elapsed().as_secs_f64() * 1000.0);
        stage.reader.insert()?;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let [card, server, frame, rest] = parts.map(median);
    Ok(vec![
        Figure::new("road", "sign-in without the human: card", "ms", card),
        Figure::new("road", "sign-in without the human: server", "ms", server),
        Figure::new("road", "sign-in without the human: dialog's first frame", "ms", frame),
        Figure::new("road", "sign-in without the human: everything else", "ms", rest)
            .at_most(100.0),
        Figure::new("road", "card pulled to signed-out page", "ms", median(events))
            .beside("pcscd's own look, at most", PCSCD_LOOK)
            .at_most(1000.0),
        Figure::new("road", "card pulled to ended session at the server", "ms", median(ends))
            .beside("pcscd's own look, at most", PCSCD_LOOK)
            .at_most(1000.0),
    ])
}

/// What the agent says of one sign-in, in milliseconds.
pub struct Timing {
    card: f64,
    server: f64,
    frame: f64,
    window: f64,
    /// How long the user took.
    pub human: f64,
}

impl Timing {
    /// The last one in the log.
    pub fn read(log: &str) -> Option<Self> {
        let value = |name: &str| -> Option<f64> {
            let (_, rest) = log.rsplit_once(&format!(" {name}="))?;
            rest.split_whitespace().next()?.parse().ok()
        };
        Some(Self {
            card: value("card_ms")?,
            server: value("server_ms")?,
            frame: value("milliseconds")?,
            window: value("window_ms")?,
            human: value("human_ms")?,
        })
    }
}

/// Runs in the page: the same number of calls on each road, in turn.
const STATUS: &str = r#"
  const { connect } = await import("/sdk/dist/index.js");
  const wardkey = await connect();
  const bare = new MessageChannel();
  postMessage({ floor: true }, location.origin, [bare.port2]);
  const waiting = [];
  bare.port1.onmessage = (event) => waiting.shift()(event.data);
  const echo = (frame) => new Promise((done) => { waiting.push(done); bare.port1.postMessage(frame); });
  const frame = { v: 1, id: 1, command: "status", args: {} };
  const times = { road: [], floor: [] };
  for (let round = 0; round < ROUNDS + 50; round += 1) {
    const begun = performance.now();
    await wardkey.status();
    const between = performance.now();
    await echo(frame);
    const ended = performance.now();
    if (round >= 50) { times.road.push(between - begun); times.floor.push(ended - between); }
  }
  wardkey.close();
  return times;
"#;

const PRESS_TIME: &str = r##"
  document.querySelector("#sign-in").addEventListener(
    "click", () => { window.pressedAt = performance.now(); }, { capture: true, once: true });
  new MutationObserver(() => {
    if (document.documentElement.dataset.state === "signed-in") window.signedInAt ??= performance.now();
  }).observe(document.documentElement, { attributes: true });
"##;

const ROUNDS: usize = 1000;
const SIGN_INS: usize = 5;
const PATIENCE: Duration = Duration::from_secs(20);
/// pcscd looks at a virtual reader every 400 ms.
const PCSCD_LOOK: f64 = 400.0;
