//! Where a cursor stands while somebody types: the word, and the keys that lead to it.
//!
//! Read from the lines alone, by their indentation, so that it is right while the line under the
//! cursor is half typed and the file around it is broken.

use dagu_schema::Span;
use dagu_schema::syntax::{Entry, Kind, NodeRef, Style, Tree};

/// A key on the way from the root to the cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    /// The key.
    pub(crate) name: String,
    /// Its place.
    pub(crate) key: Span,
    /// How many lists lie between its value and what comes next.
    pub(crate) items: usize,
}

/// What is being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// A key of a mapping, or an item or value on a line of its own.
    Entry {
        /// The column, in bytes, of its first character; `None` inside `{...}`.
        column: Option<usize>,
        /// Whether a colon follows already.
        colon: bool,
    },
    /// A value, after a key or in `[...]`.
    Value,
    /// A part of a text of several lines.
    Text,
}

/// A key of the mapping in which the cursor stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sibling {
    /// The key.
    pub(crate) name: String,
    /// What stands behind it on its line.
    pub(crate) value: String,
}

/// A cursor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cursor {
    /// The word typed so far and what follows of it.
    pub(crate) word: Span,
    /// The value around the word, without its quotes.
    pub(crate) value: Value,
    /// Whether a blank must come before it: right behind `key:` or `-`.
    pub(crate) tight: bool,
    /// What is being typed.
    pub(crate) spot: Spot,
    /// The keys from the root to the mapping or value that the cursor is in.
    pub(crate) path: Vec<Link>,
    /// The other keys of the mapping.
    pub(crate) siblings: Vec<Sibling>,
}

/// The text of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    /// Its place, without quotes.
    pub(crate) span: Span,
    /// Whether it has quotes.
    pub(crate) quoted: bool,
    /// Whether it stands in brackets.
    pub(crate) flow: bool,
}

impl Value {
    /// The value that starts behind the blanks from a byte on and holds an offset or ends before it.
    fn read(text: &str, from: usize, offset: usize, end: usize, flow: bool) -> Self {
        let written = text.get(from..end).unwrap_or_default();
        let start = (end - written.trim_start_matches([' ', '\t']).len()).min(offset.max(from));
        let rest = text.get(start..end).unwrap_or_default();
        if let Some(quote) = rest.chars().next().filter(|c| matches!(c, '"' | '\'') && start < offset) {
            let inner = start + 1;
            let close = text.get(offset..end).and_then(|after| after.find(quote)).map_or(end, |close| offset + close);
            return Self { span: Span::new(inner, close.max(inner)), quoted: true, flow };
        }
        let stops = |(_, c): &(usize, char)| flow && matches!(c, ',' | ']' | '}');
        let stop = rest.char_indices().filter(|(at, _)| start + at >= offset).find(stops).map_or(rest.len(), |(at, _)| at);
        let rest = rest.get(..stop).unwrap_or_default();
        let rest = rest.find(" #").map_or(rest, |comment| rest.get(..comment).unwrap_or_default());
        let close = (start + rest.trim_end().len()).max(offset.min(end)).max(start);
        Self { span: Span::new(start, close), quoted: false, flow }
    }
}

