//! What the parts of scalars mean: references and who they name, variables of a shell, text that looks
//! like either and is neither, steps by name, the fields of a cron expression.
//!
//! Only what is in a span is looked at.

use std::ops::Range;

use crate::analysis::Analysis;
use crate::source::Span;
use crate::syntax::{Content, Entry, Kind, Node, NodeRef, Tree};
use crate::workflow::mention::{INHERITED_FIELDS, LITERAL_STEP_FIELDS, ROOT_FIELDS, SETTINGS, is_foreign};
use crate::workflow::reference::{self, Reference, Target};
use crate::workflow::{Action, Step, Workflow, cron, fault};

/// What a part of a text is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// A variable: `$NAME`, `${env.NAME}`.
    Variable,
    /// A parameter of the DAG: `${params.NAME}`.
    Parameter,
    /// Another value of the run: `${steps.build.outputs.image}`, `${context.x}`.
    Property,
    /// A step, by id or name.
    Step,
    /// What looks like a reference and stays as it is written.
    Literal,
    /// A comment of a shell text.
    Comment,
    /// A word with a value of its own: a day, a month, a time zone.
    Word,
    /// A number of a cron expression.
    Number,
    /// What joins or repeats them.
    Operator,
}

/// A part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: TokenKind,
    /// Whether nothing in the DAG changes it: constants, what Dagu says of the run.
    pub readonly: bool,
}

/// The tokens of a text within a span, in order. They do not overlap.
pub fn tokens(analysis: &Analysis, within: Span) -> Vec<Token> {
    let mut found = Finder { tree: &analysis.tree, within, document: None, out: Vec::new() };
    for workflow in analysis.workflows.iter().filter(|workflow| meets(workflow.node.span, within)) {
        found.document = Some(workflow);
        found.document(workflow);
    }
    let mut tokens = found.out;
    tokens.retain(|token| token.span.start < token.span.end && meets(token.span, within));
    tokens.sort_by_key(|token| (token.span.start, token.span.end));
    let mut end = 0;
    tokens.retain(|token| {
        let is_free = token.span.start >= end;
        end = end.max(token.span.end);
        is_free
    });
    tokens
}

fn meets(span: Span, within: Span) -> bool {
    !span.is_beyond() && span.start <= within.end && within.start <= span.end
}

/// Who reads a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reader {
    /// Dagu: it replaces variables as well.
    Dagu,
    /// A shell, once Dagu has put in the values of the DAG.
    Shell,
    /// A program in another language, likewise.
    Program,
    /// Nobody.
    Nobody,
}

/// Root fields with text for people.
const LITERAL_ROOT_FIELDS: &[&str] = &["name", "description", "group", "labels", "tags"];

/// Fields of a container that nobody reads references in.
const LITERAL_CONTAINER_FIELDS: &[&str] = &["healthcheck", "platform"];

struct Finder<'a> {
    tree: &'a Tree,
    within: Span,
    document: Option<&'a Workflow>,
    out: Vec<Token>,
}

/// A part of a scalar's text.
type Part = (Range<usize>, TokenKind, bool);

impl<'a> Finder<'a> {
    fn document(&mut self, workflow: &'a Workflow) {
        for entry in self.own(&workflow.node) {
            match entry.name() {
                "schedule" => self.schedule(&entry.value),
                "container" => self.container(&entry.value),
                name if ROOT_FIELDS.contains(&name) || INHERITED_FIELDS.contains(&name) || SETTINGS.contains(&name) => {
                    self.scalars(&entry.value, Reader::Dagu);
                }
                name if LITERAL_ROOT_FIELDS.contains(&name) => self.scalars(&entry.value, Reader::Nobody),
                _ => {}
            }
        }
        self.steps(&workflow.steps);
        let within = self.within;
        for (_, step) in workflow.handlers.iter().filter(|(_, step)| meets(step.node.span, within)) {
            self.step(step);
        }
    }

