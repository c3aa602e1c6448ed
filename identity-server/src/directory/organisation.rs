use serde::{Deserialize, Serialize};

use super::{Date, OdsCode, date};

/// An organisation of the Organisation Data Service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// The ODS code (`nhsIDCode`).
    pub code: OdsCode,
    /// The name (`o`).
    pub name: String,
    /// The first day (`nhsOrgOpenDate`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub open: Option<Date>,
    /// The first day on which it is no longer open (`nhsOrgCloseDate`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub close: Option<Date>,
}

impl Organisation {
    /// Whether it is open on this day.
    #[must_use]
    pub fn is_open(&self, today: Date) -> bool {
        date::is_open(self.open, self.close, today)
    }
}
