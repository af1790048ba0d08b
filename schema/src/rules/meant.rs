//! Which variable is meant by a name that nothing defines: one that the DAG defines, or a usual one.

use std::cell::OnceCell;
use std::sync::LazyLock;

use hashbrown::{HashMap, HashSet};

use super::Context;
use super::secret_invalid::MANAGED;
use crate::source::Span;
use crate::suggest::{Slip, Slips};
use crate::workflow::Workflow;
use crate::workflow::env::is_variable_name;
use crate::workflow::provider::PROVIDERS;

/// Variables that a process or a shell has without anyone saying so.
const USUAL: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "SHELL",
    "TMPDIR",
    "TERM",
    "EDITOR",
    "VISUAL",
    "LANG",
    "TZ",
    "LD_LIBRARY_PATH",
    "PWD",
    "OLDPWD",
    "LOGNAME",
    "HOSTNAME",
    "IFS",
    "UID",
    "EUID",
    "PPID",
    "RANDOM",
    "SECONDS",
    "LINENO",
    "REPLY",
    "OPTARG",
    "OPTIND",
    "SHLVL",
    "HOSTTYPE",
    "OSTYPE",
    "FUNCNAME",
    "PIPESTATUS",
    "CI",
    "ITEM",
];
const USUAL_STARTS: &[&str] = &["LC_", "XDG_", "DOCKER_", "KUBERNETES_", "BASH", "GITHUB_", "CI_", "WEBHOOK_"];

/// Variables that the engine sets for a step, beside those of every run.
const ENGINE: &[&str] = &["DAGU_OUTPUT_FILE", "DAG_WAITING_STEPS", "ITEM"];

/// Whether a variable means something to the engine or to every process, whatever a DAG says of it.
pub(crate) fn is_process_variable(name: &str) -> bool {
    let is_set = USUAL.contains(&name) || ENGINE.contains(&name);
    is_set || ["DAG_", "DAGU_"].iter().chain(USUAL_STARTS).any(|start| name.starts_with(start))
}

/// Variables that many programs read, or many DAGs have, beside the credentials of the agents.
const WELL_KNOWN: &[&str] = &[
    "PYTHONUNBUFFERED",
    "PYTHONPATH",
    "PYTHONDONTWRITEBYTECODE",
    "VIRTUAL_ENV",
    "NODE_ENV",
    "NODE_OPTIONS",
    "JAVA_HOME",
    "CARGO_HOME",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "GOOGLE_CLOUD_PROJECT",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "SSH_AUTH_SOCK",
    "KUBECONFIG",
    "DATABASE_URL",
    "REDIS_URL",
    "PGPASSWORD",
    "PGDATABASE",
    "POSTGRES_PASSWORD",
    "POSTGRES_USER",
    "MYSQL_ROOT_PASSWORD",
    "DEBIAN_FRONTEND",
    "DOCKER_HOST",
    "LD_LIBRARY_PATH",
    "SLACK_WEBHOOK_URL",
    "LOG_LEVEL",
    "LOG_DIR",
    "DATA_DIR",
    "OUTPUT_DIR",
    "INPUT_DIR",
    "BACKUP_DIR",
    "ENVIRONMENT",
    "DB_PASSWORD",
    "DB_HOST",
    "DB_USER",
    "SMTP_USER",
    "SMTP_PASS",
    "SMTP_PASSWORD",
    "REDIS_PASSWORD",
    "API_TOKEN",
    "API_KEY",
];

static SLIPS_OF_WELL_KNOWN: LazyLock<Slips<'static>> = LazyLock::new(|| {
    let credentials = PROVIDERS.iter().flat_map(|provider| provider.credentials.iter().copied());
    Slips::of(WELL_KNOWN.iter().chain(ENGINE).copied().chain(MANAGED).chain(credentials))
});

/// The names that a document gives a value, to which others are compared.
pub(super) struct Names<'a> {
    workflow: &'a Workflow,
    source: &'a str,
    declared: HashMap<&'a str, Declared>,
    // Both are asked for only where something is unknown.
    words: OnceCell<Words<'a>>,
    slips: OnceCell<Slips<'a>>,
}

/// A name that the DAG gives a value.
pub(super) struct Declared {
    /// Where it stands, each time with the entry that it is of.
    places: Vec<(Span, Span)>,
}

impl Declared {
    /// Where it stands: where there is a choice, in another entry than the one in which this is.
    pub(super) fn span(&self, beside: Span) -> Option<Span> {
        let other = self.places.iter().find(|(_, entry)| !entry.contains(beside));
        other.or(self.places.first()).map(|&(name, _)| name)
    }
}

/// The name that was meant.
pub(super) enum Meant<'n, 'a> {
    /// One that the DAG defines.
    Defined(&'a str, &'n Declared),
    /// One that many programs read.
    Usual(&'static str),
}

impl<'a> Names<'a> {
    pub(super) fn of(context: &Context<'a>) -> Self {
        let workflow = context.workflow;
        let source = context.tree.text.get(workflow.node.span.range()).unwrap_or_default();
        Self { workflow, source, declared: declared(workflow), words: OnceCell::new(), slips: OnceCell::new() }
    }