    /// The entries of a mapping that stand there, and in the span.
    fn own(&self, node: &'a Node) -> impl Iterator<Item = &'a Entry> + use<'a> {
        let (within, entries) = (self.within, if matches!(node.kind, Kind::Alias(_)) { &[] } else { node.entries().unwrap_or_default() });
        entries.iter().filter(move |entry| !entry.merged && meets(entry.key.span.to(entry.value.span), within))
    }

    /// The steps of a list, which stand in the order of the text.
    fn steps(&mut self, steps: &'a [Step]) {
        let within = self.within;
        let first = steps.partition_point(|step| step.node.span.end < within.start);
        for step in steps.iter().skip(first).take_while(|step| step.node.span.start <= within.end) {
            let mut open = vec![step];
            while let Some(step) = open.pop() {
                self.step(step);
                open.extend(step.body.iter().filter(|inner| meets(inner.node.span, within)));
            }
        }
    }

    fn step(&mut self, step: &'a Step) {
        if matches!(step.node.kind, Kind::Scalar(_)) {
            return self.scalars(&step.node, Reader::Shell);
        }
        let in_text = match &step.action {
            Action::Run(_) if is_foreign(step) => Reader::Program,
            Action::Run(_) => Reader::Shell,
            _ => Reader::Dagu,
        };
        for entry in self.own(&step.node) {
            match entry.name() {
                "depends" => self.depends(&entry.value),
                "container" => self.container(&entry.value),
                "run" | "script" | "command" => self.scalars(&entry.value, in_text),
                // The steps of a body are looked at as steps.
                "foreach" => {
                    for field in self.own(&entry.value).filter(|field| field.name() != "steps") {
                        self.scalars(&field.value, Reader::Dagu);
                    }
                }
                name if LITERAL_STEP_FIELDS.contains(&name) => self.scalars(&entry.value, Reader::Nobody),
                _ => self.scalars(&entry.value, Reader::Dagu),
            }
        }
    }

    fn container(&mut self, node: &'a NodeRef) {
        if node.entries().is_none() {
            return self.scalars(node, Reader::Dagu);
        }
        for entry in self.own(node) {
            let reader = if LITERAL_CONTAINER_FIELDS.contains(&entry.name()) { Reader::Nobody } else { Reader::Dagu };
            self.scalars(&entry.value, reader);
        }
    }

