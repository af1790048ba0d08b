//! A text, read and judged.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::diagnostic::{Diagnostic, Severity};
use crate::incremental::{self, Kept, Laid, Layout};
use crate::probe::{self, Asked, EngineFacts, Host, Image};
use crate::rules::{self, Subject};
use crate::source::{Span, Spanned};
use crate::suppress::with_breaks_of;
use crate::syntax::{Document, Tree};
use crate::workflow::call::{self, Signature};
use crate::workflow::dotenv::Dotenv;
use crate::workflow::expand::Expansion;
use crate::workflow::key_shape;
use crate::workflow::known::KnownValues;
use crate::workflow::provider::Described;
use crate::workflow::{Base, Workflow};
use crate::{model, printable, workflow};

/// What is known of the machine on which the DAG is checked. Everything has a neutral default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// The file's name without folder and extension; the engine takes the DAG's name from it.
    pub file_stem: Option<String>,
    /// Names of variables that are set in the environment of the process, where that is known.
    pub variables: Arc<BTreeSet<String>>,
    /// What the DAG's dotenv files define, where that is known.
    pub dotenv: Dotenv,
    /// Whether the machine runs macOS.
    pub macos: bool,
    /// The DAGs of other files.
    pub dags: OtherDags,
    /// Providers that are not built in, or more about one that is.
    pub providers: Arc<[Described]>,
    /// The schema files that `params` names, by the name as written: path and text, or why there is
    /// none.
    pub schemas: BTreeMap<String, Result<(String, String), String>>,
    /// The container engine, where it was asked.
    pub engine: Option<EngineFacts>,
    /// Images that the container engine was asked about, as written in the DAG.
    pub images: BTreeMap<String, Image>,
    /// The names by which images were asked for that the DAG names with references.
    pub image_names: BTreeMap<String, String>,
    /// What was looked for on this machine; where it was, it is where the DAG runs.
    pub host: Option<Host>,
    /// Whether nobody asks for what is only maybe a fault: the rules that would report it then do not look.
    pub only_sure: bool,
}

/// What is known of the DAGs of other files.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OtherDags {
    /// The folder in which the author said that they are, and their names there.
    pub folder: Option<(String, Vec<String>)>,
    /// What those take that the file calls and that were found; `None` where that is not known.
    pub found: BTreeMap<String, Option<Signature>>,
}

/// A text with all that was found out about it.
#[derive(Clone, Debug)]
pub struct Analysis {
    /// The syntax tree.
    pub tree: Tree,
    /// One workflow for each document that is a mapping.
    pub workflows: Vec<Workflow>,
    /// The findings, by place; at one place by rule.
    pub diagnostics: Vec<Diagnostic>,
    /// What the DAG's dotenv files define, where that is known.
    pub dotenv: Dotenv,
    /// Findings that comments in the text suppress, once those were looked at.
    pub suppressed: Vec<Diagnostic>,
    /// For the next edit.
    pub(crate) kept: Option<Box<Kept>>,
}

impl Analysis {
    /// Where the places of the tree are in the text as the author has it, when the tree is of another: of one with room
    /// for edits.
    pub fn layout(&self) -> Option<&Layout> {
        self.kept.as_deref().map(Kept::layout)
    }

    /// Reads the text again after an edit: only what the edit touches, where that is enough. `before` is the text as the
    /// author had it, `base` what documents without a workspace inherit from. Gives the analysis back where all must be read.
    ///
    /// # Errors
    /// What is left of the analysis, to be dropped.
    pub fn reread(self, before: &str, now: &str, base: Option<&Arc<Base>>) -> Result<Reading, Box<Self>> {
        incremental::reread(self, before, now, base)
    }
}

/// A text that was read and is still to be judged: it says which facts bear on it.
#[derive(Clone, Debug)]
pub struct Reading {
    pub(crate) analysis: Analysis,
    /// How the text is laid out, where it will be edited.
    pub(crate) laid: Option<Laid>,
}

/// Reads the text of a DAG file, whose documents inherit from a base configuration.
pub fn read(text: &str, base: Option<Arc<Base>>) -> Reading {
    read_each(text, |_| base.clone())
}

