//! `textDocument/inlayHint`: where a step runs and which credentials it sees, who can read a credential.

use std::collections::HashSet;

use dagu_schema::rules::listed;
use dagu_schema::spot::steps_in;
use dagu_schema::workflow::credential::Credentials;
use dagu_schema::workflow::readers::{self, Readers, Seen};
use dagu_schema::workflow::visibility::{Sight, Visible};
use dagu_schema::workflow::{Action, Container, EnvEntry, Place, Step, Workflow, account, shown};
use dagu_schema::{Analysis, Span};
use tower_lsp::lsp_types as lsp;

use crate::convert::Converter;
use crate::settings::InlayHints;

/// That the server gives hints.
pub(crate) fn capability() -> lsp::OneOf<bool, lsp::InlayHintServerCapabilities> {
    lsp::OneOf::Left(true)
}

/// A hint at a byte.
struct Hint {
    at: usize,
    label: String,
    tooltip: String,
    /// Whether it stands before what it is about.
    before: bool,
}

impl Hint {
    fn convert(self, converter: Converter<'_>) -> lsp::InlayHint {
        lsp::InlayHint {
            position: converter.position(self.at),
            label: lsp::InlayHintLabel::String(self.label),
            kind: None,
            text_edits: None,
            tooltip: (!self.tooltip.is_empty()).then_some(lsp::InlayHintTooltip::String(self.tooltip)),
            padding_left: Some(!self.before),
            padding_right: Some(self.before),
            data: None,
        }
    }
}

/// The hints within a span.
pub(crate) fn hints(analysis: &Analysis, span: Span, converter: Converter<'_>, wanted: &InlayHints) -> Vec<lsp::InlayHint> {
    let mut found = Vec::new();
    for workflow in &analysis.workflows {
        let shown = workflow.node.span;
        if shown.start > span.end || shown.end < span.start {
            continue;
        }
        let view = View { analysis, workflow, span };
        let is_here = |step: &&Step| span.touches(step.label.start) && (is_under_key(step) || step.node.span.contains(step.label));
        let steps: Vec<&Step> = steps_in(workflow, span).into_iter().filter(is_here).collect();
        if wanted.place {
            found.extend(steps.iter().map(|step| view.place(step)));
        }
        if wanted.credentials {
            found.extend(view.sees(&steps));
            found.extend(view.read_by());
        }
    }
    // What stands at one place stays in the order in which it was found.
    found.sort_by_key(|hint| hint.at);
    found.into_iter().map(|hint| hint.convert(converter)).collect()
}

struct View<'a> {
    analysis: &'a Analysis,
    workflow: &'a Workflow,
    span: Span,
}