impl Cursor {
    /// The cursor at a byte offset; `None` in a comment.
    pub(crate) fn at(tree: &Tree, offset: usize) -> Option<Self> {
        let text: &str = &tree.text;
        let number = tree.lines.line_of(offset);
        let line = Line::of(tree, number);
        let in_comment = tree.comments_in(Span::new(line.start, offset)).iter().any(|comment| offset <= comment.end);
        if in_comment || line.text.trim_start().starts_with('#') {
            return None;
        }
        let word = word_at(text, offset, line.start);
        let end = line.start + line.text.len();
        let around = Around::of(tree, offset, &line);
        if let Some((path, span)) = around.long_scalar {
            return Some(Self::in_text(word, Value { span, quoted: false, flow: false }, path));
        }
        if let Some((path, start)) = around.flow
            && let Some(flow) = Flow::read(text, start, offset, end)
        {
            return Some(flow.cursor(text, word, path, offset, end));
        }
        if let Some(key) = line.key.as_ref().filter(|key| key.end <= offset) {
            let mut walk = Walk::up(tree, number, line.content, &line.dashes);
            walk.path.push(Link { name: key.name.to_owned(), key: key.span, items: 0 });
            if let Some(flow) = Flow::read(text, key.end, offset, end) {
                return Some(flow.cursor(text, word, walk.path, offset, end));
            }
            let value = Value::read(text, key.end, offset, end, false);
            if text.get(value.span.start..end).is_some_and(|value| value.starts_with(['|', '>'])) {
                return Some(Self::in_text(word, Value { span: Span::at(offset), ..value }, Vec::new()));
            }
            let rest_is_blank = text.get(key.end..end).is_none_or(|rest| rest.trim().is_empty());
            let tight = offset == key.end && rest_is_blank;
            return Some(Self { word, value, tight, spot: Spot::Value, path: walk.path, siblings: Vec::new() });
        }
        let first = line.start + line.content;
        if let Some(flow) = Flow::read(text, first, offset, end) {
            let walk = Walk::up(tree, number, line.content, &line.dashes);
            return Some(flow.cursor(text, word, walk.path, offset, end));
        }
        let value = Value::read(text, first.min(offset), offset, end, false);
        if word.start > first && text.get(first..word.start).is_some_and(|before| !before.trim().is_empty()) {
            let walk = Walk::up(tree, number, line.content, &line.dashes);
            let spot = if walk.is_in_block_scalar { Spot::Text } else { Spot::Value };
            return Some(Self { word, value, tight: false, spot, path: walk.path, siblings: Vec::new() });
        }
        let tight = line.dashes.last().is_some_and(|dash| line.start + dash + 1 == word.start);
        let column = word.start - line.start + usize::from(tight);
        let dashes: Vec<usize> = line.dashes.iter().copied().filter(|&dash| dash < column).collect();
        let mut walk = Walk::up(tree, number, column, &dashes);
        walk.siblings_below(tree, number, column);
        if walk.is_in_block_scalar {
            return Some(Self::in_text(word, value, walk.path));
        }
        let spot = Spot::Entry { column: Some(column), colon: line.key.is_some() };
        Some(Self { word, value, tight, spot, path: walk.path, siblings: walk.siblings })
    }

    fn in_text(word: Span, value: Value, path: Vec<Link>) -> Self {
        Self { word, value, tight: false, spot: Spot::Text, path, siblings: Vec::new() }
    }

    /// Whether the word is all that stands in its value so far.
    pub(crate) fn is_first(&self) -> bool {
        self.word.start <= self.value.span.start
    }
}

/// The characters of keys, enum words, ids and provider names around an offset.
fn word_at(text: &str, offset: usize, from: usize) -> Span {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let before = &text[from..offset];
    let mut start = offset - (before.len() - before.trim_end_matches(part).len());
    // The dash of a list item is no part of the word behind it.
    if text[start..offset].starts_with('-') && text[from..start].trim_matches([' ', '-']).is_empty() {
        start += 1;
    }
    let after = &text[offset..];
    Span::new(start, offset + (after.len() - after.trim_start_matches(part).len()))
}

/// What the tree says of an offset that the lines do not: it is in a text of several lines, or in
/// brackets that were opened further up.
#[derive(Default)]
struct Around {
    long_scalar: Option<(Vec<Link>, Span)>,
    flow: Option<(Vec<Link>, usize)>,
}