/// Reads the text of a DAG file. `base` gives what a document inherits from: it is asked with the
/// workspace that the document is labelled with.
pub fn read_each(text: &str, base: impl Fn(Option<&str>) -> Option<Arc<Base>>) -> Reading {
    let (mut tree, mut diagnostics) = Tree::parse(text);
    let workspace = |document: &Document| document.root.as_deref().and_then(workflow::inherit::workspace).map(str::to_owned);
    let bases_of = |tree: &Tree| tree.documents.iter().map(|document| base(workspace(document).as_deref())).collect();
    let held = |tree: &Tree, bases: &[Option<Arc<Base>>]| {
        let roots: Vec<_> = bases.iter().map(|base| base.as_deref().and_then(Base::root)).collect();
        model::validate::documents(tree, &roots)
    };
    let mut bases: Vec<_> = bases_of(&tree);
    let mut found = held(&tree, &bases);
    if !found.names.is_empty() {
        diagnostics.extend(found.diagnostics.into_iter().filter(|found| found.rule == "key-letter-case"));
        tree = tree.with_names(found.names);
        bases = bases_of(&tree);
        found = held(&tree, &bases);
    }
    diagnostics.append(&mut found.diagnostics);
    let documents = tree.documents.iter().zip(&bases);
    let mut workflows: Vec<_> =
        documents.filter_map(|(document, base)| workflow::resolve::document(&tree, document, base.clone())).collect();
    call::note_credentials(&tree, &mut workflows);
    Reading {
        analysis: Analysis { tree, workflows, diagnostics, dotenv: Dotenv::default(), suppressed: Vec::new(), kept: None },
        laid: None,
    }
}

/// As [`read_each`], for a text that will be edited: one of `at_least` so many steps is read so that [`Analysis::reread`]
/// can take up edits. `at` is the byte at which the last edit was.
pub fn read_to_edit(text: &str, at_least: usize, at: Option<usize>, base: impl Fn(Option<&str>) -> Option<Arc<Base>>) -> Reading {
    if let Some((layout, roomy)) = Layout::of(text, at_least, at) {
        let mut reading = read_each(&roomy, &base);
        if incremental::may_be_edited(&layout, &mut reading) {
            reading.laid = Some(Laid::new(layout));
            return reading;
        }
    }
    read_each(text, base)
}

impl Reading {
    /// The dotenv files of the first document: what [`Facts::dotenv`] is read from. With them comes
    /// the folder where the engine looks before that of the DAG: the working directory, where one is
    /// given. `process` is the environment.
    pub fn dotenv_files(&self, process: &dyn Fn(&str) -> Option<String>) -> (Option<String>, Vec<String>) {
        let Some(workflow) = self.analysis.workflows.first() else { return (None, Vec::new()) };
        let known = KnownValues::of(workflow, process);
        let folder = workflow.working_dir.as_ref().map(|folder| known.text(&folder.value));
        (folder, workflow.dotenv.iter().map(|file| known.text(file)).collect())
    }

    /// Whether [`Self::dotenv_files`] is no more than the `.env` beside the file.
    pub fn has_usual_dotenv(&self) -> bool {
        let first = self.analysis.workflows.first();
        first.is_some_and(|first| first.working_dir.is_none() && matches!(first.dotenv.as_slice(), [file] if file == ".env"))
    }

    /// The DAGs of other files that this one calls: what [`Facts::dags`] is about.
    pub fn calls(&self) -> BTreeSet<&str> {
        let Analysis { tree, workflows, .. } = &self.analysis;
        let locals = call::locals(workflows);
        let targets = workflows.iter().flat_map(|workflow| call::calls(tree, workflow)).map(|call| call.target.value);
        targets.filter(|target| !locals.contains_key(target)).collect()
    }

    /// The files that `params` names as its schema: what [`Facts::schemas`] is read from, with the
    /// working directory of the document, where it is searched as well.
    pub fn schema_files(&self) -> Vec<(&str, Option<&str>)> {
        fn of(workflow: &Workflow) -> Option<(&str, Option<&str>)> {
            let params = workflow.node.get_some("params").filter(|params| !params.span.is_beyond())?;
            let file = crate::rules::schema_file(params)?.text()?;
            let folder = workflow.working_dir.as_ref().map(|folder| folder.value.as_str()).filter(|folder| !folder.contains('$'));
            Some((file, folder))
        }
        self.analysis.workflows.iter().filter_map(of).collect()
    }

