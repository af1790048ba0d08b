//! A value held against a shape: which of several forms it takes, and what was expected instead.

use super::{Shape, Word};
use crate::syntax::{Kind, Node, ScalarType};

impl Shape {
    /// The forms that a value of this shape may take, one by one: alternatives are opened, and a
    /// choice is made by what is there.
    pub fn forms<'v>(&'static self, value: &'v Node) -> impl Iterator<Item = &'static Self> + use<'v> {
        // Most shapes are one form, or a few in one list: then nothing is allocated.
        let mut next = Some(self);
        let mut options: &'static [Self] = &[];
        let mut outer: Vec<&'static [Self]> = Vec::new();
        std::iter::from_fn(move || {
            loop {
                let shape = match next.take() {
                    Some(shape) => shape,
                    None => match options {
                        [shape, rest @ ..] => {
                            options = rest;
                            shape
                        }
                        [] => {
                            options = outer.pop()?;
                            continue;
                        }
                    },
                };
                match shape {
                    Self::OneOf(inner) => {
                        let rest = std::mem::replace(&mut options, inner);
                        if !rest.is_empty() {
                            outer.push(rest);
                        }
                    }
                    Self::Present(inner) | Self::Nullable(inner) | Self::Ruled(inner) => next = Some(inner),
                    Self::By(choice) => next = choice.of(value),
                    _ => return Some(shape),
                }
            }
        })
    }

    /// Whether a value of this kind of node may have this form; what it says is another matter.
    pub(super) fn fits(&self, value: &Node) -> bool {
        match &value.target().kind {
            Kind::Mapping(_) => matches!(self, Self::Any | Self::Object(_) | Self::NonEmptyObject(_) | Self::Input | Self::Template),
            Kind::Sequence(_) => matches!(self, Self::Any | Self::List(_) | Self::NonEmptyList(_)),
            Kind::Scalar(_) => value.scalar_type().is_some_and(|kind| self.fits_scalar(kind)),
            Kind::Alias(_) => true,
        }
    }

    pub(super) fn fits_scalar(&self, kind: ScalarType) -> bool {
        match self {
            Self::Any | Self::Scalar => true,
            Self::Text
            | Self::NonBlank
            | Self::Identifier
            | Self::Reference
            | Self::Digits
            | Self::Assignment
            | Self::Word(_)
            | Self::AnyCaseWord(_)
            | Self::ActionName => kind == ScalarType::String,
            Self::Bool => matches!(kind, ScalarType::Bool(_)),
            Self::WholeIn(..) => matches!(kind, ScalarType::Int(_)),
            Self::Int | Self::IntIn(..) | Self::Number | Self::NumberIn(..) => matches!(kind, ScalarType::Int(_) | ScalarType::Float(_)),
            Self::Fraction => matches!(kind, ScalarType::Float(_)),
            _ => false,
        }
    }

    /// Whether a scalar that [`Shape::fits`] says something that is accepted.
    pub(super) fn accepts(&self, value: &Node) -> bool {
        let text = value.text().unwrap_or_default();
        match self {
            Self::NonBlank => !text.trim().is_empty(),
            Self::Identifier => is_identifier(text.trim()),
            Self::Reference => text.contains(['$', '`']),
            Self::Digits => !text.is_empty() && text.trim_start_matches(['-', '+']).bytes().all(|byte| byte.is_ascii_digit()),
            Self::Assignment => text.contains('='),
            Self::Word(words) => words.iter().any(|word| word.name == text),
            Self::AnyCaseWord(words) => words.iter().any(|word| word.name.eq_ignore_ascii_case(text.trim())),
            Self::IntIn(least, most) | Self::WholeIn(least, most) => {
                number(value).is_none_or(|number| (*least as f64..=*most as f64).contains(&number.trunc()))
            }
            Self::NumberIn(least, most) => number(value).is_none_or(|number| (*least..=*most).contains(&number)),
            _ => true,
        }
    }

    /// Whether a scalar that [`Shape::accepts`] is accepted by a JSON Schema as well.
    pub(super) fn accepts_strictly(&self, value: &Node) -> bool {
        !matches!(self, Self::Int | Self::IntIn(..)) || number(value).is_none_or(|number| number.fract() == 0.0)
    }

    /// What the author has to give: `an integer`, `one of ...`.
    pub(super) fn expected(&self) -> String {
        match self {
            Self::Any => "a value".to_owned(),
            Self::Text => "a string".to_owned(),
            Self::NonBlank => "a string that is not empty".to_owned(),
            Self::Identifier => "a name of letters, digits and `_` that starts with a letter".to_owned(),
            Self::Reference => "a reference such as `${params.name}`".to_owned(),
            Self::Digits => "a string of digits".to_owned(),
            Self::Assignment => "text of the form `NAME=value`".to_owned(),
            Self::Scalar => "a string, a number or a boolean".to_owned(),
            Self::Bool => "a boolean (`true` or `false`)".to_owned(),
            Self::Int | Self::WholeIn(i64::MIN, i64::MAX) => "an integer".to_owned(),
            Self::IntIn(least, i64::MAX) | Self::WholeIn(least, i64::MAX) => format!("an integer of at least {least}"),
            Self::IntIn(least, most) | Self::WholeIn(least, most) => format!("an integer from {least} to {most}"),
            Self::Number => "a number".to_owned(),
            Self::Fraction => "a number with a fraction, such as `2.0`".to_owned(),
            Self::NumberIn(least, most) => format!("a number from {least} to {most}"),
            Self::Word(words) | Self::AnyCaseWord(words) => {
                let names: Vec<String> = told(words).map(|word| format!("`{}`", word.name)).collect();
                if names.len() == 1 { names.concat() } else { format!("one of {}", names.join(", ")) }
            }
            Self::List(_) => "a list".to_owned(),
            Self::NonEmptyList(_) => "a list of at least one item".to_owned(),
            Self::NonEmptyObject(_) => "a mapping of at least one entry".to_owned(),
            Self::ActionName => "the name of an action".to_owned(),
            Self::Object(_)
            | Self::Input
            | Self::Template
            | Self::OneOf(_)
            | Self::Present(_)
            | Self::Nullable(_)
            | Self::Ruled(_)
            | Self::By(_) => "a mapping".to_owned(),
        }
    }
}

pub(super) fn told(words: &'static [Word]) -> impl Iterator<Item = &'static Word> {
    words.iter().filter(|word| word.is_told())
}

/// What any of the forms would be, in words.
pub(super) fn expected(forms: &[&'static Shape]) -> String {
    let mut parts: Vec<String> = Vec::new();
    for part in forms.iter().map(|form| form.expected()) {
        if !parts.contains(&part) {
            parts.push(part);
        }
    }
    match parts.as_slice() {
        [] => "a value".to_owned(),
        [rest @ .., last] if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        [only, ..] => only.clone(),
    }
}

fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn number(value: &Node) -> Option<f64> {
    match value.scalar_type() {
        Some(ScalarType::Int(number)) => Some(number as f64),
        Some(ScalarType::Float(number)) => Some(number),
        _ => None,
    }
}
