//! The text that a proposal brings, with holes for what the author fills in.

use std::fmt::Write as _;

/// A text with holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Insertion(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Hole(String),
}

impl Insertion {
    /// A text as it is.
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self(vec![Part::Text(text.into())])
    }

    /// A text in which `«...»` is a hole, with what stands there until the author writes something else.
    pub(crate) fn template(template: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = template;
        while let Some((before, (hole, after))) = rest.split_once('«').and_then(|(before, rest)| Some((before, rest.split_once('»')?))) {
            parts.push(Part::Text(before.to_owned()));
            parts.push(Part::Hole(hole.to_owned()));
            rest = after;
        }
        parts.push(Part::Text(rest.to_owned()));
        Self(parts)
    }

    /// This with another behind it.
    pub(crate) fn then(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The same with further lines set in by so many blanks, and with these line breaks.
    pub(crate) fn indented(self, column: usize, line_break: &str) -> Self {
        let lines = |text: String| text.replace('\n', &format!("{line_break}{:column$}", ""));
        let part = |part| match part {
            Part::Text(text) => Part::Text(lines(text)),
            Part::Hole(text) => Part::Hole(lines(text)),
        };
        Self(self.0.into_iter().map(part).collect())
    }

    /// Whether the author has something to fill in.
    pub(crate) fn has_holes(&self) -> bool {
        self.0.iter().any(|part| matches!(part, Part::Hole(_)))
    }

    /// As plain text, with what stands in the holes.
    pub(crate) fn plain(&self) -> String {
        self.0
            .iter()
            .map(|part| match part {
                Part::Text(text) | Part::Hole(text) => text.as_str(),
            })
            .collect()
    }

    /// In the protocol's syntax for snippets.
    pub(crate) fn snippet(&self) -> String {
        let mut out = String::new();
        let mut number = 0;
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(&escaped(text)),
                Part::Hole(text) => {
                    number += 1;
                    // Writing to a string does not fail.
                    let _ = write!(out, "${{{number}:{}}}", escaped(text));
                }
            }
        }
        out
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('$', r"\$").replace('}', r"\}")
}