    /// What a container engine and the host can be asked: what [`Facts::images`] and [`Facts::host`]
    /// are about.
    pub fn asked(&self) -> Asked {
        let mut asked = Asked::default();
        expanded(&self.analysis.tree, &self.analysis.workflows).0.iter().for_each(|workflow| probe::asked(workflow, &mut asked));
        asked
    }

    fn take_up(&mut self, facts: &Facts) {
        self.analysis.workflows.iter_mut().for_each(|workflow| workflow.providers = facts.providers.clone());
        self.analysis.dotenv = facts.dotenv.clone();
    }

    /// The documents that were read.
    pub fn workflows(&self) -> &[Workflow] {
        &self.analysis.workflows
    }

    /// Checks what was read.
    pub fn judge(mut self, facts: &Facts) -> Analysis {
        if let Some(laid) = self.laid.take() {
            self.take_up(facts);
            incremental::judge(&mut self.analysis, laid, facts);
            return self.analysis;
        }
        let mut readings = [self];
        judge(&mut readings, &[facts]);
        let [reading] = readings;
        reading.analysis
    }
}

/// Checks some texts that were read, which takes less time than to check one after the other.
pub fn judge_all(readings: Vec<(Reading, Facts)>) -> Vec<Analysis> {
    let (mut readings, facts): (Vec<Reading>, Vec<Facts>) = readings.into_iter().unzip();
    judge(&mut readings, &facts.iter().collect::<Vec<_>>());
    readings.into_iter().map(|reading| reading.analysis).collect()
}

/// Adds what is wrong with each text to it.
fn judge(readings: &mut [Reading], facts: &[&Facts]) {
    for (reading, facts) in readings.iter_mut().zip(facts) {
        reading.take_up(facts);
    }
    let found = found_in_all(readings, facts);
    for (reading, found) in readings.iter_mut().zip(found) {
        reading.analysis.diagnostics.extend(found);
        finish(&mut reading.analysis.diagnostics, &reading.analysis.tree);
    }
}

fn found_in_all(readings: &[Reading], facts: &[&Facts]) -> Vec<Vec<Diagnostic>> {
    let judged: Vec<_> = readings.iter().map(|Reading { analysis, .. }| expanded(&analysis.tree, &analysis.workflows)).collect();
    let locals: Vec<_> = judged.iter().map(|(workflows, _)| call::locals(workflows)).collect();
    let mut subjects = Vec::with_capacity(readings.len());
    for (((reading, facts), (workflows, expansions)), locals) in readings.iter().zip(facts).zip(&judged).zip(&locals) {
        for (workflow, expansion) in workflows.iter().zip(expansions) {
            subjects.push((Subject::new(&reading.analysis.tree, workflow, workflows, locals, facts), expansion.as_ref()));
        }
    }
    let mut found = found_in(&subjects).into_iter();
    let of_reading = |(workflows, _): &(Cow<'_, [Workflow]>, _)| {
        let mut diagnostics = Vec::new();
        let mut troubles = BTreeSet::new();
        for (workflow, found) in workflows.iter().zip(found.by_ref()) {
            match &workflow.base {
                None => diagnostics.extend(found),
                Some(base) => {
                    diagnostics.extend(found.into_iter().filter_map(|found| at_home(found, base, workflow)));
                    let trouble = base.trouble().filter(|trouble| troubles.insert(trouble.to_string()));
                    diagnostics.extend(trouble.map(|trouble| refused_base(trouble, workflow.first_key())));
                }
            }
        }
        diagnostics
    };
    judged.iter().map(of_reading).collect()
}

/// The workflows that the engine loads, with calls of custom actions expanded, and what is known of
/// the calls.
fn expanded<'w>(tree: &Tree, workflows: &'w [Workflow]) -> (Cow<'w, [Workflow]>, Vec<Option<Expansion>>) {
    let expansions: Vec<_> = workflows.iter().map(|workflow| Expansion::of(tree, workflow)).collect();
    if expansions.iter().all(Option::is_none) {
        return (Cow::Borrowed(workflows), expansions);
    }
    let judged = workflows.iter().zip(&expansions);
    let judged = judged.map(|(workflow, expansion)| expansion.as_ref().map_or(workflow, |expansion| &expansion.workflow).clone());
    (Cow::Owned(judged.collect()), expansions)
}

