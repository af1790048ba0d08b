//! Text to tree. A tree always exists: a syntax error costs its own lines, the rest is read.

mod build;
mod dialect;
mod repair;
mod scalar;

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use once_cell::race::OnceBox;

use crate::diagnostic::Diagnostic;
use crate::source::{LineIndex, Span};

pub use scalar::{Scalar, ScalarType, Style};

/// Nodes in one document, each alias counted with all it stands for, above which the document is
/// not expanded: an "alias bomb" of a few lines would otherwise cost all memory.
pub const EXPANDED_NODES: u32 = 1_000_000;

/// A parsed text.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The text as it was given; all spans are into it.
    pub text: Arc<String>,
    /// Its lines.
    pub lines: LineIndex,
    /// The documents of the stream, in order.
    pub documents: Vec<Document>,
    /// Comments, from `#` to the end of the line.
    pub comments: Vec<Span>,
    /// The merge keys (`<<`) with what they merge, in order.
    merges: Vec<(Span, NodeRef)>,
    /// The outermost nodes with an anchor, in order.
    anchored: Vec<Span>,
    /// Parts of the text that were left out to read the rest, because of a syntax error there.
    pub repaired: Vec<Span>,
    /// What was parsed: the text with blanks for what was left out, once with letters that stand in
    /// for what only the engine's parser takes, once without. `None` where that is the text itself.
    readable: Option<Arc<(String, String)>>,
    names: Names,
    last: LastPlaces,
}

/// The letters of the scalar that was last asked for: many findings may stand in one long text.
#[derive(Debug, Default)]
struct LastPlaces(Mutex<Option<LastScalar>>);

/// A scalar, by its place, its style and the bytes of its text, with its letters.
type LastScalar = ((Span, Style, usize), Arc<scalar::Places>);

impl LastPlaces {
    fn places(&self, text: &str, span: Span, scalar: &Scalar) -> Arc<scalar::Places> {
        // A text that is made of another stands at the same place.
        let asked = (span, scalar.style, scalar.text.len());
        let Ok(mut last) = self.0.lock() else { return Arc::new(scalar.places(text, span)) };
        match &*last {
            Some((of, places)) if *of == asked => places.clone(),
            _ => {
                let places = Arc::new(scalar.places(text, span));
                *last = Some((asked, places.clone()));
                places
            }
        }
    }
}

impl Clone for LastPlaces {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// What keys are called instead of what is written, by where they start.
pub(crate) type Names = HashMap<usize, &'static str>;

/// One document of a YAML stream.
#[derive(Clone, Debug)]
pub struct Document {
    /// From its `---` (or first content) to its end.
    pub span: Span,
    /// Its root node; `None` for a document without content.
    pub root: Option<NodeRef>,
}

/// A shared node: an alias and the anchor it names hold the same one.
pub type NodeRef = Arc<Node>;

/// A YAML node and where it stands.
#[derive(Clone, Debug)]
pub struct Node {
    /// The node without its anchor and tag. Of a block scalar the text, not the `|`; empty for
    /// an empty value. Of an alias the `*name`.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
    /// What stands before it, if anything does.
    pub properties: Option<Box<Properties>>,
    /// Whether it is written with brackets.
    pub flow: bool,
    /// What may occur in its scalars.
    holds: u8,
    /// Nodes in it, itself and all that aliases stand for included.
    weight: u32,
    /// Of a mapping, its keys: most that are asked for are absent, and this says so without a look
    /// at the entries.
    keys: Keys,
    /// Of a mapping with many keys, where each stands first; made when one is asked for.
    index: OnceBox<HashMap<String, usize>>,
}

/// What may occur in the scalars of a node, those that an alias stands for not included: a walk that
/// looks for it passes over all nodes that do not hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A `$`.
    Dollar = 1,
    /// A plain scalar that goes on over several lines.
    FoldedPlain = 2,
    /// Many letters, digits, `_` and `-` without a break: [`LONG_WORD`] bytes or more.
    LongWord = 4,
}

