#[path = "agent/concurrent.rs"]
mod concurrent;
#[path = "agent/desk.rs"]
mod desk;
#[path = "agent/idle.rs"]
mod idle;
#[path = "agent/piv.rs"]
mod piv;
#[path = "agent/removal.rs"]
mod removal;
#[path = "agent/switch.rs"]
mod switch;

use std::time::Duration;

use anyhow::Result;
use wardkey_tests::figure::Figure;

/// Cards, their comings and goings, and the agent at rest and under load.
pub fn measure() -> Result<Vec<Figure>> {
    let mut figures = piv::measure()?;
    figures.extend(removal::measure()?);
    figures.extend(switch::measure()?);
    figures.extend(concurrent::measure()?);
    figures.extend(idle::measure()?);
    Ok(figures)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The value within which this share of them lies, as in `0.99`.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let place = (values.len() as f64 * share) as usize;
    values.get(place).or(values.last()).copied().unwrap_or_default()
}
