//! Parameters given as one text, as the engine takes it apart: `a=1 b="x y" positional`, or JSON.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

/// A name, and a value that may be quoted; a word without a name is positional. The engine looks
/// for the next such word wherever it starts, so that quotes around a whole `name=value` become
/// part of the name.
static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r#"(?:([^\s=]+)=)?("(?:\\"|[^"])*"|`(?:\\`|[^`]*)`|[^"\s]+)"#).ok());

/// The names in a text with their places.
pub fn names(text: &str) -> Vec<(Range<usize>, String)> {
    match serde_json::from_str::<serde_json::Value>(text) {
        Ok(serde_json::Value::Object(object)) => {
            let place = |name: &str| text.find(&format!("\"{name}\"")).map_or(0..text.len(), |start| start + 1..start + 1 + name.len());
            return object.keys().map(|name| (place(name), name.clone())).collect();
        }
        Ok(serde_json::Value::Array(_)) => return Vec::new(),
        _ => {}
    }
    let Some(word) = WORD.as_ref() else { return Vec::new() };
    word.captures_iter(text).filter_map(|found| found.get(1)).map(|name| (name.range(), name.as_str().to_owned())).collect()
}
