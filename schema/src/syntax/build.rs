//! Parser events to nodes, in one pass without recursion.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, options};

use super::dialect::{self, Plain};
use super::{Content, Document, EXPANDED_NODES, Entry, Kind, MANY_KEYS, Names, Node, NodeRef, Properties, Scalar, Style};
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;

/// Collections that may be open at once; deeper nesting is a syntax error.
const DEPTH: usize = 128;

/// What one pass over the text gave.
pub(super) struct Pass {
    pub(super) documents: Vec<Document>,
    pub(super) comments: Vec<Span>,
    pub(super) merges: Vec<(Span, NodeRef)>,
    /// The nodes with an anchor, it included.
    pub(super) anchored: Vec<Span>,
    pub(super) diagnostics: Vec<Diagnostic>,
    /// The error that ended the pass, if one did.
    pub(super) error: Option<ScanError>,
    /// Where the innermost bracket opens that was not closed when the error came.
    pub(super) open_bracket: Option<usize>,
}

/// How far the parser gets: the first error, and the number of keys and values read before it.
pub(super) fn first_error(text: &str) -> (Option<ScanError>, usize) {
    let mut scalars = 0;
    for item in parser(text) {
        match item {
            Ok((event, _)) => scalars += usize::from(matches!(event, Event::Scalar(..))),
            Err(error) => return (Some(error), scalars),
        }
    }
    (None, scalars)
}

fn parser(text: &str) -> Parser<'_, granit_parser::StrInput<'_>> {
    Parser::new_from_str_with_options(
        text,
        options! {
            emit_anchor_events: true,
            emit_unresolved_aliases: true,
            flow_nesting_limit: DEPTH,
            block_nesting_limit: DEPTH,
            max_buffered_comment_events: 1_000_000,
        },
    )
}

/// The places of the plain scalars up to the first error.
pub(super) fn plain_scalars(text: &str) -> Vec<Span> {
    let events = parser(text).map_while(Result::ok);
    let plain = events.filter(|(event, _)| matches!(event, Event::Scalar(_, ScalarStyle::Plain, ..)));
    plain.filter_map(|(_, span)| span.byte_range()).map(|range| Span::new(range.start, range.end)).collect()
}

/// Builds the documents of a text, up to the first syntax error. The text's first byte counts as
/// byte `offset`. `source` is the text as written, where letters of `text` stand in for others.
/// `names` are what keys are called instead, by where they start.
pub(super) fn build(text: &str, source: &str, offset: usize, names: &Names) -> Pass {
    let mut builder = Builder {
        text,
        source,
        names,
        is_source: text == source,
        has_tabs: text.contains('\t'),
        last: Span::at(offset),
        offset,
        pass: Pass {
            documents: Vec::new(),
            comments: Vec::new(),
            merges: Vec::new(),
            anchored: Vec::new(),
            diagnostics: Vec::new(),
            error: None,
            open_bracket: None,
        },
        stack: Vec::new(),
        root: None,
        start: offset,
        anchors: HashMap::new(),
        pending: None,
        weight: 0,
        bomb: false,
    };
    for item in parser(text) {
        match item {
            Ok((event, span)) => {
                let span = span.byte_range().map_or(Span::at(offset), |range| Span::new(offset + range.start, offset + range.end));
                builder.event(event, span);
            }
            Err(error) => {
                builder.pass.error = Some(error);
                builder.pass.open_bracket = builder.open_bracket();
                builder.abandon();
                break;
            }
        }
    }
    builder.pass
}

/// A collection whose end has not come yet.
struct Open {
    node: Pending,
    flow: bool,
    mapping: bool,
    anchor_id: usize,
    /// Items, or keys and values in turn.
    children: Vec<NodeRef>,
}

/// What is known of a node before its anchor event, which follows it, has come.
struct Pending {
    span: Span,
    properties: Option<Box<Properties>>,
    /// Whether it is a plain scalar that goes on over several lines.
    folded: bool,
}

impl Pending {
    fn new(span: Span, tag: Option<Cow<'_, granit_parser::Tag>>) -> Self {
        Self { span, properties: tag.map(|tag| Box::new(Properties { anchor: None, tag: Some(tag_text(tag)) })), folded: false }
    }
}

/// The entries of a mapping that is being read.
struct Entries {
    list: Vec<Entry>,
    /// Of many entries, where each key stands first.
    index: HashMap<String, usize>,
}

impl Entries {
    fn push(&mut self, entry: Entry) {
        self.list.push(entry);
        // Those before this one are in the index already, once there is one.
        let start = if self.index.is_empty() { 0 } else { self.list.len() - 1 };
        if self.list.len() >= MANY_KEYS {
            for (at, entry) in self.list.iter().enumerate().skip(start) {
                self.index.entry(entry.name().to_owned()).or_insert(at);
            }
        }
    }