/// Bytes from which a word is a [`Content::LongWord`].
pub const LONG_WORD: usize = 20;

impl Content {
    fn of(scalar: &Scalar) -> u8 {
        let bytes = scalar.text.as_bytes();
        let is_of_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let has_long = || bytes.split(|byte| !is_of_word(byte)).any(|word| word.len() >= LONG_WORD);
        let dollar = if bytes.contains(&b'$') { Self::Dollar as u8 } else { 0 };
        let long = if bytes.len() >= LONG_WORD && has_long() { Self::LongWord as u8 } else { 0 };
        dollar | long
    }
}

/// What YAML calls the properties of a node.
#[derive(Clone, Debug, Default)]
pub struct Properties {
    /// The name after `&`, and its place.
    pub anchor: Option<(String, Span)>,
    /// The tag as written, such as `!!str`.
    pub tag: Option<String>,
}

/// Keys from which a mapping is looked up through an index.
const MANY_KEYS: usize = 48;

impl Node {
    /// A node without anchor and tag.
    pub(crate) fn new(span: Span, kind: Kind, flow: bool) -> Self {
        let (mut weight, mut keys, mut holds) = (1u32, Keys::default(), 0);
        match &kind {
            Kind::Mapping(entries) => {
                for entry in entries {
                    weight = weight.saturating_add(entry.key.weight).saturating_add(entry.value.weight);
                    keys.insert(entry.tag);
                    holds |= entry.value.holds;
                }
            }
            Kind::Sequence(items) => {
                for item in items {
                    weight = weight.saturating_add(item.weight);
                    holds |= item.holds;
                }
            }
            Kind::Alias(Some(target)) => weight = target.weight,
            Kind::Alias(None) => {}
            Kind::Scalar(scalar) => holds = Content::of(scalar),
        }
        Self { span, kind, properties: None, flow, holds, weight, keys, index: OnceBox::new() }
    }

    /// Whether it may occur in the node's own scalars, at any depth; those of keys do not count.
    pub fn may_hold(&self, what: Content) -> bool {
        self.holds & what as u8 != 0
    }

    /// A node that stands for nodes of several texts. `origin` says where it is.
    pub(crate) fn composed(origin: &Node, kind: Kind) -> Self {
        Self::new(origin.span, kind, origin.flow)
    }
}

/// The kinds of YAML node.
#[derive(Clone, Debug)]
pub enum Kind {
    /// A scalar.
    Scalar(Scalar),
    /// A mapping.
    Mapping(Vec<Entry>),
    /// A sequence.
    Sequence(Vec<NodeRef>),
    /// An alias; `None` when no anchor has that name.
    Alias(Option<NodeRef>),
}

/// A key with its value.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The key.
    pub key: NodeRef,
    /// The value.
    pub value: NodeRef,
    /// Whether a merge key (`<<`) or the base configuration brought it in; it then stands elsewhere.
    pub merged: bool,
    pub(crate) tag: Tag,
}

/// Length and first bytes of a key: what tells most keys apart without a look at their nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag(u64);

impl Tag {
    /// Bytes of a key up to which its tag says all of it.
    const WHOLE: usize = 7;

    /// Inlined, so that the tag of a key in the program's text is made when it is compiled.
    #[inline(always)]
    fn of(key: &str) -> Self {
        let first = key.as_bytes().iter().take(Self::WHOLE).fold(0, |first, &byte| first << 8 | u64::from(byte));
        Self(first << 8 | key.len().min(255) as u64)
    }
}

/// The keys of mappings, as a Bloom filter: it knows each that it holds, and takes one in about ten
/// others for one of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Keys(u64);

impl Keys {
    /// Adds the keys of a mapping.
    pub(crate) fn add(&mut self, node: &Node) {
        self.0 |= node.target().keys.0;
    }