/// What the rules find in each document, and the model in expanded steps.
fn found_in<'a>(documents: &[(Subject<'a>, Option<&'a Expansion>)]) -> Vec<Vec<Diagnostic>> {
    let subject = |(document, expansion): &(Subject<'a>, Option<&'a Expansion>)| -> Subject<'a> {
        expansion.map_or(*document, |expansion| document.expanded(&expansion.calls))
    };
    let subjects: Vec<Subject<'a>> = documents.iter().map(subject).collect();
    let place = |((document, expansion), mut found): (&(Subject<'_>, Option<&Expansion>), Vec<Diagnostic>)| match expansion {
        None => found,
        Some(expansion) => {
            found.append(&mut model::validate::expanded(document.tree(), expansion));
            expansion.place(found)
        }
    };
    documents.iter().zip(rules::check(&subjects)).map(place).collect()
}

/// Reads and checks the text of a DAG file that inherits nothing. Never fails and never panics.
pub fn analyze(text: &str, facts: &Facts) -> Analysis {
    read(text, None).judge(facts)
}

/// Reads and checks the text of a base configuration: what of it is wrong for every DAG.
pub fn analyze_base(text: &str) -> Analysis {
    let (tree, diagnostics) = base(text);
    let workflows = tree.documents.iter().take(1).filter_map(|document| workflow::resolve::document(&tree, document, None)).collect();
    Analysis { tree, workflows, diagnostics, dotenv: Dotenv::default(), suppressed: Vec::new(), kept: None }
}

/// Rules about names that the DAGs may well give.
const ABOUT_NAMES: &[&str] =
    &["unresolvable-reference", "undeclared-parameter", "container-env-not-imported", "volume-source-variable-unset"];

/// The tree of a base configuration with what is wrong with it on its own.
pub(crate) fn base(text: &str) -> (Tree, Vec<Diagnostic>) {
    let (mut tree, mut diagnostics) = Tree::parse(text);
    let mut found = model::validate::base(&tree);
    if !found.names.is_empty() {
        diagnostics.extend(found.diagnostics.into_iter().filter(|found| found.rule == "key-letter-case"));
        tree = tree.with_names(found.names);
        found = model::validate::base(&tree);
    }
    diagnostics.append(&mut found.diagnostics);
    let first = tree.documents.first().and_then(|document| workflow::resolve::document(&tree, document, None));
    if let Some(workflow) = &first {
        let (judged, expansions) = expanded(&tree, std::slice::from_ref(workflow));
        let (locals, facts) = (call::Locals::new(), &Facts::default());
        let documents = judged.iter().zip(&expansions);
        let subjects: Vec<_> =
            documents.map(|(workflow, expansion)| (Subject::new(&tree, workflow, &judged, &locals, facts), expansion.as_ref())).collect();
        diagnostics.extend(found_in(&subjects).into_iter().flatten().filter(|found| !ABOUT_NAMES.contains(&found.rule)));
        // The engine passes over the name, once it has judged it.
        let fault = |name: &Spanned<String>| Some((name.span, rules::dag_name_fault(&name.value)?));
        if let Some((span, fault)) = workflow.name.as_ref().and_then(fault) {
            diagnostics.push(Diagnostic::new("dag-name-invalid", Severity::Error, span, format!("this is no name for a DAG: {fault}")));
        }
    }
    finish(&mut diagnostics, &tree);
    (tree, diagnostics)
}

/// Leaves out the consequences of syntax errors, and puts findings into the form that is shown.
pub(crate) fn finish(diagnostics: &mut Vec<Diagnostic>, tree: &Tree) {
    let is_cut = diagnostics.iter().any(|diagnostic| diagnostic.rule == "yaml-too-large");
    diagnostics.retain(|diagnostic| !is_consequence(diagnostic, tree, is_cut));
    for diagnostic in diagnostics.iter_mut() {
        diagnostic.span = visible(diagnostic.span, &tree.text);
        diagnostic.message = harmless(std::mem::take(&mut diagnostic.message));
        diagnostic.help = diagnostic.help.take().map(harmless);
        for related in &mut diagnostic.related {
            related.span = visible(related.span, &tree.text);
            related.message = harmless(std::mem::take(&mut related.message));
        }
        for fix in &mut diagnostic.fixes {
            fix.title = harmless(std::mem::take(&mut fix.title));
        }
        for edit in diagnostic.fixes.iter_mut().flat_map(|fix| &mut fix.edits) {
            edit.text = with_breaks_of(&tree.text, std::mem::take(&mut edit.text));
        }
    }
    merge(diagnostics);
}

