//! The stage for whole flows: a virtual display, a card in a reader that pcscd serves, the
//! Identity Server, the demo app, and a real browser with the packed extension.
//!
//! Every part is a program of this repository or of the system, started on loopback with files in
//! one temporary folder, and ended when its value is dropped.

pub mod figure;
pub mod stage;
