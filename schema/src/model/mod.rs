//! Every field of a DAG, once: name, forms, default, documentation, spelling that went before.
//!
//! The validator ([`validate`]), completion, hover, the hints for unknown keys and the JSON Schema
//! ([`export`]) all come from these tables. What the tables accept is what the engine's loader accepts; where the loader is
//! laxer or stricter than its published schema, the loader counts.

pub mod action;
mod action_data;
mod action_files;
mod action_flow;
mod action_services;
mod choice;
mod connections;
mod container;
mod custom;
mod documents;
mod env;
mod expectation;
pub mod export;
mod fanout;
mod harness;
mod kubernetes;
mod llm;
mod mail;
mod output;
mod params;
mod place;
mod policies;
mod root;
mod schedule;
mod spelling;
mod step;
mod tools;
pub mod validate;
pub mod values;

pub use choice::{Choice, When};
pub use container::CONTAINER;
pub use harness::{CONFIG as HARNESS_CONFIG, DEFINITION as HARNESS_DEFINITION};
pub use place::{Place, at};
pub use root::ROOT;
pub use step::STEP;

/// A kind of mapping: its name and its fields.
#[derive(Debug)]
pub struct Object {
    /// What the author would call it: `step`, `container`, ...
    pub name: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its fields, in the order in which an author would write them.
    pub fields: &'static [Field],
    /// What other keys may stand there.
    pub other: Other,
    /// How the engine reads it.
    pub reading: Reading,
}

/// How the engine reads a mapping; it has three ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// Into a structure: keys match in any letter case, null is the same as no value, and an
    /// integer may be given with a fraction, which is cut off.
    Typed,
    /// Key by key: letter case counts.
    Exact,
    /// Key by key or by a JSON Schema: letter case counts, null is rejected, and an integer must
    /// be a whole number.
    Strict,
}

/// Keys beside the fields of an [`Object`].
#[derive(Clone, Copy, Debug)]
pub enum Other {
    /// The engine rejects them.
    Rejected,
    /// The engine passes them on, or they are data of the author's.
    Open,
    /// The engine passes over them.
    Ignored,
    /// The author chooses the keys; all values have this shape.
    Named(&'static Shape),
}

/// A field.
#[derive(Debug)]
pub struct Field {
    /// The key.
    pub name: &'static str,
    /// What it may hold.
    pub shape: Shape,
    /// What it does, in one or two sentences (Markdown).
    pub doc: &'static str,
    /// What holds when it is absent; empty for nothing to say.
    pub default: &'static str,
    /// A value as YAML; empty for none.
    pub example: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// For an old spelling: what to write instead.
    pub deprecated: Option<&'static str>,
    /// What an empty text means, where the engine loads it.
    pub empty: Empty,
    /// The least number that a run can use, where the engine loads smaller ones.
    pub least: Option<Least>,
}

/// What an empty text means in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Empty {
    /// A value like any other, or the model's shape says.
    Said,
    /// The step, or the run, fails.
    Fails,
    /// The same as no value.
    Absent,
    /// Something else than the author can mean: what.
    Odd(&'static str),
}

/// The least number that a run can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Least {
    /// The number.
    pub number: i64,
    /// What becomes of a smaller one.
    pub below: &'static str,
    /// Whether every run fails with a smaller one.
    pub fails: bool,
}