/// Puts findings in order.
pub(crate) fn merge(diagnostics: &mut Vec<Diagnostic>) {
    diagnostics.sort_by(|a, b| (a.span, a.rule, &a.message).cmp(&(b.span, b.rule, &b.message)));
    // A text that aliases put at several places is said of once.
    diagnostics.dedup_by(|next, found| (next.span, next.rule, &next.message) == (found.span, found.rule, &found.message));
}

/// A finding as it is shown in the DAG: places in the base configuration become text. What is
/// wrong in the base alone is said there; what a DAG makes wrong in it, at the place in the DAG that
/// the finding names, else, when it keeps the DAG from running, at the DAG's first key.
pub(crate) fn at_home(mut found: Diagnostic, base: &Base, workflow: &Workflow) -> Option<Diagnostic> {
    if found.span.is_beyond() {
        if base.has(&found) || base.trouble().is_some() {
            return None;
        }
        let own = found.related.iter().position(|related| !related.span.is_beyond()).map(|index| found.related.remove(index).span);
        let is_fatal = found.refused || found.severity == Severity::Error;
        let place = own.or_else(|| is_fatal.then(|| workflow.first_key()))?;
        found.message = format!("{} (in the base configuration, {})", found.message, base.place(found.span));
        found.span = place;
    }
    found.fixes.retain(|fix| !fix.edits.iter().any(|edit| edit.span.is_beyond()));
    for related in std::mem::take(&mut found.related) {
        if related.span.is_beyond() {
            let place = format!("{}: {}", base.place(related.span), related.message);
            found.help = Some(found.help.map_or_else(|| place.clone(), |help| format!("{help}; {place}")));
        } else {
            found.related.push(related);
        }
    }
    Some(found)
}

fn refused_base(trouble: &str, place: Span) -> Diagnostic {
    let message = format!("the base configuration has an error, so the engine loads no DAG: {trouble}");
    Diagnostic::new("base-configuration-invalid", Severity::Error, place, message)
        .help("check it as a file of its own, or leave it out with `--no-base-config`")
}

/// Whether a finding only says what a syntax error already said: it lies in a part that could
/// not be read, or misses something in a document of which a part could not be read, or was cut off.
fn is_consequence(diagnostic: &Diagnostic, tree: &Tree, is_cut: bool) -> bool {
    // What the parser itself found is no consequence.
    if (tree.repaired.is_empty() && !is_cut) || diagnostic.rule.starts_with("yaml-") {
        return false;
    }
    let absence = rules::find(diagnostic.rule).is_some_and(|rule| rule.absence);
    absence || tree.is_repaired(diagnostic.span)
}

/// A message that shows no key and does nothing to a terminal: what it quotes from the file may hold line breaks,
/// escapes, and marks that turn the direction of the text.
fn harmless(message: String) -> String {
    let message = match key_shape::without_keys(&message) {
        Cow::Borrowed(_) => message,
        Cow::Owned(masked) => masked,
    };
    match printable::line(&message) {
        Cow::Borrowed(_) => message,
        Cow::Owned(escaped) => escaped,
    }
}

/// A span with something to show: an empty one grows by one character, forwards on its line, else
/// backwards.
fn visible(span: Span, text: &str) -> Span {
    if span.start != span.end {
        return span;
    }
    let after = text.get(span.start..).and_then(|rest| rest.chars().next()).filter(|c| !matches!(c, '\n' | '\r'));
    if let Some(c) = after {
        return Span::new(span.start, span.start + c.len_utf8());
    }
    let before = text.get(..span.start).and_then(|rest| rest.chars().next_back()).filter(|c| !matches!(c, '\n' | '\r'));
    before.map_or(span, |c| Span::new(span.start - c.len_utf8(), span.start))
}
