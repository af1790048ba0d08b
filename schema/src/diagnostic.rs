//! What a rule has to say about a place in the text. Plain data: each report format and the
//! language server translate it at their own edge.

use crate::source::Span;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// A suggestion; never fails a check by default.
    Hint,
    /// Worth knowing.
    Info,
    /// Will probably not do what the author expects, or exposes something.
    Warning,
    /// The DAG does not load, or a run of it fails.
    Error,
}

impl Severity {
    /// The lower-case name used in reports and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// How sure it is that a finding is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Confidence {
    /// Depends on what the file cannot say; reported when asked for.
    Maybe,
    /// Nearly always a mistake, or true and a matter of weighing.
    Likely,
    /// The engine refuses, fails or ignores it, whatever else is true.
    Certain,
}

impl Confidence {
    /// Each, the surest first.
    pub const ALL: [Self; 3] = [Self::Certain, Self::Likely, Self::Maybe];

    /// The lower-case name used in reports and options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Certain => "certain",
            Self::Likely => "likely",
            Self::Maybe => "maybe",
        }
    }
}

/// Whether a fix may be applied without a person looking at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Safety {
    /// Keeps or restores what the author meant.
    Safe,
    /// Changes what the DAG does, or guesses.
    Unsafe,
}

impl Safety {
    /// The lower-case name used in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// One replacement in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there afterwards.
    pub text: String,
}

/// A change that removes a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the change does, in the imperative.
    pub title: String,
    /// Whether it may be applied unseen.
    pub safety: Safety,
    /// The edits; they do not overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// A fix of some edits.
    pub fn of(title: impl Into<String>, safety: Safety, edits: Vec<Edit>) -> Self {
        Self { title: title.into(), safety, edits }
    }

    /// A fix of one replacement.
    pub fn replace(title: impl Into<String>, safety: Safety, span: Span, text: impl Into<String>) -> Self {
        Self { title: title.into(), safety, edits: vec![Edit { span, text: text.into() }] }
    }
}

/// Another place that belongs to a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Related {
    /// Where.
    pub span: Span,
    /// What is there.
    pub message: String,
}

/// A finding. Its span is never empty where the text has a character to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The kebab-case name of the rule.
    pub rule: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// Whether the engine refuses to load a DAG with it, so that `validate` fails.
    pub refused: bool,
    /// What is wrong and why it matters, in the words of the author's YAML.
    pub message: String,
    /// The exact place.
    pub span: Span,
    /// Further places.
    pub related: Vec<Related>,
    /// What to do about it.
    pub help: Option<String>,
    /// Changes that would remove it.
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    /// A finding of a rule with the severity given; the engine is taken to refuse what is an error.
    pub fn new(rule: &'static str, severity: Severity, span: Span, message: impl Into<String>) -> Self {
        let refused = severity == Severity::Error;
        Self { rule, severity, refused, message: message.into(), span, related: Vec::new(), help: None, fixes: Vec::new() }
    }

    /// Says whether the engine refuses to load a DAG with it.
    #[must_use]
    pub fn refused(mut self, refused: bool) -> Self {
        self.refused = refused;
        self
    }

    /// Makes it a warning about a DAG that the engine loads all the same.
    #[must_use]
    pub fn loads(self) -> Self {
        Self { severity: Severity::Warning, refused: false, ..self }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push(Related { span, message: message.into() });
        self
    }

    /// Adds a change that would remove it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fixes.push(fix);
        self
    }
}
