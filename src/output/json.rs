//! One JSON object. Version 1: fields may be added, none is removed or changes its meaning.

use std::borrow::Cow;
use std::io::{self, Write};

use dagu_schema::{Safety, Severity, Span, printable, rules};
use serde::{Serialize, Serializer};
use serde_json::ser::Formatter;
use serde_json::{Map, Value, json};

use super::Checked;
use super::described::{Described, described};

described! {
    /// What `dagu-rs check --format json` prints. Fields may be added; none is removed or changes its meaning.
    "report" struct Report<'a> {
        /// The version of this form.
        version: Version,
        /// What was found, file by file, by place.
        diagnostics: Vec<Finding<'a>>,
    }

    /// A finding; `dagu-rs check --format jsonl` prints one a line.
    "finding" pub(super) struct Finding<'a> {
        /// The file, as it was given or found.
        file: &'a str,
        /// The rule's name; `dagu-rs explain NAME` says more.
        rule: &'a str,
        /// How bad it is.
        severity: Named<Severity>,
        /// What is wrong and why it matters.
        message: &'a str,
        /// Where it starts.
        start: Place,
        /// Where it ends: the first place behind it.
        end: Place,
        /// What to do about it.
        help: Option<&'a str>,
        /// Other places that belong to it.
        related: Vec<Other<'a>>,
        /// Changes that would remove it.
        fixes: Vec<Fix<'a>>,
        /// The rule's page.
        url: String,
    }

    /// A place in a file.
    "place" struct Place {
        /// The line, from 1.
        line: usize,
        /// The column, from 1, in characters; a byte order mark is one.
        column: usize,
    }

    /// Another place that belongs to a finding.
    "related" struct Other<'a> {
        /// The file.
        file: &'a str,
        /// Where it starts.
        start: Place,
        /// Where it ends: the first place behind it.
        end: Place,
        /// What is there.
        message: &'a str,
    }

    /// A change that would remove a finding.
    "fix" struct Fix<'a> {
        /// What the change does, in the imperative.
        title: &'a str,
        /// Whether it keeps what the author meant, and `--fix` applies it.
        safety: Named<Safety>,
        /// The replacements; they do not overlap.
        edits: Vec<Edit<'a>>,
    }

    /// A replacement in the file of the finding.
    "edit" struct Edit<'a> {
        /// Where what is replaced starts.
        start: Place,
        /// Where it ends: the first place behind it; the start, to insert.
        end: Place,
        /// What stands there afterwards.
        text: &'a str,
    }
}

/// The one version there is.
struct Version;

impl Serialize for Version {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(1)
    }
}

impl Described for Version {
    fn schema(_: &mut Map<String, Value>) -> Value {
        json!({"const": 1})
    }
}

/// One of a few words.
struct Named<T>(T);

impl Serialize for Named<Severity> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl Described for Named<Severity> {
    fn schema(_: &mut Map<String, Value>) -> Value {
        let severities = [Severity::Error, Severity::Warning, Severity::Info, Severity::Hint].map(Severity::name);
        json!({"enum": severities})
    }
}

impl Serialize for Named<Safety> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

impl Described for Named<Safety> {
    fn schema(_: &mut Map<String, Value>) -> Value {
        let safeties = [Safety::Safe, Safety::Unsafe].map(Safety::name);
        json!({"enum": safeties})
    }
}

/// The JSON Schema of the report; a line of `jsonl` is its `#/$defs/finding`.
pub(crate) fn json_schema() -> Value {
    let mut definitions = Map::new();
    let report = Report::schema(&mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of dagu-rs check",
        "$ref": report["$ref"],
        "$defs": definitions,
    })
}

pub(super) fn write(files: &[Checked], out: &mut dyn Write) -> io::Result<()> {
    let names: Vec<String> = files.iter().map(Checked::name).collect();
    let diagnostics = files.iter().zip(&names).flat_map(|(file, name)| findings(file, name)).collect();
    write_line(&Report { version: Version, diagnostics }, out)
}

/// The findings of a file with its name.
pub(super) fn findings<'a>(file: &'a Checked, name: &'a str) -> impl Iterator<Item = Finding<'a>> {
    file.diagnostics.iter().map(move |diagnostic| {
        let [start, end] = places(file, diagnostic.span);
        let related = diagnostic.related.iter().map(|related| {
            let [start, end] = places(file, related.span);
            Other { file: name, start, end, message: &related.message }
        });
        Finding {
            file: name,
            rule: diagnostic.rule,
            severity: Named(diagnostic.severity),
            message: &diagnostic.message,
            start,
            end,
            help: diagnostic.help.as_deref(),
            related: related.collect(),
            fixes: diagnostic.fixes.iter().map(|fix| change(file, fix)).collect(),
            url: rules::url(diagnostic.rule),
        }
    })
}

fn change<'a>(file: &Checked, fix: &'a dagu_schema::Fix) -> Fix<'a> {
    let edits = fix.edits.iter().map(|edit| {
        let [start, end] = places(file, edit.span);
        Edit { start, end, text: &edit.text }
    });
    Fix { title: &fix.title, safety: Named(fix.safety), edits: edits.collect() }
}

fn places(file: &Checked, span: Span) -> [Place; 2] {
    file.places(span).map(|(line, column)| Place { line, column })
}

/// A value on a line of its own.
pub(super) fn write_line(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, Harmless))?;
    writeln!(out)
}

/// Writes as an escape also what JSON allows as it is, but what a terminal would obey.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if matches!(printable::line(fragment), Cow::Borrowed(_)) {
            return out.write_all(fragment.as_bytes());
        }
        for c in fragment.chars() {
            match printable::line(c.encode_utf8(&mut [0; 4])) {
                Cow::Borrowed(harmless) => out.write_all(harmless.as_bytes())?,
                Cow::Owned(_) => c.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(out, "\\u{unit:04x}"))?,
            }
        }
        Ok(())
    }
}
