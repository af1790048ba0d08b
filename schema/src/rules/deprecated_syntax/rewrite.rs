//! A conversion as edits of the text: comments, quotes, layout and line breaks stay.

use super::block::{Block, Replacements, shifted};
use super::convert::{Conversion, Role};
use super::scalar::{Form, reform};
use crate::rules::edits::written;
use crate::diagnostic::Edit;
use crate::source::Span;
use crate::syntax::{Kind, Node, Tree};

/// The edits that turn a step into its conversion; `None` where the layout does not allow it.
pub(super) fn edits(tree: &Tree, step: &Node, conversion: &Conversion) -> Option<Vec<Edit>> {
    if step.flow { flow::edits(tree, step, conversion) } else { block(tree, step, conversion) }
}

/// The edits that make a text in the place of a step the `run` of one.
pub(super) fn text_step(tree: &Tree, node: &Node, in_flow: bool) -> Option<Vec<Edit>> {
    if node.properties.is_some() {
        return None;
    }
    let scalar = node.scalar()?;
    let text = tree.text.as_ref();
    let span = node.span;
    if in_flow {
        let pair = [(span.start, "{run: "), (span.end, "}")];
        return Some(pair.into_iter().map(|(at, text)| Edit { span: Span::at(at), text: text.to_owned() }).collect());
    }
    if !scalar.is_block() && !text.get(span.range())?.contains('\n') {
        return Some(vec![Edit { span: Span::at(span.start), text: "run: ".to_owned() }]);
    }
    let header = if scalar.is_block() { text.get(..span.start)?.rfind('\n')? } else { span.start };
    let line = text.get(..header)?.rfind('\n').map_or(0, |line_break| line_break + 1);
    let before = text.get(line..)?;
    let dash = before.find(|c| c != ' ').filter(|&at| before[at..].starts_with('-'))?;
    let value = dash + 1 + before[dash + 1..].find(|c| c != ' ')?;
    if (!scalar.is_block() && line + value != span.start) || (scalar.is_block() && !before[value..].starts_with(['|', '>'])) {
        return None;
    }
    let mut edits = vec![Edit { span: Span::at(line + value), text: "run: ".to_owned() }];
    // What follows is moved as far as the key stands from the dash.
    let indent = " ".repeat(value - dash);
    let breaks = text.get(line + value..span.end)?.match_indices('\n').map(|(at, _)| line + value + at + 1);
    edits.extend(
        breaks
            .filter(|&at| !text[at..].starts_with(['\n', '\r']) && at < span.end)
            .map(|at| Edit { span: Span::at(at), text: indent.clone() }),
    );
    Some(edits)
}

fn block(tree: &Tree, step: &Node, conversion: &Conversion) -> Option<Vec<Edit>> {
    let block = Block::read(tree, step)?;
    if conversion.roles.last() != Some(&Role::Stays) && block.is_followed_closely() {
        return None;
    }
    let rewrite = Rewrite { tree, block: &block, conversion };
    let slots = rewrite.slots()?;
    Some(rewrite.edits(slots))
}

struct Rewrite<'t> {
    tree: &'t Tree,
    block: &'t Block<'t>,
    conversion: &'t Conversion,
}

