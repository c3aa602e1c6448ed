//! The dialog: a short-lived process with one window, which shows what the agent says and hands
//! back what the user typed or chose.
//!
//! The agent writes [`screen::ToDialog`] to its standard input and reads [`screen::FromDialog`]
//! from its standard output, one JSON object a line.

pub mod client;
pub mod preferences;
pub mod screen;
pub mod visible;
pub mod words;

mod pinentry;
mod theme;
mod window;

pub use window::run;