    /// The scalars in a node, as far as they hold a reference, or comments of a shell.
    fn scalars(&mut self, node: &'a NodeRef, reader: Reader) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            if !meets(node.span, self.within) || !(node.may_hold(Content::Dollar) || reader == Reader::Shell) {
                continue;
            }
            match &node.kind {
                Kind::Scalar(scalar) => {
                    let parts = self.parts(&scalar.text, reader);
                    self.add(node, parts);
                }
                Kind::Mapping(entries) => open.extend(entries.iter().filter(|entry| !entry.merged).map(|entry| &entry.value)),
                Kind::Sequence(items) => open.extend(items),
                // What an alias stands for is looked at where it is written.
                Kind::Alias(_) => {}
            }
        }
    }

    fn add(&mut self, node: &Node, parts: Vec<Part>) {
        for (range, kind, readonly) in apart(parts) {
            self.out.push(Token { span: self.tree.span_in(node, range), kind, readonly });
        }
    }

    /// The parts of a text that is read by someone.
    fn parts(&self, text: &str, reader: Reader) -> Vec<Part> {
        let quiet = if reader == Reader::Shell { quiet_parts(text) } else { Vec::new() };
        let comments = quiet.iter().filter(|(_, quiet)| *quiet == Quiet::Comment);
        let mut parts: Vec<Part> = comments.map(|(range, _)| (range.clone(), TokenKind::Comment, false)).collect();
        for found in reference::find(text) {
            let at = quiet.partition_point(|(range, _)| range.end <= found.range.start);
            let quiet = quiet.get(at).filter(|(range, _)| range.start <= found.range.start).map(|(_, quiet)| *quiet);
            self.reference(text, &found, reader, quiet, &mut parts);
        }
        parts
    }

    /// The parts of a reference that somebody replaces, or of one that nobody does.
    fn reference(&self, text: &str, found: &Reference, reader: Reader, quiet: Option<Quiet>, parts: &mut Vec<Part>) {
        let range = found.range.clone();
        if reader == Reader::Nobody {
            return parts.push((range, TokenKind::Literal, false));
        }
        // Where something stands in the reference that is written out.
        let place = |part: &str| text.get(range.clone()).and_then(|written| written.find(part)).map(|at| range.start + at);
        match &found.target {
            Target::Value { namespace, path } => match namespace.as_str() {
                "params" => parts.push((range, TokenKind::Parameter, false)),
                "env" => parts.push((range, TokenKind::Variable, false)),
                "consts" => parts.push((range, TokenKind::Variable, true)),
                "steps" => {
                    let id = path.split(['.', '[']).next().unwrap_or_default();
                    parts.push((range.clone(), TokenKind::Property, false));
                    let start = place("steps.").map(|at| at + "steps.".len()).filter(|_| self.is_step(id));
                    parts.extend(start.map(|start| (start..start + id.len(), TokenKind::Step, false)));
                }
                "foreach" | "inputs" | "outputs" => parts.push((range, TokenKind::Property, false)),
                _ => parts.push((range, TokenKind::Property, true)),
            },
            Target::Property { name, .. } if self.is_step(name) => {
                let start = range.start + "${".len();
                parts.push((range, TokenKind::Property, false));
                parts.push((start..start + name.len(), TokenKind::Step, false));
            }
            Target::Variable { .. } | Target::Property { .. } => match (reader, quiet) {
                // Within a comment, and in a program with variables of its own, it is nothing.
                (Reader::Program, _) | (_, Some(Quiet::Comment)) => {}
                (Reader::Shell, Some(Quiet::Quoted)) => parts.push((range, TokenKind::Literal, false)),
                // A shell knows no name with a dot.
                (Reader::Shell, None) if matches!(found.target, Target::Property { .. }) => {}
                (Reader::Dagu, _) if found.quoted => parts.push((range, TokenKind::Literal, false)),
                _ => parts.push((range, TokenKind::Variable, false)),
            },
        }
    }

    fn is_step(&self, id: &str) -> bool {
        self.document.is_some_and(|workflow| workflow.step_index(id).is_some())
    }

    /// The steps that are called by `depends`.
    fn depends(&mut self, node: &'a NodeRef) {
        let items = if matches!(node.kind, Kind::Sequence(_)) { node.items().unwrap_or_default() } else { std::slice::from_ref(node) };
        let within = self.within;
        for item in items.iter().filter(|item| meets(item.span, within)) {
            if let Kind::Scalar(scalar) = &item.kind
                && self.is_step(scalar.text.trim())
            {
                self.add(item, vec![(fault::trimmed(&scalar.text), TokenKind::Step, false)]);
            }
        }
    }

    /// The cron expressions of a schedule.
    fn schedule(&mut self, node: &'a NodeRef) {
        let mut open = vec![node];
        while let Some(node) = open.pop() {
            match &node.kind {
                Kind::Scalar(scalar) => self.add(node, cron_parts(&scalar.text)),
                Kind::Sequence(items) => open.extend(items),
                Kind::Mapping(entries) => {
                    let times = entries.iter().filter(|entry| matches!(entry.name(), "start" | "stop" | "restart" | "expression"));
                    open.extend(times.filter(|entry| !entry.merged).map(|entry| &entry.value));
                }
                Kind::Alias(_) => {}
            }
        }
    }
}

/// The parts of a cron expression: nothing of what is none.
fn cron_parts(text: &str) -> Vec<Part> {
    if !cron::faults(text).is_empty() {
        return Vec::new();
    }
    let (zone, start) = cron::zone(text);
    let mut parts: Vec<Part> = zone.map(|(range, _)| (range, TokenKind::Word, false)).into_iter().collect();
    let kind = |c: char| match c {
        '0'..='9' => Some(TokenKind::Number),
        c if c.is_alphabetic() => Some(TokenKind::Word),
        c if c.is_whitespace() => None,
        _ => Some(TokenKind::Operator),
    };
    for (at, c) in text.char_indices().skip_while(|(at, _)| *at < start) {
        let Some(kind) = kind(c) else { continue };
        match parts.last_mut() {
            Some((range, last, _)) if range.end == at && *last == kind => range.end += c.len_utf8(),
            _ => parts.push((at..at + c.len_utf8(), kind, false)),
        }
    }
    parts
}

