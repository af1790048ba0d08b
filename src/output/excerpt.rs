//! A file as an excerpt shows it: of a very long line, the part around what is marked.

use std::collections::HashMap;
use std::ops::Range;

use codespan_reporting::diagnostic::Label;
use codespan_reporting::files::{Error, Files, SimpleFile};

/// Bytes of a line above which only a part of it is shown.
const LONG: usize = 600;
/// Bytes that are shown before and after the beginning of a mark.
const BEFORE: usize = 80;
const AFTER: usize = 320;

/// A file with the parts of its long lines that one finding needs.
pub(super) struct Excerpt<'a> {
    file: &'a SimpleFile<String, &'a str>,
    /// By the number of the line, from 0.
    windows: HashMap<usize, Range<usize>>,
}

impl<'a> Excerpt<'a> {
    /// What is shown for the labels, the first of which counts most. They are cut to what is shown; one that lies in a
    /// part that is not becomes a text of its own, which is returned with the place.
    pub(super) fn of(file: &'a SimpleFile<String, &'a str>, labels: &mut Vec<Label<()>>) -> (Self, Vec<String>) {
        let mut excerpt = Self { file, windows: HashMap::new() };
        let mut beyond = Vec::new();
        labels.retain_mut(|label| {
            let start = excerpt.shown(label.range.start);
            let end = excerpt.shown(label.range.end);
            let is_shown = start.contains(&label.range.start) || start.end == label.range.start;
            if is_shown {
                label.range.end = label.range.end.min(end.end).max(label.range.start);
            } else if let Ok(place) = excerpt.location((), label.range.start) {
                beyond.push(format!("{} (line {}, column {})", label.message, place.line_number, place.column_number));
            }
            is_shown
        });
        (excerpt, beyond)
    }

    /// The part of its line that is shown, of which there is one for all labels of the line.
    fn shown(&mut self, at: usize) -> Range<usize> {
        let Ok(number) = self.file.line_index((), at) else { return at..at };
        let Ok(line) = self.file.line_range((), number) else { return at..at };
        if line.len() <= LONG {
            return line;
        }
        let source = *self.file.source();
        let window = self.windows.entry(number).or_insert_with(|| {
            let start = at.saturating_sub(BEFORE).max(line.start);
            source.floor_char_boundary(start)..source.floor_char_boundary((at + AFTER).min(line.end))
        });
        window.clone()
    }
}

impl<'a> Files<'a> for Excerpt<'a> {
    type FileId = ();
    type Name = &'a str;
    type Source = &'a str;

    fn name(&'a self, (): ()) -> Result<Self::Name, Error> {
        Ok(self.file.name())
    }

    fn source(&'a self, (): ()) -> Result<Self::Source, Error> {
        Ok(self.file.source())
    }

    fn line_index(&'a self, (): (), at: usize) -> Result<usize, Error> {
        self.file.line_index((), at)
    }

    fn column_number(&'a self, (): (), line: usize, at: usize) -> Result<usize, Error> {
        let start = self.file.line_range((), line)?.start;
        let before = self.file.source().as_bytes().get(start..at).unwrap_or_default();
        Ok(before.iter().filter(|byte| !matches!(byte, 0x80..=0xbf)).count() + 1)
    }

    fn line_range(&'a self, (): (), number: usize) -> Result<Range<usize>, Error> {
        let line = self.file.line_range((), number)?;
        let source = *self.file.source();
        Ok(match self.windows.get(&number) {
            Some(window) => window.clone(),
            None if line.len() > LONG => line.start..source.floor_char_boundary(line.start + BEFORE + AFTER),
            None => line,
        })
    }
}
