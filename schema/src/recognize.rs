//! Which texts are DAGs, and which are too large to be one.

/// Bytes above which a text is not read: no DAG is that long, and its tree would cost memory many
/// times its size.
pub const LARGEST_TEXT: usize = 16 << 20;

/// Whether a YAML text of which nobody said what it is, is a DAG: it has `steps:` at the left
/// margin.
pub fn looks_like_dag(text: &str) -> bool {
    text.trim_start_matches('\u{feff}')
        .split(['\n', '\r'])
        .any(|line| line.strip_prefix("steps").is_some_and(|rest| rest.trim_start().starts_with(':')))
}

#[cfg(test)]
mod tests {
    use super::looks_like_dag;

    #[test]
    fn steps_at_the_left_margin_make_a_dag() {
        for text in
            ["steps:\n", "steps: []", "steps :\n", "name: a\r\nsteps:\r\n", "name: a\rsteps:\r", "\u{feff}steps:\n", "---\nsteps:\n"]
        {
            assert!(looks_like_dag(text), "{text:?} is a DAG");
        }
        for text in ["", "name: a\n", "  steps:\n", "jobs:\n  a:\n    steps:\n", "steps\n", "stepsize: 1\n", "# steps:\n", "- steps:\n"] {
            assert!(!looks_like_dag(text), "{text:?} is no DAG");
        }
    }
}
