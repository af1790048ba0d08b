//! What named thing stands at a place, and all the places of a named thing: what definition,
//! references, highlight and rename are made of.
//!
//! One walk says them all ([`places`]); for a question about one place it looks only at what
//! touches that place, for all places of a name only at the steps whose text holds the name.

mod anchor;
mod collect;
mod files;
mod rename;
mod shell_names;
mod template;
mod text;

use std::sync::Arc;

use crate::analysis::{Analysis, Facts, analyze};
use crate::source::Span;
use crate::syntax::{NodeRef, Tree};
use crate::workflow::{Base, Step, resolve};

pub use files::{FileKind, FileName, file_at, files};
pub use rename::{Refusal, can_rename, rename};

/// The kinds of thing that have a name in a DAG.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A step, by its id; also one without an id and name, by the name that the engine makes up.
    Step,
    /// A step, by its name.
    StepName,
    /// A parameter.
    Param,
    /// A constant.
    Const,
    /// A secret.
    Secret,
    /// A variable: of an `env`, or of `output` of a step.
    Variable,
    /// A variable that a dotenv file defines.
    Dotenv,
    /// A variable that nothing here defines: it comes from the environment, or the script sets it.
    Unknown,
    /// A custom provider.
    Harness,
    /// A custom action.
    Action,
    /// A custom action in the older spelling, `step_types`.
    StepType,
    /// An input of a custom action.
    Input,
    /// The item of a `foreach`.
    Item,
    /// An output of a step.
    Output,
    /// A file that the step of a build reads.
    BuildInput,
    /// Another document of the file, started by its name.
    Dag,
    /// A YAML anchor.
    Anchor,
}

impl Kind {
    /// What the author would call it.
    pub fn called(self) -> &'static str {
        match self {
            Self::Step => "step",
            Self::StepName => "step name",
            Self::Param => "parameter",
            Self::Const => "constant",
            Self::Secret => "secret",
            Self::Variable | Self::Dotenv | Self::Unknown => "variable",
            Self::Harness => "harness",
            Self::Action => "action",
            Self::StepType => "step type",
            Self::Input => "input",
            Self::Item => "foreach item",
            Self::Output => "output",
            Self::BuildInput => "input file",
            Self::Dag => "DAG",
            Self::Anchor => "anchor",
        }
    }
}

/// A thing with a name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Symbol {
    /// What it is.
    pub kind: Kind,
    /// Its name.
    pub name: String,
    /// The document that it is of, by its number among the workflows; of an anchor always 0.
    pub document: usize,
    /// Where what holds it starts, such as the step of an output; 0 for what is the document's own.
    pub home: usize,
}

/// What stands at a place of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// The name is given there.
    Declaration,
    /// A value is given under the name.
    Write,
    /// It is referred to.
    Read,
}

/// A place of a name.
#[derive(Clone, Debug)]
pub struct Place {
    /// The thing.
    pub symbol: Symbol,
    /// The letters of the name.
    pub span: Span,
    /// What stands there.
    pub role: Role,
    /// The scalar that the name is in, where that is known.
    pub node: Option<NodeRef>,
}

/// What the walk looks at.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Window<'a> {
    /// Everything.
    All,
    /// What touches a byte of the text.
    At(usize),
    /// What may hold a name.
    Holding(&'a str),
}

/// A text whose names are asked for, unchecked.
pub fn read(text: &str, base: Option<&Arc<Base>>) -> Analysis {
    let (tree, _) = Tree::parse(text);
    let workflows = tree.documents.iter().filter_map(|document| resolve::document(&tree, document, base.cloned())).collect();
    Analysis { tree, workflows, ..analyze("", &Facts::default()) }
}

/// The thing whose name touches a byte of the text, with that place. Of two the one that starts
/// there counts.
pub fn at(analysis: &Analysis, offset: usize) -> Option<Place> {
    let window = if analysis.tree.is_anchored(Span::new(offset.saturating_sub(1), offset + 1)) { Window::All } else { Window::At(offset) };
    let mut found = collect::places(analysis, window);
    found.extend(anchor::places(analysis, window));
    let touching = found.into_iter().filter(|place| place.span.touches(offset));
    touching.min_by_key(|place| (place.span.end - place.span.start, std::cmp::Reverse(place.span.start), place.role))
}

/// All places of a thing, in the order of the text, each once. Those in the base configuration
/// (`Span::is_beyond`) come last.
pub fn places(analysis: &Analysis, symbol: &Symbol) -> Vec<Place> {
    // What an alias brings in stands elsewhere, and an escape or a folded line hides a name.
    let is_plain = |name: &str| !name.is_empty() && name.chars().all(|c| !c.is_whitespace() && c != '"' && c != '\\');
    let is_direct = !analysis.tree.is_anchored(Span::new(0, analysis.tree.text.len()));
    let mut names = vec![symbol.name.as_str()];
    if let Some(step) = step_of(analysis, symbol).filter(|_| matches!(symbol.kind, Kind::Step | Kind::StepName)) {
        names.extend([step.called(), &step.name].into_iter().filter(|name| *name != symbol.name));
    }
    let mut found = match symbol.kind {
        Kind::Anchor => anchor::places(analysis, Window::All),
        _ if is_direct && names.iter().all(|name| is_plain(name)) => {
            names.iter().flat_map(|name| collect::places(analysis, Window::Holding(name))).collect()
        }
        _ => collect::places(analysis, Window::All),
    };
    found.retain(|place| place.symbol == *symbol || is_same_step(&place.symbol, symbol));
    sorted(found)
}

/// Every place of every name of a text, in the order of the text.
pub fn all(analysis: &Analysis) -> Vec<Place> {
    let mut found = collect::places(analysis, Window::All);
    found.extend(anchor::places(analysis, Window::All));
    sorted(found)
}

/// Where a thing gets its name: its declarations, or the first line of a step that has no name of its own. Some may be in
/// the base configuration (`Span::is_beyond`).
pub fn declarations(analysis: &Analysis, symbol: &Symbol) -> Vec<Span> {
    let found = places(analysis, symbol).into_iter().filter(|place| place.role == Role::Declaration);
    let exact = |place: &Place| place.symbol == *symbol;
    let (own, other): (Vec<Place>, Vec<Place>) = found.partition(exact);
    let spans: Vec<Span> = if own.is_empty() { other } else { own }.into_iter().map(|place| place.span).collect();
    let is_of_step = matches!(symbol.kind, Kind::Step | Kind::StepName | Kind::Output | Kind::BuildInput | Kind::Item);
    if spans.is_empty() && is_of_step { step_of(analysis, symbol).map(|step| step.label).into_iter().collect() } else { spans }
}

/// The step that a thing is, or is of.
pub fn step_of<'a>(analysis: &'a Analysis, symbol: &Symbol) -> Option<&'a Step> {
    analysis.workflows.get(symbol.document)?.every_step().find(|step| step.node.span.start == symbol.home)
}

fn sorted(mut places: Vec<Place>) -> Vec<Place> {
    places.sort_by_key(|place| (place.span, place.role, place.symbol.kind));
    places.dedup_by(|a, b| a.span == b.span && a.symbol == b.symbol);
    places
}

/// Whether both are one step, by its id and by its name.
pub fn is_same_step(a: &Symbol, b: &Symbol) -> bool {
    let is_step = |symbol: &Symbol| matches!(symbol.kind, Kind::Step | Kind::StepName);
    is_step(a) && is_step(b) && (a.document, a.home) == (b.document, b.home)
}