impl Around {
    fn of(tree: &Tree, offset: usize, line: &Line<'_>) -> Self {
        let documents = tree.documents.iter().filter_map(|document| document.root.as_deref());
        let Some(mut node) = documents.take_while(|root| root.span.start <= offset).last() else { return Self::default() };
        let mut around = Self::default();
        let mut path: Vec<Link> = Vec::new();
        loop {
            if node.flow && node.span.start < line.start && around.flow.is_none() && !matches!(node.kind, Kind::Scalar(_)) {
                around.flow = (offset < node.span.end).then(|| (path.clone(), node.span.start));
            }
            match &node.kind {
                Kind::Mapping(entries) => {
                    let holds = |entry: &&Entry| !entry.merged && entry.value.span.touches(offset);
                    let Some(entry) = entries.iter().rev().find(holds) else { return around };
                    path.push(Link { name: entry.name().to_owned(), key: entry.key.span, items: 0 });
                    node = &entry.value;
                }
                Kind::Sequence(items) => {
                    let before = items.partition_point(|item| item.span.start <= offset);
                    let holds = |item: &&NodeRef| item.span.touches(offset);
                    let Some(item) = before.checked_sub(1).and_then(|last| items.get(last)).filter(holds) else { return around };
                    if let Some(link) = path.last_mut() {
                        link.items += 1;
                    }
                    node = item;
                }
                Kind::Scalar(scalar) => {
                    let is_longer = node.span.start < line.start && offset <= node.span.end;
                    let quoted = matches!(scalar.style, Style::SingleQuoted | Style::DoubleQuoted) && offset < node.span.end;
                    let is_block = matches!(scalar.style, Style::Literal | Style::Folded);
                    let block = is_block && offset - line.start >= indent_of(tree, node.span);
                    let first_line = is_block && node.span.start >= line.start && offset >= node.span.start && offset <= node.span.end;
                    if (is_longer && (quoted || block)) || first_line {
                        around.long_scalar = Some((path, node.span));
                    }
                    return around;
                }
                Kind::Alias(_) => return around,
            }
        }
    }
}

/// The column at which the text of a block scalar starts.
fn indent_of(tree: &Tree, span: Span) -> usize {
    let first = tree.lines.line_of(span.start);
    let lines = (first..tree.lines.len()).map(|number| &tree.text[tree.lines.line_span(&tree.text, number).range()]);
    let mut lines = lines.filter(|line| !line.trim().is_empty());
    lines.next().map_or(0, |line| line.len() - line.trim_start().len())
}

/// A line, taken apart by its columns.
struct Line<'t> {
    /// The byte at which it starts.
    start: usize,
    text: &'t str,
    /// The columns of the dashes of list items.
    dashes: Vec<usize>,
    /// The column of what comes behind indentation and dashes.
    content: usize,
    /// The key there.
    key: Option<Key<'t>>,
}

struct Key<'t> {
    name: &'t str,
    span: Span,
    /// The byte behind the colon.
    end: usize,
}

impl<'t> Line<'t> {
    fn of(tree: &'t Tree, number: usize) -> Self {
        let span = tree.lines.line_span(&tree.text, number);
        let text = &tree.text[span.range()];
        let mut dashes = Vec::new();
        let mut content = text.len() - text.trim_start_matches(' ').len();
        while text[content..].starts_with('-') && matches!(text.as_bytes().get(content + 1), None | Some(b' ')) {
            dashes.push(content);
            let rest = &text[content + 1..];
            content += 1 + rest.len() - rest.trim_start_matches(' ').len();
        }
        Self { start: span.start, text, dashes, content, key: key(&text[content..], span.start + content) }
    }

    /// Whether the line tells nothing: it is empty, a comment, or indented with tabs, which no YAML
    /// reader takes.
    fn is_blank(&self) -> bool {
        let content = self.text.trim();
        content.is_empty() || content.starts_with('#') || self.text[self.content..].starts_with('\t')
    }

    fn is_document_marker(&self) -> bool {
        self.text == "---" || self.text == "..." || self.text.starts_with("--- ")
    }

    /// What stands behind the key.
    fn value(&self) -> &'t str {
        self.key.as_ref().map_or("", |key| self.text[key.end - self.start..].trim())
    }
}

fn line_text(tree: &Tree, number: usize) -> &str {
    &tree.text[tree.lines.line_span(&tree.text, number).range()]
}

fn indent(line: &str) -> usize {
    line.bytes().take_while(|&byte| byte == b' ').count()
}

