//! Where a cursor stands while somebody types: the word, and the keys that lead to it.
//!
//! Read from the lines alone, by their indentation, so that it is right while the line under the
//! cursor is half typed and the file around it is broken.

use dagu_schema::Span;
use dagu_schema::syntax::{Node, Style, Tree};

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
    /// Whether a blank must come before it: right behind `key:` or `-`.
    pub(crate) tight: bool,
    /// What is being typed.
    pub(crate) spot: Spot,
    /// The keys from the root to the mapping or value that the cursor is in.
    pub(crate) path: Vec<Link>,
    /// The other keys of the mapping.
    pub(crate) siblings: Vec<Sibling>,
}

impl Cursor {
    /// The cursor at a byte offset; `None` where nothing can be proposed: in a comment, in the
    /// text of a block scalar, behind other words.
    pub(crate) fn at(tree: &Tree, offset: usize) -> Option<Self> {
        let text: &str = &tree.text;
        let number = tree.lines.line_of(offset);
        let line = Line::of(tree, number);
        let in_comment = tree.comments.iter().any(|comment| comment.start < offset && offset <= comment.end);
        if in_comment || line.text.trim_start().starts_with('#') || is_in_long_scalar(tree, offset, &line) {
            return None;
        }
        let word = word_at(text, offset, line.start);
        if let Some(key) = line.key.as_ref().filter(|key| key.end <= offset) {
            let mut walk = Walk::up(tree, number, line.content, &line.dashes);
            walk.path.push(Link { name: key.name.to_owned(), key: key.span, items: 0 });
            let end = line.start + line.text.len();
            return match Flow::read(text, key.end, offset, end) {
                Some(flow) => Some(flow.cursor(word, walk.path)),
                None => {
                    let rest_is_blank = text[key.end..end].trim().is_empty();
                    let tight = offset == key.end && rest_is_blank;
                    Some(Self { word, tight, spot: Spot::Value, path: walk.path, siblings: Vec::new() })
                }
            };
        }
        let first = line.start + line.content;
        if let Some(flow) = Flow::read(text, first, offset, line.start + line.text.len()) {
            let walk = Walk::up(tree, number, line.content, &line.dashes);
            return Some(flow.cursor(word, walk.path));
        }
        if word.start > first && !text[first..word.start].trim().is_empty() {
            return None;
        }
        let tight = line.dashes.last().is_some_and(|dash| line.start + dash + 1 == word.start);
        let column = word.start - line.start + usize::from(tight);
        let dashes: Vec<usize> = line.dashes.iter().copied().filter(|&dash| dash < column).collect();
        let mut walk = Walk::up(tree, number, column, &dashes);
        walk.siblings_below(tree, number, column);
        if walk.is_in_block_scalar {
            return None;
        }
        let spot = Spot::Entry { column: Some(column), colon: line.key.is_some() };
        Some(Self { word, tight, spot, path: walk.path, siblings: walk.siblings })
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

/// Whether the offset is in a block scalar, or in a quoted one of several lines.
fn is_in_long_scalar(tree: &Tree, offset: usize, line: &Line<'_>) -> bool {
    let mut open: Vec<&Node> = tree.documents.iter().filter_map(|document| document.root.as_deref()).collect();
    while let Some(node) = open.pop() {
        if let Some(scalar) = node.scalar().filter(|_| node.span.start < line.start && offset <= node.span.end) {
            let quoted = matches!(scalar.style, Style::SingleQuoted | Style::DoubleQuoted) && offset < node.span.end;
            let column = offset - line.start;
            let block = matches!(scalar.style, Style::Literal | Style::Folded) && column >= indent_of(tree, node.span);
            if quoted || block {
                return true;
            }
        }
        let children = node.entries().unwrap_or_default().iter().map(|entry| &*entry.value);
        let children = children.chain(node.items().unwrap_or_default().iter().map(|item| &**item));
        open.extend(children.filter(|child| child.span.touches(offset)));
    }
    false
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
        for (i, c) in text[from..offset].char_indices() {
            let at = from + i;
            match (quote, c) {
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

    fn cursor(self, word: Span, mut path: Vec<Link>) -> Cursor {
        let mut spot = Spot::Value;
        let mut siblings = Vec::new();
        for bracket in self.open {
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
        Cursor { word, tight: false, spot, path, siblings }
    }
}
