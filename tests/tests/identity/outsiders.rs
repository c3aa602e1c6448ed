use super::Named;

pub const TRIALS: &[Named] = &[];