/// The key at the start of a text that stands at a byte.
fn key(text: &str, at: usize) -> Option<Key<'_>> {
    let is_end = |colon: usize| matches!(text.as_bytes().get(colon + 1), None | Some(b' ' | b'\t'));
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let close = text[1..].find(quote)? + 1;
        let colon = close + 1 + text[close + 1..].find(':')?;
        let is_key = text[close + 1..colon].trim().is_empty() && is_end(colon);
        return is_key.then(|| Key { name: &text[1..close], span: Span::new(at, at + close + 1), end: at + colon + 1 });
    }
    let colon = text.match_indices(':').map(|(colon, _)| colon).find(|&colon| is_end(colon))?;
    let name = text[..colon].trim_end();
    let is_key = !name.contains(" #") && !name.starts_with(['#', '{', '[', '|', '>', '@', '`', '%']);
    is_key.then(|| Key { name, span: Span::new(at, at + name.len()), end: at + colon + 1 })
}

/// What the lines around the cursor say about it.
struct Walk {
    path: Vec<Link>,
    siblings: Vec<Sibling>,
    is_in_block_scalar: bool,
}

/// What the walk upwards is looking for.
enum Seek {
    /// The other keys of the mapping at this column, then the key that holds it.
    Mapping(usize),
    /// The key that holds the list whose dashes stand at this column.
    List(usize),
}

impl Walk {
    /// From a line upwards to the root. `column` is that of a key on that line; `dashes` are the
    /// columns of the dashes before it.
    fn up(tree: &Tree, number: usize, column: usize, dashes: &[usize]) -> Self {
        let mut walk = Self { path: Vec::new(), siblings: Vec::new(), is_in_block_scalar: false };
        let mut items = 0;
        let mut seek = Seek::start(column, dashes, &mut items);
        let mut innermost = dashes.is_empty();
        for number in (0..number).rev() {
            if seek.passes_over(innermost, tree, number) {
                continue;
            }
            let line = Line::of(tree, number);
            if line.is_document_marker() {
                break;
            }
            if line.is_blank() {
                continue;
            }
            let holds = match seek {
                Seek::Mapping(column) if line.content == column && line.key.is_some() => {
                    if innermost {
                        walk.siblings.extend(line.key.as_ref().map(|key| Sibling::new(key, &line)));
                    }
                    if !line.dashes.is_empty() {
                        innermost = false;
                        seek = Seek::start(column, &line.dashes, &mut items);
                    }
                    false
                }
                Seek::Mapping(column) => line.content < column,
                Seek::List(column) => match line.dashes.iter().position(|&dash| dash == column) {
                    Some(nested) => {
                        if nested > 0 {
                            items += nested;
                            seek = Seek::List(line.dashes[0]);
                        }
                        false
                    }
                    None => line.content <= column,
                },
            };
            if let Some(key) = line.key.as_ref().filter(|_| holds) {
                if walk.path.is_empty() {
                    walk.is_in_block_scalar = line.value().starts_with(['|', '>']);
                }
                walk.path.push(Link { name: key.name.to_owned(), key: key.span, items });
                items = 0;
                innermost = false;
                seek = Seek::start(line.content, &line.dashes, &mut items);
            }
        }
        walk.path.reverse();
        walk
    }

    /// Adds the keys of the mapping at a column that stand below a line.
    fn siblings_below(&mut self, tree: &Tree, number: usize, column: usize) {
        for number in number + 1..tree.lines.len() {
            if indent(line_text(tree, number)) > column {
                continue;
            }
            let line = Line::of(tree, number);
            if line.is_blank() {
                continue;
            }
            let first = line.dashes.first().copied().unwrap_or(line.content);
            if first < column || line.is_document_marker() {
                break;
            }
            if line.content == column && line.dashes.is_empty() {
                self.siblings.extend(line.key.as_ref().map(|key| Sibling::new(key, &line)));
            }
        }
    }
}

impl Seek {
    /// Whether a line can tell nothing of what is looked for, seen from how it begins: most lines of a
    /// long file are passed over so.
    fn passes_over(&self, collects: bool, tree: &Tree, number: usize) -> bool {
        let text = line_text(tree, number);
        let indent = indent(text);
        let is_item = || text.as_bytes().get(indent) == Some(&b'-');
        match self {
            Self::Mapping(column) => indent > *column || (indent == *column && *column > 0 && !collects && !is_item()),
            Self::List(column) => indent > *column || (indent == *column && *column > 0 && is_item()),
        }
    }