impl View<'_> {
    /// Where the hints of a step stand: behind its id or name, behind the key that is its name, else before its
    /// first key.
    fn spot(&self, step: &Step) -> (usize, bool) {
        let text = &self.analysis.tree.text;
        let is_named = step.id.is_some() || step.node.get("name").is_some_and(|name| name.span == step.label);
        if is_under_key(step) {
            let colon = text.get(step.label.end..).is_some_and(|rest| rest.starts_with(':'));
            (step.label.end + usize::from(colon), false)
        } else if is_named {
            (step.label.end, false)
        } else {
            (step.label.start, true)
        }
    }

    fn place(&self, step: &Step) -> Hint {
        let (at, before) = self.spot(step);
        Hint { at, label: place(self.workflow, step), tooltip: account::step(self.workflow, step), before }
    }

    /// The credentials that the steps see.
    fn sees(&self, steps: &[&Step]) -> Vec<Hint> {
        if steps.is_empty() {
            return Vec::new();
        }
        let mut seen = Seen::new(self.workflow, &self.analysis.dotenv);
        let hint = |step: &&Step| {
            let visible = seen.by(step);
            let names = |is_seen: &dyn Fn(&Visible) -> bool| -> Vec<String> {
                let mut seen = HashSet::new();
                let names = visible.iter().filter(|visible| is_seen(visible)).map(|visible| shown::masked(&visible.name));
                names.filter(|name| seen.insert(name.clone())).collect()
            };
            let own = names(&|visible| visible.contract.of_value().any());
            let besides = names(&|visible| !visible.contract.of_value().any() && visible.engine.of_value().any());
            if own.is_empty() {
                return None;
            }
            let mut tooltip = format!("Credentials that the step sees: {}", listed(own.iter().map(String::as_str)));
            if !besides.is_empty() {
                tooltip.push_str(&format!("\nThe Dagu engine lets in besides: {}", listed(besides.iter().map(String::as_str))));
            }
            let (at, before) = self.spot(step);
            Some(Hint { at, label: format!("sees {}", few(&own)), tooltip: tooltip.replace('`', ""), before })
        };
        steps.iter().filter_map(hint).collect()
    }

    /// Who reads the credentials that the document itself gives a value.
    fn read_by(&self) -> Vec<Hint> {
        let Self { workflow, analysis, span } = self;
        let is_in = |place: Span| !place.is_beyond() && span.touches(place.start);
        let container = workflow.container.as_ref().map(|container| container.env.as_slice()).unwrap_or_default();
        let entries: Vec<&EnvEntry> = workflow.env.iter().chain(container).filter(|entry| is_in(entry.name.span)).collect();
        let params: Vec<_> = workflow.params.iter().filter(|param| is_in(param.name.span)).collect();
        let secrets = workflow.secrets.iter().filter(|secret| is_in(secret.name.span));
        let mut given: Vec<(&str, Span, usize)> =
            secrets.map(|secret| (secret.name.value.as_str(), secret.name.span, secret.name.span.end)).collect();
        if !entries.is_empty() {
            let sight = Sight::beside_outputs(workflow, &analysis.dotenv);
            let credentials = entries.into_iter().filter(|entry| sight.carries_credential(entry));
            given.extend(credentials.map(|entry| (entry.name.value.as_str(), entry.span, self.end(entry))));
        }
        if !params.is_empty() {
            let credentials = Credentials::of(workflow, &analysis.dotenv);
            let params = params.into_iter().filter(|param| credentials.has(&param.name.value));
            given.extend(params.map(|param| (param.name.value.as_str(), param.name.span, param.name.span.end)));
        }
        if given.is_empty() {
            return Vec::new();
        }
        let names: HashSet<&str> = given.iter().map(|(name, ..)| *name).collect();
        let readers = readers::of(workflow, &analysis.dotenv, &names);
        given.into_iter().map(|(_, span, at)| read_by(readers.get(&span), at)).collect()
    }

    /// The end of an entry, or of its first line.
    fn end(&self, entry: &EnvEntry) -> usize {
        let tree = &self.analysis.tree;
        let line = tree.lines.line_span(&tree.text, tree.lines.line_of(entry.name.span.start));
        entry.span.end.min(line.end.max(entry.name.span.end))
    }
}

/// Whether a step's label is the key under which it stands. What an alias brings in from elsewhere has its label there.
fn is_under_key(step: &Step) -> bool {
    let is_key = (step.is_in_handler() && step.standing.depth == 0) || step.standing.is_named_by_key;
    is_key && step.label.end <= step.node.span.start
}

fn read_by(readers: Option<&Readers<'_>>, at: usize) -> Hint {
    let called = |steps: &[&Step]| -> Vec<String> { steps.iter().map(|step| step.called().to_owned()).collect() };
    let (contract, engine) = readers.map(|readers| (called(&readers.contract), called(&readers.engine))).unwrap_or_default();
    let label = if contract.is_empty() { "read by nobody".to_owned() } else { format!("read by {}", few(&contract)) };
    let mut tooltip = match contract.is_empty() {
        true => "No step can read it".to_owned(),
        false => format!("Steps that can read it: {}", listed(contract.iter().map(String::as_str))),
    };
    if !engine.is_empty() {
        tooltip.push_str(&format!("\nThe Dagu engine also gives it to: {}", listed(engine.iter().map(String::as_str))));
    }
    Hint { at, label, tooltip: tooltip.replace('`', ""), before: false }
}

/// The first few names, and how many more.
fn few(names: &[String]) -> String {
    const MOST: usize = 3;
    let shown: Vec<&str> = names.iter().take(MOST).map(|name| short(name)).collect();
    match names.len().saturating_sub(MOST) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// The first letters of a name, on one line.
fn short(text: &str) -> &str {
    const LONGEST: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    line.char_indices().nth(LONGEST).map_or(line, |(end, _)| line.get(..end).unwrap_or_default())
}

/// Where a step runs, in as few words as there are.
fn place(workflow: &Workflow, step: &Step) -> String {
    let made = |container: &Container| container.image().map(|image| short(&shown::masked(&image.value)).to_owned());
    let of_docker_run = || match &step.action {
        Action::DockerRun(Some(with)) => Some(short(&shown::masked(with.get_some("image")?.text()?)).to_owned()),
        _ => None,
    };
    let image = match step.place {
        Place::OwnContainer => step.container.as_deref().and_then(made),
        Place::DockerRun => of_docker_run(),
        _ => None,
    };
    image.unwrap_or_else(|| short(&account::place(workflow, step)).to_owned())
}