impl Rewrite<'_> {
    /// The new lines of each slot.
    fn slots(&self) -> Option<Vec<Vec<String>>> {
        let roles = &self.conversion.roles;
        let mut out: Vec<Vec<String>> = Vec::with_capacity(roles.len());
        let mut inputs: Vec<String> = Vec::new();
        let mut head = Vec::new();
        let mut head_slot = None;
        let with_slot = roles.iter().position(|role| *role == Role::With);
        for (i, role) in roles.iter().enumerate() {
            let mut lines = Vec::new();
            match role {
                Role::Stays => {
                    lines = self.lead(i);
                    lines.extend(self.block.body(i, &[]));
                }
                Role::With => lines = self.lead(i),
                Role::Run(form) => {
                    head = self.kept(i, "run", *form)?;
                    head_slot = Some(i);
                    lines = self.lead(i);
                }
                Role::Action => {
                    head = vec![self.action_line(self.block.tail(i))];
                    head_slot = Some(i);
                    lines = self.lead(i);
                }
                Role::Moves(name, form) => {
                    inputs.extend(self.comments(i));
                    inputs.extend(self.kept(i, name, *form)?);
                }
                Role::Becomes(texts) => {
                    inputs.extend(self.comments(i));
                    inputs.extend(self.texts(texts, self.block.tail(i)));
                }
                Role::Goes => {
                    lines = self.comments(i);
                    lines.extend(self.block.tail(i).map(|comment| self.indented(comment.trim())));
                }
            }
            out.push(lines);
        }
        if self.conversion.action.is_some() && head.is_empty() {
            head = vec![self.action_line(None)];
        }
        let first_old = roles.iter().position(|role| *role != Role::Stays)?;
        let head_slot = if matches!(roles.first(), Some(Role::Moves(..) | Role::Becomes(_) | Role::Goes)) { 0 } else { head_slot.unwrap_or(first_old) };
        let mut with = match with_slot {
            Some(slot) => self.with(slot, inputs)?,
            None if inputs.is_empty() => Vec::new(),
            None => {
                let mut lines = vec![self.indented("with:")];
                lines.extend(shifted(inputs, self.step_indent()));
                lines
            }
        };
        match with_slot {
            Some(slot) if slot == head_slot => {
                head.append(&mut with);
            }
            Some(slot) => out[slot].append(&mut with),
            None => head.append(&mut with),
        }
        if head_slot == 0 {
            head.append(&mut out[0]);
            out[0] = head;
        } else {
            out[head_slot].append(&mut head);
        }
        // The first entry has to start behind the dash.
        (!out[0].is_empty()).then_some(out)
    }

    fn indented(&self, text: &str) -> String {
        format!("{}{text}", " ".repeat(self.block.column))
    }

    fn action_line(&self, comment: Option<&str>) -> String {
        let name = self.conversion.action.as_deref().unwrap_or_default();
        self.indented(&format!("action: {}{}", written(name, false), comment.unwrap_or_default()))
    }

    /// The comments and blank lines before an entry. Where something else stands before it now,
    /// that may be a block scalar, which would take in what is indented as far, and, with `|+`,
    /// blank lines.
    fn lead(&self, slot: usize) -> Vec<String> {
        let lead = self.block.lead(slot);
        if slot == 0 || self.conversion.roles.get(slot - 1) == Some(&Role::Stays) {
            return lead;
        }
        let lines = lead.into_iter().filter(|line| !self.block.keeps_blank_lines || !line.trim().is_empty());
        lines.map(|line| if line.trim().is_empty() { String::new() } else { self.indented(line.trim()) }).collect()
    }

    /// The comments before an entry, without the blank lines.
    fn comments(&self, slot: usize) -> Vec<String> {
        let lines = self.block.lead(slot).into_iter().filter(|line| !line.trim().is_empty());
        lines.map(|line| self.indented(line.trim())).collect()
    }

    /// An entry's lines with another key.
    fn kept(&self, slot: usize, key: &str, form: Form) -> Option<Vec<String>> {
        let entry = self.block.slots.get(slot)?.entry;
        // What the form adds stands two columns further in than the key of the step.
        let mut replacements: Replacements = reform(self.tree, &entry.value, form, self.block.column, false)?;
        if let (Some(comment), Some((span, text))) = (self.block.tail(slot), replacements.first_mut())
            && let Some(content) = text.strip_prefix("|\n")
        {
            // The comment stays on its line, which is now that of the `|`.
            *text = format!("|{comment}\n{content}");
            span.end = self.block.slots.get(slot)?.end;
        }
        replacements.push((entry.key.span, key.to_owned()));
        Some(self.block.body(slot, &replacements))
    }

    fn texts(&self, texts: &[(&'static str, String)], comment: Option<&str>) -> Vec<String> {
        let last = texts.len().saturating_sub(1);
        let line = |(i, (key, text)): (usize, &(&str, String))| {
            let comment = comment.filter(|_| i == last).unwrap_or_default();
            self.indented(&format!("{key}: {}{comment}", written(text, false)))
        };
        texts.iter().enumerate().map(line).collect()
    }

    /// How far a nested mapping of the step stands in, as its author has it.
    fn step_indent(&self) -> usize {
        let nested = self.block.slots.iter().filter_map(|slot| match &slot.entry.value.kind {
            Kind::Mapping(entries) if !slot.entry.value.flow => Some(entries.first()?.key.span.start),
            _ => None,
        });
        let text = self.tree.text.as_ref();
        let column = |offset: usize| offset - text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        nested.map(column).find_map(|column| column.checked_sub(self.block.column)).filter(|&indent| (1..=8).contains(&indent)).unwrap_or(2)
    }

    /// The lines of `with`, with these more in it.
    fn with(&self, slot: usize, inputs: Vec<String>) -> Option<Vec<String>> {
        let entry = self.block.slots.get(slot)?.entry;
        let value: &Node = &entry.value;
        let dropped = self.conversion.dropped_input;
        let drops = value.entries().is_some_and(|entries| entries.iter().any(|entry| dropped.contains(&entry.name())));
        let rename = vec![(entry.key.span, "with".to_owned())];
        if inputs.is_empty() && !drops {
            return Some(self.block.body(slot, &rename));
        }
        let Kind::Mapping(entries) = &value.kind else { return None };
        if value.flow {
            return self.expanded(slot, inputs);
        }
        let inner = Block::read(self.tree, value)?;
        let indent = inner.column.checked_sub(self.block.column)?;
        let mut rest: Vec<Vec<String>> = Vec::new();
        for (i, entry) in entries.iter().enumerate() {
            let mut lines = inner.lead(i);
            if dropped.contains(&entry.name()) {
                lines.retain(|line| !line.trim().is_empty());
                lines.extend(inner.tail(i).map(|comment| format!("{}{}", " ".repeat(inner.column), comment.trim())));
            } else {
                lines.extend(inner.body(i, &[]));
            }
            rest.push(lines);
        }
        // The lines before the first entry: the key, and comments.
        let first = self.tree.text.get(..value.span.start)?.rfind('\n')? + 1;
        let start = self.block.slots.get(slot)?.entry.key.span.start;
        let before = self.tree.text.get(start..first)?.replacen(entry.name(), "with", 1);
        let mut lines: Vec<String> = before.lines().map(str::to_owned).collect();
        *lines.first_mut()? = self.indented(lines.first()?);
        lines.splice(1..1, shifted(inputs, indent));
        lines.extend(rest.into_iter().flatten());
        let is_empty = lines.iter().skip(1).all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if is_empty {
            lines.remove(0);
        }
        Some(lines)
    }

    /// A `with` in brackets, a line for each of its entries.
    fn expanded(&self, slot: usize, inputs: Vec<String>) -> Option<Vec<String>> {
        let entry = self.block.slots.get(slot)?.entry;
        let value: &Node = &entry.value;
        if value.properties.is_some() {
            return None;
        }
        let mut lines = vec![self.indented(&format!("with:{}", self.block.tail(slot).unwrap_or_default()))];
        let indent = self.step_indent();
        lines.extend(shifted(inputs, indent));
        for (key, text) in flow::entries(self.tree, value)? {
            if !self.conversion.dropped_input.contains(&key.as_str()) {
                lines.push(format!("{}{text}", " ".repeat(self.block.column + indent)));
            }
        }
        Some(if lines.len() == 1 { Vec::new() } else { lines })
    }

    /// What changed, slot by slot.
    fn edits(&self, slots: Vec<Vec<String>>) -> Vec<Edit> {
        let text = self.tree.text.as_ref();
        let line_break = self.block.line_break();
        let mut edits = Vec::new();
        let mut before = 0;
        for (i, (slot, lines)) in self.block.slots.iter().zip(slots).enumerate() {
            let (start, end) = (slot.start, slot.end);
            if lines.is_empty() {
                edits.push(Edit { span: Span::new(before, end), text: String::new() });
            } else {
                let new = lines.join(line_break);
                let new = if i == 0 { new.get(self.block.column..).unwrap_or_default() } else { &new };
                edits.extend(difference(Span::new(start, end), text.get(start..end).unwrap_or_default(), new));
            }
            before = end;
        }
        edits
    }
}

/// The part in which two texts differ, as an edit of the first.
fn difference(span: Span, old: &str, new: &str) -> Option<Edit> {
    if old == new {
        return None;
    }
    let same_start: usize = old.chars().zip(new.chars()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    let (old_rest, new_rest) = (&old[same_start..], &new[same_start..]);
    let same_end: usize = old_rest.chars().rev().zip(new_rest.chars().rev()).take_while(|(a, b)| a == b).map(|(c, _)| c.len_utf8()).sum();
    Some(Edit {
        span: Span::new(span.start + same_start, span.end - same_end),
        text: new_rest[..new_rest.len() - same_end].to_owned(),
    })
}

mod flow {
    //! Steps in brackets, on one line.

    use super::*;

    /// The entries of a mapping in brackets on one line, each with its key and its text.
    pub(super) fn entries(tree: &Tree, node: &Node) -> Option<Vec<(String, String)>> {
        let Kind::Mapping(entries) = &node.kind else { return None };
        let source = tree.text.get(node.span.range())?;
        if source.contains('\n') || !source.starts_with('{') {
            return None;
        }
        let mut end = node.span.start + 1;
        let mut out = Vec::new();
        for entry in entries {
            let key = &entry.key;
            // Between two entries stands a comma, and nothing before the first.
            let gap = tree.text.get(end..key.span.start)?.trim();
            if entry.merged || gap != if out.is_empty() { "" } else { "," } || key.properties.is_some() {
                return None;
            }
            let is_empty = entry.value.span.start == entry.value.span.end;
            if is_empty || entry.value.properties.is_some() {
                return None;
            }
            end = entry.value.span.end;
            let (name, value) = (tree.text.get(key.span.range())?, tree.text.get(entry.value.span.range())?);
            out.push((entry.name().to_owned(), format!("{name}: {value}")));
        }
        let rest = tree.text.get(end..node.span.end)?.trim_start();
        (rest.trim_start_matches(',').trim() == "}").then_some(out)
    }

    /// The edits of a step in brackets.
    pub(super) fn edits(tree: &Tree, step: &Node, conversion: &Conversion) -> Option<Vec<Edit>> {
        let Kind::Mapping(nodes) = &step.kind else { return None };
        let texts = entries(tree, step)?;
        let mut out: Vec<String> = Vec::new();
        let mut inputs: Vec<String> = Vec::new();
        let mut with: Option<(usize, Vec<String>)> = None;
        let mut action_at = None;
        for ((entry, role), (_, text)) in nodes.iter().zip(&conversion.roles).zip(texts) {
            match role {
                Role::Stays => out.push(text),
                Role::With => {
                    let inner = if entry.value.flow { entries(tree, &entry.value)? } else { return None };
                    let kept = inner.into_iter().filter(|(key, _)| !conversion.dropped_input.contains(&key.as_str()));
                    with = Some((out.len(), kept.map(|(_, text)| text).collect()));
                    out.push(String::new());
                }
                Role::Run(form) => out.push(format!("run: {}", value(tree, &entry.value, *form)?)),
                Role::Action => {
                    action_at = Some(out.len());
                    out.push(String::new());
                }
                Role::Moves(name, form) => inputs.push(format!("{name}: {}", value(tree, &entry.value, *form)?)),
                Role::Becomes(texts) => inputs.extend(texts.iter().map(|(name, text)| format!("{name}: {}", written(text, true)))),
                Role::Goes => {}
            }
        }
        if let Some(action) = &conversion.action {
            let text = format!("action: {}", written(action, true));
            match action_at {
                Some(at) => out[at] = text,
                None => {
                    let at = conversion.roles.iter().position(|role| *role != Role::Stays).unwrap_or(0).min(out.len());
                    out.insert(at, text);
                    with = with.map(|(place, kept)| (place + usize::from(place >= at), kept));
                }
            }
        }
        let place = with.as_ref().map(|(place, _)| *place);
        inputs.extend(with.into_iter().flat_map(|(_, kept)| kept));
        let text = format!("with: {{{}}}", inputs.join(", "));
        match place {
            Some(at) if inputs.is_empty() => drop(out.remove(at)),
            Some(at) => out[at] = text,
            None if inputs.is_empty() => {}
            None => out.push(text),
        }
        let new = format!("{{{}}}", out.join(", "));
        let old = tree.text.get(step.span.range())?;
        Some(difference(step.span, old, &new).into_iter().collect())
    }

    fn value(tree: &Tree, node: &Node, form: Form) -> Option<String> {
        let mut text = tree.text.get(node.span.range())?.to_owned();
        let mut edits = reform(tree, node, form, 0, true)?;
        edits.sort_by_key(|(span, _)| std::cmp::Reverse(span.start));
        for (span, new) in edits {
            text.replace_range(span.start.checked_sub(node.span.start)?..span.end.checked_sub(node.span.start)?, &new);
        }
        Some(text)
    }
}
