//! Changes of a whole document: all safe fixes, today's syntax. What they come to takes several looks at
//! the text, so a client that can gets the edit when the action is chosen.

use dagu_schema::fix::fix;
use dagu_schema::{Analysis, Edit, Safety, Span};
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use tower_lsp::lsp_types as lsp;
use tower_lsp::lsp_types::Url;

use super::{Request, change};
use crate::Machine;
use crate::convert::Converter;
use crate::documents::Snapshot;

/// All safe fixes, as `check --fix` applies them.
pub(super) const FIX_ALL: lsp::CodeActionKind = lsp::CodeActionKind::new("source.fixAll.dagu-rs");

/// The older syntax rewritten, as `migrate` does.
pub(super) const MIGRATE: lsp::CodeActionKind = lsp::CodeActionKind::new("source.migrate.dagu-rs");

/// What an action does that has no edit yet, and to which text.
#[derive(Clone, Debug, Deserialize, Serialize)]
struct Unresolved {
    uri: Url,
    version: i32,
    what: What,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
enum What {
    FixAll,
    Migrate,
}

impl What {
    fn title(self) -> &'static str {
        match self {
            Self::FixAll => "Apply all safe fixes",
            Self::Migrate => "Rewrite the older syntax",
        }
    }

    fn kind(self) -> lsp::CodeActionKind {
        match self {
            Self::FixAll => FIX_ALL,
            Self::Migrate => MIGRATE,
        }
    }

    /// Whether there may be something for it to do.
    fn is_due(self, analysis: &Analysis) -> bool {
        match self {
            Self::FixAll => analysis.diagnostics.iter().any(|found| found.fixes.iter().any(|fix| fix.safety == Safety::Safe)),
            Self::Migrate => analysis.diagnostics.iter().any(|found| found.rule == "deprecated-syntax"),
        }
    }

    /// The edits, in the text as the client has it; none when there is nothing that does good.
    fn edits(self, machine: &dyn Machine, snapshot: &Snapshot, plain: Converter<'_>) -> Vec<lsp::TextEdit> {
        let path = snapshot.uri.to_file_path().ok();
        let analyze = |text: &str| machine.check(path.as_deref(), text);
        let after = match self {
            Self::FixAll => fix(analyze(&snapshot.text), false, &analyze).analysis.tree.text.to_string(),
            Self::Migrate => machine.migrate(path.as_deref(), &snapshot.text).unwrap_or_else(|| snapshot.text.to_string()),
        };
        difference(&snapshot.text, &after).iter().map(|edit| plain.edit(edit)).collect()
    }
}

/// The actions for the whole document that are asked for.
pub(super) fn actions(request: &Request<'_>) -> Vec<lsp::CodeAction> {
    let due = [What::FixAll, What::Migrate].into_iter().filter(|what| request.wants(&what.kind()) && what.is_due(request.analysis));
    let action = |what: What| lsp::CodeAction { title: what.title().to_owned(), kind: Some(what.kind()), ..lsp::CodeAction::default() };
    if request.client.resolves {
        let unresolved = |what| Unresolved { uri: request.snapshot.uri.clone(), version: request.snapshot.version, what };
        return due.map(|what| lsp::CodeAction { data: serde_json::to_value(unresolved(what)).ok(), ..action(what) }).collect();
    }
    let wanted = due.filter(|what| request.insists_on(&what.kind()));
    let edited = wanted.map(|what| (what, what.edits(request.machine, request.snapshot, request.plain)));
    edited
        .filter(|(_, edits)| !edits.is_empty())
        .map(|(what, edits)| lsp::CodeAction { edit: Some(request.change(edits)), ..action(what) })
        .collect()
}

/// The document that an action without an edit is about.
pub(crate) fn resolve(action: &lsp::CodeAction) -> Option<Resolve> {
    let unresolved: Unresolved = serde_json::from_value(action.data.clone()?).ok()?;
    Some(Resolve { unresolved })
}

/// The way to the edit of an action.
pub(crate) struct Resolve {
    unresolved: Unresolved,
}

impl Resolve {
    /// The document.
    pub(crate) fn uri(&self) -> &Url {
        &self.unresolved.uri
    }

    /// The edit; `None` when the text is another by now.
    pub(crate) fn edit(
        &self,
        machine: &dyn Machine,
        snapshot: &Snapshot,
        plain: Converter<'_>,
        versioned: bool,
    ) -> Option<lsp::WorkspaceEdit> {
        let Unresolved { version, what, .. } = self.unresolved;
        (version == snapshot.version).then(|| change(snapshot, what.edits(machine, snapshot, plain), versioned))
    }
}

/// The lines that differ between two texts, as edits of the first.
fn difference(before: &str, after: &str) -> Vec<Edit> {
    let [old, new] = [before, after].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    // Bytes before each line, and before the end.
    let starts = |lines: &[&str]| -> Vec<usize> {
        let ends = lines.iter().scan(0, |at, line| {
            *at += line.len();
            Some(*at)
        });
        std::iter::once(0).chain(ends).collect()
    };
    let (old_starts, new_starts) = (starts(&old), starts(&new));
    let at = |starts: &[usize], line: usize| starts.get(line).or(starts.last()).copied().unwrap_or_default();
    let differs = capture_diff_slices(Algorithm::Myers, &old, &new).into_iter().filter(|op| op.tag() != DiffTag::Equal);
    let edit = |op: similar::DiffOp| {
        let (old, new) = (op.old_range(), op.new_range());
        let text = after.get(at(&new_starts, new.start)..at(&new_starts, new.end)).unwrap_or_default();
        Edit { span: Span::new(at(&old_starts, old.start), at(&old_starts, old.end)), text: text.to_owned() }
    };
    differs.map(edit).collect()
}