/// What a value may be. Null is accepted as an absent value, but for [`Shape::Present`] and in an
/// object whose reading is [`Reading::Strict`].
#[derive(Clone, Copy, Debug)]
pub enum Shape {
    /// Anything.
    Any,
    /// Text. Numbers and booleans are rejected, as the engine's strict decoder does.
    Text,
    /// Text that is not blank.
    NonBlank,
    /// A name of letters, digits and `_` that starts with a letter.
    Identifier,
    /// Text that holds a reference: `${...}`, `$NAME` or a command in backticks.
    Reference,
    /// Text of digits.
    Digits,
    /// Text of the form `NAME=value`.
    Assignment,
    /// Text, number or boolean, read as text.
    Scalar,
    /// A boolean.
    Bool,
    /// A whole number (the decoder truncates a fraction).
    Int,
    /// A whole number from the first to the second, written as one: `2.0` is rejected.
    WholeIn(i64, i64),
    /// A whole number from the first to the second, both included.
    IntIn(i64, i64),
    /// A number.
    Number,
    /// A number written with a fraction: the engine's loader rejects `2` and takes `2.0`.
    Fraction,
    /// A number from the first to the second, both included.
    NumberIn(f64, f64),
    /// One of these words.
    Word(&'static [Word]),
    /// One of these words, in any letter case.
    AnyCaseWord(&'static [Word]),
    /// A list of one shape.
    List(&'static Shape),
    /// A list of one shape with at least one item.
    NonEmptyList(&'static Shape),
    /// A mapping.
    Object(&'static Object),
    /// A mapping with at least one entry.
    NonEmptyObject(&'static Object),
    /// The first of these whose kind of node fits.
    OneOf(&'static [Shape]),
    /// This, and not null.
    Present(&'static Shape),
    /// This or null, where the object around it rejects null; it may even be required.
    Nullable(&'static Shape),
    /// This; another value is for a rule of its own to report.
    Ruled(&'static Shape),
    /// One of several, by what the value holds.
    By(&'static Choice),
    /// The input of the action that is named beside it: see [`action::input`].
    Input,
    /// A step in which texts are Go templates and `{$input: path}` stands for any value.
    Template,
    /// The name of an action: a built-in one, one of the document's `actions`, or a versioned
    /// reference.
    ActionName,
}

/// One of a fixed set of values.
#[derive(Debug)]
pub struct Word {
    /// The value.
    pub name: &'static str,
    /// What it means.
    pub doc: &'static str,
}

impl Word {
    /// Whether it is worth naming to an author: empty texts and odd spellings (`T` for `true`) are
    /// accepted, but not suggested.
    pub fn is_told(&self) -> bool {
        !self.name.is_empty() && !self.doc.is_empty()
    }
}

impl Object {
    /// The field with this key, as the engine matches keys.
    pub fn field(&self, key: &str) -> Option<&'static Field> {
        let exact = self.fields.iter().find(|field| field.name == key);
        exact.or_else(|| self.fields.iter().find(|field| self.takes_any_case(field) && field.name.eq_ignore_ascii_case(key)))
    }

    /// Whether the letter case of the key does not count. The engine looks some keys up before it
    /// decodes those in any letter case.
    fn takes_any_case(&self, field: &Field) -> bool {
        let is_looked_up = match self.name {
            "with of chat.completion" => matches!(field.name, "prompt" | "messages"),
            _ => matches!(field.name, "steps" | "with"),
        };
        self.reading == Reading::Typed && !is_looked_up
    }
}

impl Field {
    const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, doc, default: "", example: "", required: false, deprecated: None, empty: Empty::Said, least: None }
    }

    /// A key that one action shares with others and has no use for.
    const fn unused(name: &'static str, shape: Shape) -> Self {
        Self::new(name, shape, UNUSED)
    }

    /// Whether it is such a key.
    pub fn is_unused(&self) -> bool {
        self.doc == UNUSED
    }

    const fn default(mut self, default: &'static str) -> Self {
        self.default = default;
        self
    }

    const fn example(mut self, example: &'static str) -> Self {
        self.example = example;
        self
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// Says what an empty text means.
    const fn empty(mut self, empty: Empty) -> Self {
        self.empty = empty;
        self
    }

    /// Says what becomes of a number below `number`, which the engine loads all the same.
    const fn least(mut self, number: i64, below: &'static str) -> Self {
        self.least = Some(Least { number, below, fails: false });
        self
    }

    /// The same where every run fails.
    const fn needs_least(mut self, number: i64, below: &'static str) -> Self {
        self.least = Some(Least { number, below, fails: true });
        self
    }

    const fn deprecated(mut self, instead: &'static str) -> Self {
        self.deprecated = Some(instead);
        self
    }
}

const UNUSED: &str = "Has no effect on this action.";

const fn word(name: &'static str, doc: &'static str) -> Word {
    Word { name, doc }
}

const TEXTS: Shape = Shape::List(&Shape::Text);
const SCALARS: Shape = Shape::List(&Shape::Scalar);
/// The decoder turns whatever a list holds into text.
const TEXT_OR_ITEMS: Shape = Shape::OneOf(&[Shape::Text, ITEMS]);
const ITEMS: Shape = Shape::List(&Shape::Any);
const WHOLE: Shape = Shape::WholeIn(i64::MIN, i64::MAX);
const MAPPING: Shape = Shape::Object(&ANY_MAPPING);
const TEXT_MAPPING: Shape = Shape::Object(&ANY_TEXTS);

static ANY_MAPPING: Object = Object {
    name: "mapping",
    doc: "A mapping with keys of the author's choice.",
    fields: &[],
    other: Other::Open,
    reading: Reading::Exact,
};

static ANY_TEXTS: Object = Object {
    name: "mapping",
    doc: "A mapping from names of the author's choice to text.",
    fields: &[],
    other: Other::Named(&Shape::Text),
    reading: Reading::Exact,
};
