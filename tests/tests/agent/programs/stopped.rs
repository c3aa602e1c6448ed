//! An agent that is there and answers nothing.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use wardkey_spine::ticket_api::Code;
use wardkey_tests::stage::Stopped;

use super::{compile_driven, local, start, ward};

pub fn agent() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let program = folder.path().join("ward-desktop");
    compile_driven(&program)?;
    let mut ward = ward(&[(&program, r#"["sign_in", "ticket"]"#)])?;
    ward.sign_in()?;
    let mut c = start(&ward, &program)?;
    c.expect("init", Code::SUCCESS)?;
    let ticket = c.expect("noauth", Code::SUCCESS)?;

    let stopped = Stopped::new(ward.host.agent().context("no agent")?)?;
    let begun = Instant::now();
    c.expect("noauth", Code::TICKET_NOT_AVAILABLE)?;
    ensure!(begun.elapsed() > Duration::from_secs(8), "given up after {:?}", begun.elapsed());
    // Neither does another call wait without end, nor does another program.
    c.expect("noauth", Code::SERVER_COMM_FAILED)?;
    let output = local(&ward, &ward.programs.host).arg("ticket").output()?;
    let said = String::from_utf8(output.stderr)?;
    ensure!(!output.status.success() && said.contains("agent_unreachable"), "{said}");

    drop(stopped);
    ensure!(c.expect("noauth", Code::SUCCESS)? == ticket, "another ticket");
    Ok(())
}