    /// The first entry with the same key; keys that are no scalars are all different.
    fn same_key(&self, entry: &Entry) -> Option<&Entry> {
        let name = entry.key.text()?;
        let is_same = |other: &&Entry| other.tag == entry.tag && other.key.text() == Some(name);
        match self.index.get(name) {
            _ if self.index.is_empty() => self.list.iter().find(is_same),
            at => self.list.get(*at?).filter(is_same),
        }
    }
}

struct Builder<'a> {
    text: &'a str,
    source: &'a str,
    names: &'a Names,
    /// Whether `text` is `source`.
    is_source: bool,
    has_tabs: bool,
    /// The last scalar: what the parser takes for a comment within it is a part of it. The comment in
    /// the header of a block stands before it, and comes after it.
    last: Span,
    offset: usize,
    pass: Pass,
    stack: Vec<Open>,
    root: Option<NodeRef>,
    start: usize,
    anchors: HashMap<usize, NodeRef>,
    /// A scalar that may still be followed by its anchor event.
    pending: Option<(Pending, usize, Scalar)>,
    weight: u32,
    bomb: bool,
}

impl Builder<'_> {
    /// Where the innermost open bracket is. A pair without braces, as in `[a: b]`, has none.
    fn open_bracket(&self) -> Option<usize> {
        let is_bracket = |start: &usize| matches!(self.text.as_bytes().get(*start - self.offset), Some(b'[' | b'{'));
        self.stack.iter().rev().filter(|open| open.flow).map(|open| open.node.span.start).find(is_bracket)
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        if let Event::Anchor(_, name) = &event {
            let pending = self.pending.as_mut().map(|(pending, ..)| pending);
            if let Some(node) = pending.or(self.stack.last_mut().map(|open| &mut open.node)) {
                node.properties.get_or_insert_default().anchor = Some((name.to_string(), span));
            }
            return;
        }
        self.flush();
        match event {
            Event::DocumentStart(..) => {
                self.start = span.start;
                self.anchors.clear();
                self.weight = 0;
                self.bomb = false;
            }
            Event::DocumentEnd => self.end_document(span),
            Event::Comment(..) if self.last.start <= span.start && span.start < self.last.end => {}
            Event::Comment(..) => self.pass.comments.push(span),
            Event::Scalar(text, style, anchor_id, tag) => {
                let (node, scalar) = self.scalar(Pending::new(span, tag), text, style);
                self.pending = Some((node, anchor_id, scalar));
            }
            Event::SequenceStart(style, anchor_id, tag) => self.open(Pending::new(span, tag), style, anchor_id, false),
            Event::MappingStart(style, anchor_id, tag) => self.open(Pending::new(span, tag), style, anchor_id, true),
            Event::SequenceEnd | Event::MappingEnd => self.close(span),
            Event::Alias(id) => {
                let target = self.anchors.get(&id).cloned();
                self.alias(span, target);
            }
            Event::UnresolvedAlias(name) => {
                self.pass.diagnostics.push(
                    Diagnostic::new(
                        "yaml-undefined-alias",
                        Severity::Error,
                        span,
                        format!("no anchor is called `{name}`, so `*{name}` stands for nothing"),
                    )
                    .help(format!("define it with `&{name}` before it is used, or quote the text if the `*` is meant literally")),
                );
                self.alias(span, None);
            }
            _ => {}
        }
    }

    fn scalar(&mut self, mut node: Pending, text: Cow<'_, str>, style: ScalarStyle) -> (Pending, Scalar) {
        let style = match style {
            ScalarStyle::Plain => Style::Plain,
            ScalarStyle::SingleQuoted => Style::SingleQuoted,
            ScalarStyle::DoubleQuoted => Style::DoubleQuoted,
            ScalarStyle::Literal => Style::Literal,
            ScalarStyle::Folded => Style::Folded,
        };
        let place = node.span.start - self.offset..node.span.end - self.offset;
        let source = self.source.get(place.clone()).unwrap_or_default();
        let parsed = if self.is_source { source } else { self.text.get(place).unwrap_or_default() };
        let differs = !self.is_source && parsed != source;
        if matches!(style, Style::Literal | Style::Folded) {
            node.span.end = node.span.start + source.trim_end().len();
        }
        // The parser writes an absent value as `~`; what the author wrote is the empty text.
        let mut text = if source.is_empty() && style == Style::Plain { String::new() } else { text.into_owned() };
        if style == Style::Plain {
            node.folded = memchr::memchr2(b'\n', b'\r', source.as_bytes()).is_some();
            let only_engine = differs && dialect::has_stand_in(parsed, source);
            let may_differ = differs || node.folded || (self.has_tabs && source.contains('\t'));
            if may_differ {
                let flow = self.stack.last().is_some_and(|open| open.flow);
                let plain = Plain { source: self.source, offset: self.offset, span: node.span, text: &text, only_engine, flow };
                let reading = dialect::read_plain(&plain);
                (text, node.span) = (reading.text, reading.span);
                self.pass.diagnostics.extend(reading.diagnostics);
            }
        } else if self.has_tabs && style == Style::DoubleQuoted && source.contains('\t') {
            self.pass.diagnostics.extend(dialect::tab_in_quotes(self.source, node.span, self.offset));
        }
        if differs && style != Style::Plain {
            let scalar = Scalar { text, style };
            let place = Span::new(node.span.start - self.offset, node.span.end - self.offset);
            text = scalar
                .letters(self.text, place)
                .into_iter()
                .map(|(letter, from)| dialect::original(self.source, letter, place.start + from.start))
                .collect();
        }
        self.last = node.span;
        (node, Scalar { text, style })
    }

    fn alias(&mut self, span: Span, target: Option<NodeRef>) {
        let weight = target.as_ref().map_or(1, |target| target.weight);
        let target = if self.bomb { None } else { target };
        self.push(Arc::new(Node { weight, ..Node::new(span, Kind::Alias(target), false) }));
        if self.weight > EXPANDED_NODES && !self.bomb {
            self.bomb = true;
            let message =
                format!("the aliases of this document stand for more than {EXPANDED_NODES} nodes; the rest of them is not expanded");
            self.pass.diagnostics.push(
                Diagnostic::new("yaml-too-large", Severity::Error, span, message)
                    .help("write the repeated part once and refer to it fewer times"),
            );
        }
    }

    fn open(&mut self, node: Pending, style: granit_parser::StructureStyle, anchor_id: usize, mapping: bool) {
        let flow = style == granit_parser::StructureStyle::Flow;
        self.stack.push(Open { node, flow, mapping, anchor_id, children: Vec::new() });
    }

    fn close(&mut self, end: Span) {
        let Some(mut open) = self.stack.pop() else { return };
        let last = open.children.last().map(|child| child.span.end);
        open.node.span.end = if open.flow { end.end } else { last.unwrap_or(open.node.span.start) }.max(open.node.span.start);
        if open.flow {
            self.split_at_colons(&mut open);
        }
        let kind = if open.mapping { Kind::Mapping(self.entries(open.children)) } else { Kind::Sequence(open.children) };
        self.finish(open.node, kind, open.anchor_id, open.flow);
    }

    /// Inside braces the engine's parser ends a plain key at a colon without a blank after it.
    fn split_at_colons(&mut self, open: &mut Open) {
        let bytes = self.source.as_bytes();
        let is_brace = |span: Span| bytes.get(span.start - self.offset) == Some(&b'{');
        if open.mapping {
            let mut keys = open.children.chunks_exact_mut(2);
            while let Some([key, value]) = keys.by_ref().next() {
                let is_absent = value.span.start == value.span.end && value.properties.is_none();
                if let Some(split) = dialect::split_key(key).filter(|_| is_absent && is_brace(open.node.span)) {
                    self.pass.diagnostics.push(split.of_entry());
                    (*key, *value) = (split.key, split.value);
                }
            }
        } else if self.stack.iter().any(|outer| outer.flow && outer.mapping && is_brace(outer.node.span)) {
            for item in &mut open.children {
                if let Some(split) = dialect::split_key(item) {
                    self.pass.diagnostics.push(split.of_item());
                    let kind = Kind::Mapping(vec![Entry::new(split.key, split.value)]);
                    *item = Arc::new(Node { flow: true, ..Node::composed(item, kind) });
                }
            }
        }
    }

    fn flush(&mut self) {
        if let Some((node, anchor_id, scalar)) = self.pending.take() {
            self.finish(node, Kind::Scalar(scalar), anchor_id, false);
        }
    }

    fn finish(&mut self, node: Pending, kind: Kind, anchor_id: usize, flow: bool) {
        let Pending { span, properties, folded } = node;
        let mut node = Node { properties, ..Node::new(span, kind, flow) };
        if folded {
            node.holds |= Content::FoldedPlain as u8;
        }
        let node = Arc::new(node);
        if anchor_id != 0 {
            let start = node.anchor().map_or(node.span.start, |(_, anchor)| anchor.start.min(node.span.start));
            self.pass.anchored.push(Span::new(start, node.span.end));
            self.anchors.insert(anchor_id, Arc::clone(&node));
        }
        self.push(node);
    }

    fn push(&mut self, node: NodeRef) {
        // Counted where it stands; what a collection holds was counted before it.
        let own = if matches!(node.kind, Kind::Alias(_)) { node.weight } else { 1 };
        self.weight = self.weight.saturating_add(own);
        match self.stack.last_mut() {
            Some(open) => open.children.push(node),
            None => self.root = Some(node),
        }
    }

    /// Pairs keys with values, reports keys that stand twice, and resolves merge keys.
    fn entries(&mut self, children: Vec<NodeRef>) -> Vec<Entry> {
        let mut entries = Entries { list: Vec::with_capacity(children.len() / 2), index: HashMap::new() };
        let mut merges = Vec::new();
        let mut children = children.into_iter();
        while let Some(mut key) = children.next() {
            let Some(value) = children.next() else { break };
            if !self.names.is_empty()
                && let Some(name) = self.names.get(&(key.span.start - self.offset))
            {
                let scalar = Scalar { text: (*name).to_owned(), style: Style::Plain };
                key = Arc::new(Node { flow: false, ..Node::composed(&key, Kind::Scalar(scalar)) });
            }
            if key.flow && key.entries().is_some() {
                self.pass.diagnostics.push(
                    Diagnostic::new(
                        "yaml-syntax",
                        Severity::Error,
                        key.span,
                        "a mapping cannot be the key of another one in braces: the engine rejects the file",
                    )
                    .help("quote the text if these braces belong to it: `\"{{ ... }}\"`"),
                );
            }
            if key.span.start == key.span.end && key.anchor().is_none() && matches!(key.kind, Kind::Scalar(_)) {
                self.pass.diagnostics.push(
                    Diagnostic::new(
                        "yaml-syntax",
                        Severity::Error,
                        key.span,
                        "no key stands before this colon: the engine rejects the file",
                    )
                    .help("write the key before it, or quote the text if the colon belongs to it"),
                );
            }
            let entry = Entry::new(key, value);
            if let Some(text) = entry.key.text() {
                if text == "<<" && entry.key.scalar().is_some_and(|scalar| scalar.style == Style::Plain) {
                    self.pass.merges.push((entry.key.span, entry.value.clone()));
                    merges.push(entry.value);
                    continue;
                }
                if let Some(first) = entries.same_key(&entry) {
                    self.pass.diagnostics.push(
                        Diagnostic::new(
                            "yaml-duplicate-key",
                            Severity::Error,
                            entry.key.span,
                            format!("`{text}` already stands in this mapping; the engine rejects the file"),
                        )
                        .related(first.key.span, format!("`{text}` stands here first"))
                        .help("remove one of the two, or merge them"),
                    );
                }
            }
            entries.push(entry);
        }
        for value in merges {
            self.merge(&value, &mut entries);
        }
        entries.list
    }

    fn merge(&mut self, value: &NodeRef, entries: &mut Entries) {
        match &value.target().kind {
            Kind::Mapping(merged) => {
                for entry in merged {
                    if entries.same_key(entry).is_none() {
                        entries.push(Entry { merged: true, ..entry.clone() });
                    }
                }
                self.weight = self.weight.saturating_add(u32::try_from(merged.len()).unwrap_or(u32::MAX));
            }
            Kind::Sequence(items) => {
                for item in items.iter().filter(|item| item.entries().is_some()) {
                    self.merge(item, entries);
                }
            }
            Kind::Alias(_) => {}
            Kind::Scalar(_) => self.pass.diagnostics.push(
                Diagnostic::new(
                    "yaml-syntax",
                    Severity::Error,
                    value.span,
                    format!("`<<` merges mappings, and this is {}", value.type_name()),
                )
                .help("give it an alias of a mapping (`<<: *name`), or a list of them"),
            ),
        }
    }

    fn end_document(&mut self, span: Span) {
        let root = self.root.take();
        let end = root.as_ref().map_or(span.start, |root| root.span.end).max(self.start);
        self.pass.documents.push(Document { span: Span::new(self.start, end), root });
    }

    /// Closes what is open when an error ends the pass, so that what was read is kept.
    fn abandon(&mut self) {
        self.flush();
        while let Some(open) = self.stack.last() {
            let end = open.children.last().map_or(open.node.span.end, |child| child.span.end);
            self.close(Span::at(end));
        }
        if self.root.is_some() {
            self.end_document(Span::at(self.start));
        }
    }
}

fn tag_text(tag: Cow<'_, granit_parser::Tag>) -> String {
    match tag.core_suffix() {
        Some(suffix) => format!("!!{suffix}"),
        None => tag.original(),
    }
}
