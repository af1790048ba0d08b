//! The language server as a client sees it: the real command, spoken to over its standard streams.

mod actions;
mod base;
mod client;
mod commands;
mod completion;
mod configuration;
mod everywhere;
mod flood;
mod folding;
mod hover;
mod inlay_hints;
mod layout;
mod lifecycle;
mod navigation;
mod parity;
mod preview;
mod pull;
mod rename;
mod sync;
mod views;
mod watching;

/// The place of a cursor in a text of these tests.
const CURSOR: char = '‸';

/// The text of a file of this repository.
fn file(path: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).expect("the file is there")
}

/// A text without its cursor, and the byte where that stood.
fn with_cursor(marked: &str) -> (String, usize) {
    let offset = marked.find(CURSOR).expect("the text has a cursor");
    (marked.replacen(CURSOR, "", 1), offset)
}