    /// Whether the key may be one of them.
    #[inline]
    pub(crate) fn may_be(self, key: &str) -> bool {
        self.may_hold(Tag::of(key))
    }

    fn insert(&mut self, tag: Tag) {
        self.0 |= Self::bit(tag);
    }

    #[inline(always)]
    fn may_hold(self, tag: Tag) -> bool {
        self.0 & Self::bit(tag) != 0
    }

    #[inline(always)]
    fn bit(tag: Tag) -> u64 {
        // The multiplier of Fibonacci hashing: the highest bits of the product depend on all others.
        1 << (tag.0.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 58)
    }
}

impl Entry {
    /// A key with its value, as they stand in the text.
    pub fn new(key: NodeRef, value: NodeRef) -> Self {
        let tag = Tag::of(key.text().unwrap_or_default());
        Self { key, value, merged: false, tag }
    }

    /// The key's text; empty for a key that is no scalar.
    pub fn name(&self) -> &str {
        self.key.text().unwrap_or_default()
    }

    /// The value's place, or the key's where the value is empty.
    pub fn value_span(&self) -> Span {
        if self.value.span.start == self.value.span.end { self.key.span } else { self.value.span }
    }
}

impl Node {
    /// The node itself, or what it is an alias of.
    #[inline]
    pub fn target(&self) -> &Node {
        let mut node = self;
        while let Kind::Alias(Some(target)) = &node.kind {
            node = target;
        }
        node
    }

    /// The name after `&`, and its place.
    pub fn anchor(&self) -> Option<&(String, Span)> {
        self.properties.as_ref()?.anchor.as_ref()
    }

    /// The tag as written, such as `!!str`.
    pub fn tag(&self) -> Option<&str> {
        self.properties.as_ref()?.tag.as_deref()
    }

    /// The entries, merged ones included, when this is a mapping.
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.target().kind {
            Kind::Mapping(entries) => Some(entries),
            _ => None,
        }
    }

    /// The items, when this is a sequence.
    pub fn items(&self) -> Option<&[NodeRef]> {
        match &self.target().kind {
            Kind::Sequence(items) => Some(items),
            _ => None,
        }
    }

    /// The scalar, when this is one.
    pub fn scalar(&self) -> Option<&Scalar> {
        match &self.target().kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// The scalar's text, whatever its type.
    pub fn text(&self) -> Option<&str> {
        self.scalar().map(|scalar| scalar.text.as_str())
    }

    /// The scalar's text when the engine's decoder reads it as a string.
    pub fn string(&self) -> Option<&str> {
        (self.scalar_type() == Some(ScalarType::String)).then(|| self.text()).flatten()
    }

    /// The type the engine's decoder gives the scalar.
    pub fn scalar_type(&self) -> Option<ScalarType> {
        let target = self.target();
        target.scalar().map(|scalar| scalar.type_with_tag(target.tag()))
    }

    /// Whether this is an empty value or a null.
    pub fn is_null(&self) -> bool {
        self.scalar_type() == Some(ScalarType::Null)
    }

    /// Whether this is an alias that names no anchor: nothing can be said of it.
    pub fn is_unresolved(&self) -> bool {
        matches!(self.target().kind, Kind::Alias(None))
    }

    /// The first entry with this key.
    #[inline]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        let tag = Tag::of(key);
        let node = self.target();
        if node.keys.may_hold(tag) { node.tagged_entry(tag, key) } else { None }
    }

    /// The first entry with this key, whose tag is given, of this mapping.
    fn tagged_entry(&self, tag: Tag, key: &str) -> Option<&Entry> {
        let Kind::Mapping(entries) = &self.kind else { return None };
        if entries.len() < MANY_KEYS {
            return entries.iter().find(|entry| entry.tag == tag && (key.len() <= Tag::WHOLE || entry.name() == key));
        }
        let first = || entries.iter().enumerate().rev().map(|(at, entry)| (entry.name().to_owned(), at)).collect();
        let index = self.index.get_or_init(|| Box::new(first()));
        entries.get(*index.get(key)?)
    }

    /// The value of the first entry with this key.
    #[inline]
    pub fn get(&self, key: &str) -> Option<&NodeRef> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// The value of the first entry with this key, unless it is null.
    #[inline]
    pub fn get_some(&self, key: &str) -> Option<&NodeRef> {
        self.get(key).filter(|value| !value.is_null())
    }

    /// What the author would call it: `a string`, `a list`, ...
    pub fn type_name(&self) -> &'static str {
        match &self.target().kind {
            Kind::Mapping(_) => "a mapping",
            Kind::Sequence(_) => "a list",
            Kind::Alias(_) => "an alias",
            Kind::Scalar(_) => match self.scalar_type() {
                Some(ScalarType::Null) | None => "null",
                Some(ScalarType::Bool(_)) => "a boolean",
                Some(ScalarType::Int(_)) => "an integer",
                Some(ScalarType::Float(_)) => "a number",
                Some(ScalarType::String) => "a string",
            },
        }
    }
}