/// Parts, some of which lie in others, as parts side by side: the inner one counts.
fn apart(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by_key(|(range, ..)| (range.start, std::cmp::Reverse(range.end)));
    let mut out: Vec<Part> = Vec::with_capacity(parts.len());
    let mut open: Vec<Part> = Vec::new();
    let mut at = 0;
    let mut put = |open: &mut Vec<Part>, until: usize, at: &mut usize| {
        while let Some((range, kind, readonly)) = open.last() {
            let end = range.end.min(until);
            if end > *at {
                out.push((*at..end, *kind, *readonly));
                *at = end;
            }
            if range.end > until {
                break;
            }
            open.pop();
        }
        *at = (*at).max(until);
    };
    for part in parts {
        put(&mut open, part.0.start, &mut at);
        open.push(part);
    }
    put(&mut open, usize::MAX, &mut at);
    out
}

/// A part of a shell text in which `$` means nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quiet {
    Comment,
    /// In single quotes, or the text of `<<'END'`.
    Quoted,
}

/// The parts of a shell text in which `$` means nothing, in order.
fn quiet_parts(text: &str) -> Vec<(Range<usize>, Quiet)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut in_double_quotes = false;
    let mut heredocs: Vec<(&str, bool)> = Vec::new();
    let mut at = 0;
    let line_end = |at: usize| text.get(at..).and_then(|rest| rest.find('\n')).map_or(text.len(), |length| at + length);
    while let Some(&byte) = bytes.get(at) {
        let is_word_start =
            at == 0 || bytes.get(at - 1).is_some_and(|before| matches!(before, b' ' | b'\t' | b'\n' | b';' | b'&' | b'|' | b'(' | b')'));
        match byte {
            b'\\' => at += 1,
            b'"' => in_double_quotes = !in_double_quotes,
            _ if in_double_quotes => {}
            b'\'' => {
                let length = text.get(at + 1..).and_then(|rest| rest.find('\''));
                let end = length.map_or(text.len(), |length| at + length + 2);
                found.push((at..end, Quiet::Quoted));
                at = end.max(at + 1);
                continue;
            }
            b'#' if is_word_start => {
                let end = line_end(at);
                found.push((at..end, Quiet::Comment));
                at = end;
                continue;
            }
            b'<' if text.get(at..).is_some_and(|rest| rest.starts_with("<<<")) => at += 2,
            b'<' if text.get(at..).is_some_and(|rest| rest.starts_with("<<")) => {
                let rest = text.get(at + 2..line_end(at)).unwrap_or_default().trim_start_matches('-').trim_start_matches([' ', '\t']);
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, ';' | '|' | '&' | '>' | ')')).unwrap_or(rest.len());
                let word = rest.get(..end).unwrap_or_default();
                let is_quoted = word.contains(['\'', '"', '\\']);
                if !word.is_empty() {
                    heredocs.push((word.trim_matches(['\'', '"', '\\']), is_quoted));
                }
                at += 1;
            }
            b'\n' => {
                for (end, is_quoted) in std::mem::take(&mut heredocs) {
                    let start = at + 1;
                    let mut line = start;
                    while line < text.len() && text.get(line..line_end(line)).is_some_and(|line| line.trim() != end) {
                        line = line_end(line) + 1;
                    }
                    if is_quoted && line > start {
                        found.push((start..line.min(text.len()), Quiet::Quoted));
                    }
                    // The break behind the last line is that of its end word.
                    at = if line < text.len() { line_end(line) } else { text.len() };
                }
                if at >= text.len() {
                    break;
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}
