//! Fields and words of the model as Markdown.

use dagu_schema::model::{Field, Shape, Word};

/// A field: forms, default, what it does, the words it knows, an example.
pub(crate) fn field(field: &Field) -> String {
    let mut head = format!("**`{}`**: {}", field.name, forms(&field.shape));
    if field.required {
        head.push_str(", required");
    }
    if !field.default.is_empty() {
        head.push_str(&format!(", default {}", code(field.default)));
    }
    let mut out = format!("{head}\n\n{}\n", field.doc);
    if let Some(instead) = field.deprecated {
        out.push_str(&format!("\nAn old spelling: write `{instead}`.\n"));
    }
    let words: Vec<&Word> = words(&field.shape).into_iter().filter(|word| !word.doc.is_empty()).collect();
    if !words.is_empty() {
        out.push('\n');
        out.extend(words.iter().map(|word| format!("- {}: {}\n", code(word.name), word.doc)));
    }
    if !field.example.is_empty() {
        let blank = if field.example.starts_with('\n') { "" } else { " " };
        out.push_str(&format!("\n```yaml\n{}:{blank}{}\n```\n", field.name, field.example));
    }
    out
}

/// One word of a field.
pub(crate) fn word(word: &Word) -> String {
    if word.doc.is_empty() { code(word.name) } else { format!("{}: {}", code(word.name), word.doc) }
}

/// Text in backticks, unless it has its own already or is a phrase.
pub(crate) fn code(text: &str) -> String {
    match text {
        "" => "`\"\"`".to_owned(),
        text if text.contains(['`', ' ', '\'']) => text.to_owned(),
        text => format!("`{text}`"),
    }
}

/// What a value may be, in a few words: `text or list of text`.
pub(crate) fn forms(shape: &Shape) -> String {
    let mut out: Vec<String> = Vec::new();
    for form in alternatives(shape) {
        if !out.contains(&form) {
            out.push(form);
        }
    }
    out.join(" or ")
}

fn alternatives(shape: &Shape) -> Vec<String> {
    let one = match shape {
        Shape::OneOf(shapes) => return shapes.iter().flat_map(alternatives).collect(),
        Shape::Present(shape) | Shape::Nullable(shape) | Shape::Ruled(shape) => return alternatives(shape),
        Shape::By(choice) => return choice.options.iter().flat_map(alternatives).collect(),
        Shape::List(shape) | Shape::NonEmptyList(shape) => match forms(shape) {
            inner if inner.contains(" or ") => format!("list (of {inner})"),
            inner => format!("list of {inner}"),
        },
        Shape::Object(_) | Shape::NonEmptyObject(_) | Shape::Input | Shape::Template => "mapping".to_owned(),
        Shape::Word(_) | Shape::AnyCaseWord(_) => "word".to_owned(),
        Shape::Bool => "boolean".to_owned(),
        Shape::Int | Shape::WholeIn(i64::MIN, i64::MAX) => "whole number".to_owned(),
        Shape::IntIn(from, i64::MAX) | Shape::WholeIn(from, i64::MAX) => format!("whole number from {from}"),
        Shape::IntIn(from, to) | Shape::WholeIn(from, to) => format!("whole number from {from} to {to}"),
        Shape::Number | Shape::Fraction => "number".to_owned(),
        Shape::NumberIn(from, to) => format!("number from {from} to {to}"),
        Shape::Assignment => "`NAME=value`".to_owned(),
        Shape::ActionName => "name of an action".to_owned(),
        Shape::Reference => "reference".to_owned(),
        Shape::Any => "anything".to_owned(),
        _ => "text".to_owned(),
    };
    vec![one]
}

/// The fixed words among a shape's forms.
pub(crate) fn words(shape: &Shape) -> Vec<&'static Word> {
    match shape {
        Shape::OneOf(shapes) => shapes.iter().flat_map(words).collect(),
        Shape::Present(shape) | Shape::Nullable(shape) | Shape::Ruled(shape) => words(shape),
        Shape::By(choice) => choice.options.iter().flat_map(words).collect(),
        Shape::Word(words) | Shape::AnyCaseWord(words) => words.iter().collect(),
        _ => Vec::new(),
    }
}