    /// Whether something in the document gives it a value.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.declared.contains_key(name)
    }

    /// Whether nothing but its declarations has the name.
    pub(super) fn is_unread(&self, name: &str) -> bool {
        self.declared.get(name).is_some_and(|declared| self.words().all(name) <= declared.places.len())
    }

    pub(super) fn words(&self) -> &Words<'a> {
        self.words.get_or_init(|| Words::of(self.source))
    }

    /// The name of which this one is surely a slip. `strict`: whether only the engine resolves it;
    /// `but_for`: a name that it cannot be.
    pub(super) fn meant(&self, name: &str, strict: bool, but_for: Option<&str>) -> Option<Meant<'_, 'a>> {
        if is_usual(name) {
            return None;
        }
        let slips = self.slips.get_or_init(|| Slips::of(self.declared.keys().copied()));
        let accept = |near: &str, slip: Slip| Some(near) != but_for && is_convincing(name, near, slip, strict, self.is_unread(near));
        if let Some((near, declared)) = slips.find(name, accept).and_then(|(near, _)| Some((near, self.declared.get(near)?))) {
            return Some(Meant::Defined(near, declared));
        }
        let accept = |slip: Slip| slip == Slip::OddSuffix || (slip == Slip::Letter && name.len() > 6);
        self.usual(name, |_, slip| accept(slip)).map(Meant::Usual)
    }

    /// The usual name of which this one, which is none, is a slip.
    pub(super) fn usual(&self, name: &str, accept: impl Fn(&str, Slip) -> bool) -> Option<&'static str> {
        let is_known = || WELL_KNOWN.contains(&name) || MANAGED.contains(&name) || self.workflow.is_known_credential(name);
        SLIPS_OF_WELL_KNOWN.find(name, accept).filter(|_| !is_known()).map(|(near, _)| near)
    }
}

fn declared(workflow: &Workflow) -> HashMap<&str, Declared> {
    let (mut of_steps, mut of_containers, mut outputs) = (Vec::new(), Vec::new(), Vec::new());
    for step in workflow.every_step() {
        of_steps.extend(&step.env);
        of_containers.extend(step.container.iter().flat_map(|container| &container.env));
        outputs.extend(step.output_variable());
    }
    let entries = (workflow.env.iter())
        .chain(workflow.defaults.iter().flat_map(|defaults| &defaults.env))
        .chain(of_steps)
        .chain(workflow.container.iter().flat_map(|container| &container.env))
        .chain(of_containers)
        .map(|entry| (&entry.name, entry.span));
    let others = (workflow.params.iter().map(|param| &param.name))
        .chain(workflow.secrets.iter().map(|secret| &secret.name))
        .chain(outputs)
        .map(|name| (name, name.span));
    let mut declared: HashMap<&str, Declared> = HashMap::new();
    for (name, entry) in entries.chain(others).filter(|(name, _)| is_variable_name(&name.value)) {
        declared.entry(name.value.as_str()).or_insert(Declared { places: Vec::new() }).places.push((name.span, entry));
    }
    declared
}

fn is_usual(name: &str) -> bool {
    MANAGED.contains(&name) || ENGINE.contains(&name) || USUAL.contains(&name) || USUAL_STARTS.iter().any(|start| name.starts_with(start))
}

/// Whether the one is surely a slip of the other: a name that nothing reads is waiting for its
/// reader, while another one that is read may have a sister.
fn is_convincing(written: &str, name: &str, slip: Slip, strict: bool, unread: bool) -> bool {
    let length = written.len().min(name.len());
    match slip {
        Slip::OddSuffix => true,
        Slip::Letter => length >= 3 && (unread || length >= if strict { 5 } else { 7 }),
        Slip::Case => strict,
        Slip::Ending => unread && length >= if strict { 4 } else { 6 },
        Slip::Suffix => unread,
    }
}

/// How often each word stands in a text.
pub(super) struct Words<'a> {
    counts: HashMap<&'a str, usize>,
    /// Words that stand without a `$`: what a script assigns is among them.
    pub(super) bare: HashSet<&'a str>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let mut words = Self { counts: HashMap::new(), bare: HashSet::new() };
        let mut at = 0;
        for word in text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')) {
            let before = text.get(..at).unwrap_or_default();
            if !word.is_empty() {
                *words.counts.entry(word).or_default() += 1;
                if !before.ends_with('$') && !before.ends_with("${") && !before.ends_with("${env.") {
                    words.bare.insert(word);
                }
            }
            at += word.len() + text.get(at + word.len()..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        }
        words
    }

    pub(super) fn all(&self, name: &str) -> usize {
        self.counts.get(name).copied().unwrap_or(0)
    }
}
