//! Measurements come here.
fn main() {}
