//! Figures of the bench: a median, what it is compared with, and whether it meets its target.

use serde::Serialize;

/// One figure.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// The area, such as `road`.
    pub area: &'static str,
    /// What was measured.
    pub name: String,
    /// The unit.
    pub unit: &'static str,
    /// The median.
    pub value: f64,
    /// What it is compared with; empty where there is nothing.
    pub reference: String,
    /// The reference, in the same unit.
    pub reference_value: Option<f64>,
    /// Value by reference.
    pub ratio: Option<f64>,
    /// The most that it may be, in words.
    pub target: String,
    /// Whether it is; `None` without a target.
    pub met: Option<bool>,
}

impl Figure {
    /// A figure alone.
    #[must_use]
    pub fn new(area: &'static str, name: &str, unit: &'static str, value: f64) -> Self {
        Self {
            area,
            name: name.to_owned(),
            unit,
            value,
            reference: String::new(),
            reference_value: None,
            ratio: None,
            target: String::new(),
            met: None,
        }
    }

    /// With what it is compared.
    #[must_use]
    pub fn beside(mut self, reference: &str, value: f64) -> Self {
        reference.clone_into(&mut self.reference);
        self.reference_value = Some(value);
        self.ratio = (value > 0.0).then(|| self.value / value);
        self
    }

    /// Of runs in turn with those of what it is compared with: the ratio is the median of the runs'
    /// own, which a machine that is slower for some seconds does not move.
    #[must_use]
    pub fn in_turn(
        area: &'static str,
        name: &str,
        unit: &'static str,
        ours: Vec<f64>,
        reference: &str,
        theirs: Vec<f64>,
    ) -> Self {
        let ratios = ours.iter().zip(&theirs).map(|(ours, theirs)| ours / theirs).collect();
        let figure = Self::new(area, name, unit, median(ours)).beside(reference, median(theirs));
        Self { ratio: Some(median(ratios)), ..figure }
    }

    /// The value may be at most this.
    #[must_use]
    pub fn at_most(mut self, most: f64) -> Self {
        self.target = format!("<= {most} {}", self.unit);
        self.met = Some(self.value <= most);
        self
    }

    /// The ratio to the reference may be at most this.
    #[must_use]
    pub fn at_most_times(mut self, most: f64) -> Self {
        self.target = format!("<= {most} x");
        self.met = Some(self.ratio.is_some_and(|ratio| ratio <= most));
        self
    }

    /// The ratio to the reference has to be at least this.
    #[must_use]
    pub fn at_least_times(mut self, least: f64) -> Self {
        self.target = format!(">= {least} x");
        self.met = Some(self.ratio.is_some_and(|ratio| ratio >= least));
        self
    }

    /// The figure as a line of the table.
    #[must_use]
    pub fn line(&self) -> String {
        let reference = match (self.reference_value, self.ratio) {
            (Some(value), Some(ratio)) => format!("{value:.2} ({}), x{ratio:.2}", self.reference),
            _ => String::new(),
        };
        let met = match self.met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        format!(
            "{:<8} {:<46} {:>10.2} {:<4} {:<12} {:<7} {reference}",
            self.area, self.name, self.value, self.unit, self.target, met
        )
    }
}

/// The median of some values; 0 of none.
#[must_use]
pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => 0.0,
        count if count % 2 == 0 => f64::midpoint(values[middle - 1], values[middle]),
        _ => values[middle],
    }
}