    fn start(column: usize, dashes: &[usize], items: &mut usize) -> Self {
        *items += dashes.len();
        dashes.first().map_or(Self::Mapping(column), |&dash| Self::List(dash))
    }
}

impl Sibling {
    fn new(key: &Key<'_>, line: &Line<'_>) -> Self {
        Self { name: key.name.to_owned(), value: line.value().trim_matches(['"', '\'']).to_owned() }
    }
}

/// The brackets that are open before the cursor on its line.
struct Flow {
    open: Vec<Bracket>,
}

struct Bracket {
    mapping: bool,
    /// The key before whose value the cursor stands.
    key: Option<Link>,
    keys: Vec<Sibling>,
    /// The byte behind the last `{`, `[` or `,`.
    from: usize,
}

impl Flow {
    /// Reads from a byte to the cursor; `None` when no bracket is open there.
    fn read(text: &str, from: usize, offset: usize, line_end: usize) -> Option<Self> {
        let mut open: Vec<Bracket> = Vec::new();
        let mut quote = None;
        if !text[from..offset.max(from)].trim_start().starts_with(['{', '[']) {
            return None;
        }
        let mut reference_end = from;
        for (i, c) in text[from..offset].char_indices() {
            let at = from + i;
            if at < reference_end {
                continue;
            }
            match (quote, c) {
                // The braces of a reference are none of YAML's to its author, who is about to quote it.
                (None, '$') if text[at..].starts_with("${") => {
                    let body = text.get(at..offset).unwrap_or_default();
                    reference_end = body.find('}').map_or(offset, |close| at + close + 1);
                }
                (None, '#') if text[..at].ends_with([' ', '\n']) => {
                    reference_end = text.get(at..offset).and_then(|rest| rest.find('\n')).map_or(offset, |end| at + end);
                }
                (Some(closing), _) => quote = quote.filter(|_| c != closing),
                (None, '"' | '\'') => quote = Some(c),
                (None, '{' | '[') => open.push(Bracket { mapping: c == '{', key: None, keys: Vec::new(), from: at + 1 }),
                (None, '}' | ']') => drop(open.pop()),
                (None, ',') => {
                    if let Some(bracket) = open.last_mut() {
                        bracket.key = None;
                        bracket.from = at + 1;
                    }
                }
                (None, ':') => {
                    if let Some(bracket) = open.last_mut().filter(|bracket| bracket.mapping && bracket.key.is_none()) {
                        let written = &text[bracket.from..at];
                        let start = bracket.from + written.len() - written.trim_start().len();
                        let name = written.trim().trim_matches(['"', '\'']).to_owned();
                        bracket.keys.push(Sibling { name: name.clone(), value: String::new() });
                        bracket.key = Some(Link { name, key: Span::new(start, start + written.trim().len()), items: 0 });
                    }
                }
                _ => {}
            }
        }
        let last = open.last_mut()?;
        // Keys behind the cursor, up to the end of this mapping.
        let rest = &text[offset..line_end];
        let rest = &rest[..rest.find(['}', '{', '[']).unwrap_or(rest.len())];
        let later = rest.split(',').skip(1).filter_map(|part| Some(part.split_once(':')?.0.trim().to_owned()));
        last.keys.extend(later.map(|name| Sibling { name, value: String::new() }));
        Some(Self { open })
    }

    fn cursor(self, text: &str, word: Span, mut path: Vec<Link>, offset: usize, end: usize) -> Cursor {
        let mut spot = Spot::Value;
        let mut siblings = Vec::new();
        let mut from = offset;
        for bracket in self.open {
            from = bracket.key.as_ref().map_or(bracket.from, |key| key.key.end + 1).min(offset);
            if bracket.mapping {
                spot = if bracket.key.is_some() { Spot::Value } else { Spot::Entry { column: None, colon: false } };
                path.extend(bracket.key);
                siblings = bracket.keys;
            } else {
                spot = Spot::Value;
                if let Some(link) = path.last_mut() {
                    link.items += 1;
                }
            }
        }
        let blank = text.get(from..offset).map_or(0, |before| before.len() - before.trim_start().len());
        let value = Value::read(text, from + blank, offset, end, true);
        Cursor { word, value, tight: false, spot, path, siblings }
    }
}