/// Whether an alias is anywhere in the node.
fn has_alias(node: &Node) -> bool {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        match &node.kind {
            Kind::Alias(_) => return true,
            Kind::Mapping(entries) => open.extend(entries.iter().flat_map(|entry| [&*entry.key, &*entry.value])),
            Kind::Sequence(items) => open.extend(items.iter().map(|item| &**item)),
            Kind::Scalar(_) => {}
        }
    }
    false
}

impl Tree {
    /// Reads a text. Never fails: what cannot be read is reported, and the rest is in the tree.
    pub fn parse(text: &str) -> (Self, Vec<Diagnostic>) {
        repair::parse(text)
    }

    /// The documents of the text once more, with spans that start at an offset beyond every text: to
    /// be held together with the tree of another text. Parts that could not be read are left out.
    pub fn documents_at(&self, offset: usize) -> Vec<Document> {
        let (text, source) = self.readable.as_deref().map_or((&*self.text, &*self.text), |(text, source)| (text, source));
        build::build(text, source, offset, &self.names).documents
    }

    /// The same tree with other names for some keys. All places stay.
    pub(crate) fn with_names(mut self, names: Names) -> Self {
        self.names = names;
        self.last = LastPlaces::default();
        self.documents = self.documents_at(0);
        self
    }

    /// Whether all of the text was read as it stands, and nothing in it stands for something elsewhere.
    pub(crate) fn is_plain(&self) -> bool {
        self.repaired.is_empty() && self.readable.is_none() && self.names.is_empty()
    }

    /// Forgets comments.
    pub(crate) fn forget_comments(&mut self, spans: impl Iterator<Item = Span>) {
        let gone: std::collections::HashSet<usize> = spans.map(|span| span.start).collect();
        self.comments.retain(|comment| !gone.contains(&comment.start));
    }

    /// Reads the text of one item of a list of blocks, whose first byte counts as byte `at`, and whose dash stands in
    /// the column: the item, its comments, and what is wrong with it. `None` where it is not that, or something in it may
    /// bear on other parts of the file.
    pub(crate) fn read_item(text: &str, at: usize, column: usize) -> Option<(NodeRef, Vec<Span>, Vec<Diagnostic>)> {
        let is_odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r');
        let lone_return = || text.match_indices('\r').any(|(at, _)| !text[at..].starts_with("\r\n"));
        let is_marker = |line: &str| ["---", "...", "%"].iter().any(|marker| line.starts_with(marker));
        let indent = text.len() - text.trim_start_matches(' ').len();
        if indent != column || text.contains(is_odd) || lone_return() || text.lines().any(is_marker) {
            return None;
        }
        let pass = build::build(text, text, at, &Names::new());
        let ([document], None) = (pass.documents.as_slice(), &pass.error) else { return None };
        let root = document.root.as_deref().filter(|root| !root.flow && root.properties.is_none())?;
        let ([item], true) = (root.items()?, pass.merges.is_empty() && pass.anchored.is_empty()) else { return None };
        let has_alias = text.contains('*') && has_alias(item);
        (!has_alias).then(|| (item.clone(), pass.comments, pass.diagnostics))
    }

