//! The rules, one file each: metadata, documentation and a pure function over the workflow.
//!
//! A rule's page (`docs/rules/NAME.md`, `dagu-rs explain NAME`) is made from its [`Rule`] alone.
//! To add one: a file here, its name in the list below, and `UPDATE=1 cargo test` for the docs.

use crate::analysis::Facts;
use crate::diagnostic::{Diagnostic, Severity};
use crate::source::Span;
use crate::syntax::Tree;
use crate::workflow::Workflow;

/// A rule and its documentation.
#[derive(Debug)]
pub struct Rule {
    /// Kebab-case; names the bad pattern, so that "allow NAME" reads as a sentence.
    pub name: &'static str,
    /// How bad a finding is, unless the rule says otherwise for a case.
    pub severity: Severity,
    /// One sentence: what is reported.
    pub summary: &'static str,
    /// Why it matters and what to do, as Markdown paragraphs.
    pub why: &'static str,
    /// What the rule rests on: a page, a measured behaviour of the engine, a run.
    pub grounds: &'static str,
    /// A DAG on which exactly this rule reports.
    pub bad: &'static str,
    /// The DAG mended.
    pub good: &'static str,
    /// Whether the finding says that something is missing: such a finding is held back in a
    /// document with a syntax error, since the missing part may be what could not be read.
    pub absence: bool,
    /// Looks for it in one document. `None` when the parser or the model reports it.
    pub check: Option<fn(&Context<'_>, &mut Sink)>,
}

impl Rule {
    /// The page of the rule on the web.
    pub fn url(&self) -> String {
        url(self.name)
    }

    /// The rule's page, as Markdown.
    pub fn page(&self) -> String {
        let Self { name, summary, why, grounds, bad, good, .. } = self;
        let severity = self.severity.name();
        format!(
            "# {name}\n\n{summary}\n\nSeverity: {severity}\n\n## Why\n\n{why}\n\n## Grounds\n\n{grounds}\n\n\
             ## Wrong\n\n```yaml\n{bad}```\n\n## Right\n\n```yaml\n{good}```\n"
        )
    }
}

/// The page of a rule on the web.
pub fn url(rule: &str) -> String {
    format!("https://github.com/dagu-rs/dagu-rs/blob/main/docs/rules/{rule}.md")
}

/// What a rule looks at: one document of a file.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The parsed text.
    pub tree: &'a Tree,
    /// The document.
    pub workflow: &'a Workflow,
    /// All documents of the file, this one included.
    pub workflows: &'a [Workflow],
    /// What is known of the machine.
    pub facts: &'a Facts,
}

/// Where a rule puts its findings.
#[derive(Debug)]
pub struct Sink {
    rule: &'static Rule,
    found: Vec<Diagnostic>,
}

impl Sink {
    /// Reports a finding with the rule's own severity.
    pub fn report(&mut self, span: Span, message: impl Into<String>) {
        self.push(self.finding(span, message));
    }

    /// A finding with the rule's own severity, to be completed and pushed.
    #[must_use]
    pub fn finding(&self, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(self.rule.name, self.rule.severity, span, message)
    }

    /// Reports a finding.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.found.push(diagnostic);
    }
}

/// Runs every rule on one document.
pub(crate) fn check(context: &Context<'_>) -> Vec<Diagnostic> {
    ALL.iter()
        .flat_map(|rule| {
            let mut sink = Sink { rule, found: Vec::new() };
            if let Some(check) = rule.check {
                check(context, &mut sink);
            }
            sink.found
        })
        .collect()
}

/// The rule with this name.
pub fn find(name: &str) -> Option<&'static Rule> {
    ALL.iter().copied().find(|rule| rule.name == name)
}

macro_rules! rules {
    ($($module:ident),* $(,)?) => {
        $(mod $module;)*
        /// Every rule, by name.
        pub static ALL: &[&Rule] = &[$(&$module::RULE),*];
    };
}

rules! {
    yaml_duplicate_key,
    yaml_syntax,
    yaml_too_large,
    yaml_undefined_alias,
}
