//! What a page waits for, in Chromium and in Firefox, beside a bare extension with a bare host.

use std::{os::unix::fs::symlink, path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use wardkey_tests::{
    figure::{Figure, median},
    stage::{Browser, Desk, Engine, Options, Pages, policy},
};

use super::floor::Floor;

pub async fn measure() -> Result<Vec<Figure>> {
    let folder = tempfile::tempdir()?;
    let floor = Floor::find()?;
    let desk = Desk::set_up(folder.path(), &Options::default())?;
    let pages = serve(&floor, &desk, folder.path())?;
    desk.host.write_policy(&policy(&desk.identity, pages.origin()))?;

    let mut figures = Vec::new();
    for engine in [Engine::Chromium, Engine::Firefox] {
        // One after the other, at the same agent.
        let browser = Driven::start(engine, &floor, &desk, folder.path()).await?;
        figures.extend(first(&browser, &pages).await?);
        browser.browser.open(&pages.at("road.html")).await?;
        browser.wait_for("window.roads").await?;
        figures.extend(status(&browser).await?);
        figures.extend(documents(&browser).await?);
        figures.extend(at_once(&browser).await?);
    }
    Ok(figures)
}

/// The first `status` of a page, each time of a page that was just opened, while extension, host and
/// agent run.
async fn first(browser: &Driven, pages: &Pages) -> Result<Vec<Figure>> {
    let (mut of_call, mut of_page) = (Vec::new(), Vec::new());
    for round in -WARM_UP..PAGES {
        let first = browser.first(pages).await?;
        if round >= 0 {
            of_call.push(first.answered - first.connecting);
            of_page.push(first.answered);
        }
    }
    let mut figures = vec![
        browser.figure("first status, connect() to answer", of_call).at_most(50.0),
        browser
            .figure("first status, navigation to answer", of_page)
            .beside("Web eID, page load to answer (published)", WEB_EID_FIRST),
    ];
    if browser.engine == Engine::Chromium {
        let mut asleep = Vec::new();
        for _ in 0..PAGES_ASLEEP {
            browser.browser.end_worker().await?;
            let first = browser.first(pages).await?;
            asleep.push(first.answered - first.connecting);
        }
        let name = "the same, worker and host not running";
        figures.push(browser.figure(name, asleep));
    }
    Ok(figures)
}

/// Warm `status` beside as many octets over the bare road, in turn.
async fn status(browser: &Driven) -> Result<Vec<Figure>> {
    let times = browser.script(&format!("return await roads.status({CALLS});")).await?;
    let figure = browser.figure("status, page to agent to page, warm", list(&times, "road")?);
    let floor = median(list(&times, "floor")?);
    Ok(vec![figure.beside("bare echo host", floor).at_most_times(1.3)])
}

/// A document to the agent, which receives, decodes, hashes and reads all of it, refuses it and has
/// the record of that on the disk before it says so, beside the same octets to the bare host, which
/// throws them away. What the octets cost is told apart from what any such call does.
async fn documents(browser: &Driven) -> Result<Vec<Figure>> {
    let [mut road, mut floor, mut small, mut bare] = [const { Vec::new() }; 4];
    for _ in 0..CLICKS {
        browser.script("window.sent = undefined;").await?;
        browser.browser.click("#send").await?;
        browser.wait_for("window.sent").await?;
        let times = browser.script("return window.sent;").await?;
        ensure!(times.get("error").is_none(), "{times}");
        road.extend(list(&times, "road")?);
        floor.extend(list(&times, "floor")?);
        small.extend(list(&times, "small")?);
        bare.extend(list(&times, "bare")?);
    }
    let (whole, floor) = (median(road), median(floor));
    let (small, bare) = (median(small), median(bare));
    Ok(vec![
        browser
            .figure("512 KB document beyond one octet", vec![whole - small])
            .beside("bare host, the same octets", floor - bare)
            .at_most_times(1.3),
        browser
            .figure("512 KB document, with its audit record", vec![whole])
            .beside("bare host, the same octets", floor)
            .at_most_times(1.3),
        browser.figure("the same of one octet", vec![small]).beside("bare echo host", bare),
    ])
}

async fn at_once(browser: &Driven) -> Result<Vec<Figure>> {
    let [mut road, mut floor] = [const { Vec::new() }; 2];
    for _ in 0..BURSTS {
        let burst = browser.script("return await roads.atOnce(1000);").await?;
        ensure!(burst["inOrder"] == true, "not answered in order");
        road.push(burst["road"].as_f64().context("no time")?);
        floor.push(burst["floor"].as_f64().context("no time")?);
    }
    let figure = browser.figure("1,000 status at once, answered in order", road);
    Ok(vec![figure.beside("bare echo host", median(floor))])
}

/// The pages, the package below them, and a clock that is fine enough.
fn serve(floor: &Floor, desk: &Desk, folder: &Path) -> Result<Pages> {
    let served = folder.join("pages");
    std::fs::create_dir_all(&served)?;
    for file in ["first.html", "road.html", "road.js"] {
        std::fs::copy(floor.pages.join(file), served.join(file))?;
    }
    symlink(desk.programs.sdk.join("dist"), served.join("sdk"))?;
    let isolated = [
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Embedder-Policy", "require-corp"),
    ];
    Pages::serve(&served, &isolated)
}

fn list(times: &Value, name: &str) -> Result<Vec<f64>> {
    let list: Vec<_> =
        times[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect();
    ensure!(!list.is_empty(), "no times: {name}");
    Ok(list)
}

/// Milliseconds of one page, from its navigation.
struct First {
    connecting: f64,
    answered: f64,
}

/// A browser with our extension and the bare one.
struct Driven {
    engine: Engine,
    browser: Browser,
}

impl Driven {
    async fn start(engine: Engine, floor: &Floor, desk: &Desk, folder: &Path) -> Result<Self> {
        let Desk { host, identity, reader, desktop, programs, .. } = desk;
        let folder = folder.join(format!("{engine:?}"));
        match engine {
            Engine::Chromium => floor.install_for_chromium(&folder)?,
            Engine::Firefox => floor.install_for_firefox(&folder)?,
        }
        let options = Options { beside: Some(floor.extension.clone()), ..Options::of(engine) };
        let browser = Browser::start(programs, &folder, identity, host, reader, desktop, &options);
        Ok(Self { engine, browser: browser.await? })
    }

    fn figure(&self, name: &str, times: Vec<f64>) -> Figure {
        Figure::new("sdk", &format!("{:?}: {name}", self.engine), "ms", median(times))
    }

    async fn first(&self, pages: &Pages) -> Result<First> {
        self.browser.open(&pages.at("first.html")).await?;
        self.wait_for("window.first").await?;
        let first = self.browser.script("return window.first;").await?;
        ensure!(first["cardPresent"].is_boolean(), "not the answer to an admitted page: {first}");
        let time = |name: &str| first[name].as_f64().context("no time");
        Ok(First { connecting: time("connecting")?, answered: time("answered")? })
    }

    async fn script(&self, body: &str) -> Result<Value> {
        self.browser.script(body).await
    }

    async fn wait_for(&self, expression: &str) -> Result<()> {
        self.browser.wait_for(expression, PATIENCE).await
    }
}

const WARM_UP: i32 = 3;
const PAGES: i32 = 25;
const PAGES_ASLEEP: i32 = 9;
const CALLS: u32 = 1000;
const CLICKS: u32 = 5;
const BURSTS: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(30);
/// Milliseconds, of which a second is its library's own wait.
const WEB_EID_FIRST: f64 = 1100.0;