    /// Puts another item into the `steps` of the first document, and another text in place of the part that it stood in. What
    /// stands behind keeps its place. False where there is no such item.
    pub(crate) fn replace_item(&mut self, number: usize, item: NodeRef, room: Span, text: &str, comments: Vec<Span>) -> bool {
        let Some(document) = self.documents.first_mut() else { return false };
        // Nobody else holds the nodes and the text any more, as a rule, and they need not be copied.
        let Some(Node { span, kind: Kind::Mapping(entries), holds, weight, .. }) = document.root.as_mut().map(Arc::make_mut) else {
            return false;
        };
        let Some(entry) = entries.iter_mut().find(|entry| entry.name() == "steps") else { return false };
        let steps = Arc::make_mut(&mut entry.value);
        let Kind::Sequence(items) = &mut steps.kind else { return false };
        let Some(place) = items.get_mut(number) else { return false };
        if room.end - room.start != text.len() || self.text.get(room.range()).is_none() {
            return false;
        }
        let old = std::mem::replace(place, item.clone());
        let end = |span: Span| if span.end == old.span.end { Span::new(span.start, item.span.end) } else { span };
        for (span, holds, weight) in [(&mut steps.span, &mut steps.holds, &mut steps.weight), (span, holds, weight)] {
            *span = end(*span);
            *holds |= item.holds;
            *weight = weight.saturating_sub(old.weight).saturating_add(item.weight);
        }
        document.span = end(document.span);
        Arc::make_mut(&mut self.text).replace_range(room.range(), text);
        self.lines.replace(&self.text, room, room);
        let first = self.comments.partition_point(|comment| comment.start < room.start);
        let behind = self.comments.partition_point(|comment| comment.start < room.end);
        self.comments.splice(first..behind, comments);
        self.last = LastPlaces::default();
        true
    }

    /// The place in the source of a part of a scalar's text: `range` is in bytes of
    /// [`Scalar::text`]. Exact for plain, quoted and block scalars alike; of a scalar that is not
    /// of this text, the whole.
    pub fn span_in(&self, node: &Node, range: std::ops::Range<usize>) -> Span {
        let node = node.target();
        match node.scalar() {
            Some(scalar) if !node.span.is_beyond() => {
                scalar.span_in(&self.text, node.span, range, &self.last.places(&self.text, node.span, scalar))
            }
            _ => node.span,
        }
    }

    /// The merge keys within a span, with what they merge.
    pub fn merges_in(&self, span: Span) -> impl Iterator<Item = &(Span, NodeRef)> {
        let first = self.merges.partition_point(|(key, _)| key.start < span.start);
        self.merges.iter().skip(first).take_while(move |(key, _)| key.start < span.end)
    }

    /// The comments that start within the span.
    pub fn comments_in(&self, span: Span) -> &[Span] {
        let first = self.comments.partition_point(|comment| comment.start < span.start);
        let end = self.comments.partition_point(|comment| comment.start < span.end);
        self.comments.get(first..end).unwrap_or_default()
    }

    /// Whether a part of the span is in a node with an anchor, which may stand for more than this place.
    pub fn is_anchored(&self, span: Span) -> bool {
        let first = self.anchored.partition_point(|anchored| anchored.end <= span.start);
        self.anchored.get(first).is_some_and(|anchored| anchored.start < span.end)
    }

    /// Whether a syntax error was repaired within the span.
    pub fn is_repaired(&self, span: Span) -> bool {
        self.repaired.iter().any(|repaired| repaired.start < span.end && span.start < repaired.end)
    }
}
