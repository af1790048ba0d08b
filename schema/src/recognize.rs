//! Which texts are DAGs, and which are too large to be one.

use crate::suggest::nearest;

/// Bytes above which a text is not read: no DAG is that long, and its tree would cost memory many
/// times its size.
pub const LARGEST_TEXT: usize = 16 << 20;

/// Whether a YAML text of which nobody said what it is, is a DAG: it has the key `steps` at the
/// left margin (or first in braces), or a slip of it above something that is run.
pub fn looks_like_dag(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.split(['\n', '\r']);
    if lines.clone().any(|line| key(line) == Some("steps")) {
        return true;
    }
    if text.trim_start().starts_with('{') {
        return text.contains("steps");
    }
    let mut keys = lines.clone().filter_map(key);
    let runs = |line: &str| matches!(key(line.trim_start_matches([' ', '-'])), Some("run" | "action"));
    lines.any(runs) && keys.any(|key| nearest(key, ["steps"]).is_some())
}

/// The key that a line starts with, its quotes removed.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    let key = key.trim_end();
    let unquoted = ['"', '\''].iter().find_map(|&quote| key.strip_prefix(quote)?.strip_suffix(quote));
    Some(unquoted.unwrap_or(key))
}

#[cfg(test)]
mod tests {
    use super::looks_like_dag;

    #[test]
    fn steps_at_the_left_margin_make_a_dag() {
        for text in [
            "steps:\n",
            "steps: []",
            "steps :\n",
            "name: a\r\nsteps:\r\n",
            "name: a\rsteps:\r",
            "\u{feff}steps:\n",
            "---\nsteps:\n",
            "\"steps\":\n",
            "{\"steps\": []}",
            "stpes:\n  - run: x\n",
            "step:\n- action: x\n",
        ] {
            assert!(looks_like_dag(text), "{text:?} is a DAG");
        }
        for text in [
            "",
            "name: a\n",
            "  steps:\n",
            "jobs:\n  a:\n    steps:\n",
            "steps\n",
            "stepsize: 1\n",
            "# steps:\n",
            "- steps:\n",
            "stpes:\n",
            "jobs:\n  - run: x\n",
            "{a: 1}",
        ] {
            assert!(!looks_like_dag(text), "{text:?} is no DAG");
        }
    }
}
