use std::cell::LazyCell;
use std::sync::{Arc, LazyLock};

use hashbrown::{HashMap, HashSet};

use super::secret_invalid::MANAGED;
use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::source::Span;
use crate::suggest::{Slip, Slips, slip};
use crate::syntax::Node;
use crate::workflow::env::is_variable_name;
use crate::workflow::mention::{self, Mention, Owner};
use crate::workflow::provider::PROVIDERS;
use crate::workflow::reference::{self, Target};
use crate::workflow::{EnvEntry, Step, Workflow};

pub(super) static RULE: Rule = Rule {
    name: "variable-misspelt",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A variable that nothing in sight defines, and whose name is nearly that of one that is defined.",
    why: "Nothing complains about a variable that does not exist. `${env.NAME}` stays as it is, so that a shell fails with `bad substitution` and any other program receives the `${...}` itself; `$NAME` in a shell is empty. Only a name that looks like a slip of one that the DAG defines is reported: others may come from the base configuration, a profile or a dotenv file.",
    grounds: "Engine, by runs: `${env.NAME}` is replaced from the DAG's env, params, secrets, dotenv files, outputs and the step's env, and from a few variables of the process (`HOME`, `PATH`, `LANG`, ...); of others of the process only in the root `env`. What has no value stays, and a shell rejects it.",
    bad: "env:\n\
        \x20 - DATA_DIR: /srv/data\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: ls \"${env.DATA_DRI}\"\n",
    good: "env:\n\
        \x20 - DATA_DIR: /srv/data\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: ls \"${env.DATA_DIR}\"\n",
    absence: true,
    check: Check::Document(check),
};

/// Variables that a process or a shell has without anyone saying so.
const USUAL: &[&str] = &[
    "PATH", "HOME", "USER", "SHELL", "TMPDIR", "TERM", "EDITOR", "VISUAL", "LANG", "TZ", "LD_LIBRARY_PATH", "PWD", "OLDPWD", "LOGNAME", "HOSTNAME", "IFS",
    "UID", "EUID", "PPID", "RANDOM", "SECONDS", "LINENO", "REPLY", "OPTARG", "OPTIND", "SHLVL", "HOSTTYPE", "OSTYPE", "FUNCNAME", "PIPESTATUS", "CI",
    "ITEM",
];
const USUAL_STARTS: &[&str] = &["LC_", "XDG_", "DOCKER_", "KUBERNETES_", "BASH", "GITHUB_", "CI_", "WEBHOOK_"];

/// Variables that the engine sets for a step, beside those of every run.
const ENGINE: &[&str] = &["DAGU_OUTPUT_FILE", "DAG_WAITING_STEPS", "ITEM"];

/// Variables that many programs read, or many DAGs have, beside the credentials of the agents.
const WELL_KNOWN: &[&str] = &[
     "PYTHONUNBUFFERED", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "NODE_ENV", "NODE_OPTIONS", "JAVA_HOME", "CARGO_HOME",
    "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "GOOGLE_CLOUD_PROJECT", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSH_AUTH_SOCK", "KUBECONFIG",
    "DATABASE_URL", "REDIS_URL", "PGPASSWORD", "PGDATABASE", "POSTGRES_PASSWORD", "POSTGRES_USER", "MYSQL_ROOT_PASSWORD", "DEBIAN_FRONTEND",
    "DOCKER_HOST", "LD_LIBRARY_PATH", "SLACK_WEBHOOK_URL", "LOG_LEVEL", "LOG_DIR", "DATA_DIR", "OUTPUT_DIR", "INPUT_DIR", "BACKUP_DIR", "ENVIRONMENT", "DB_PASSWORD", "DB_HOST", "DB_USER", "SMTP_USER", "SMTP_PASS", "SMTP_PASSWORD", "REDIS_PASSWORD", "API_TOKEN", "API_KEY",
];

static SLIPS_OF_WELL_KNOWN: LazyLock<Slips<'static>> = LazyLock::new(|| {
    let credentials = PROVIDERS.iter().flat_map(|provider| provider.credentials.iter().copied());
    Slips::of(WELL_KNOWN.iter().chain(ENGINE).copied().chain(MANAGED).chain(credentials))
});

/// Names reported: each costs a search for its place, and of so many the first are enough.
const MOST: usize = 100;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let declared = declared(workflow);
    let source = context.tree.text.get(workflow.node.span.range()).unwrap_or_default();
    let well_known = &*SLIPS_OF_WELL_KNOWN;
    let is_well_known = |name: &str| WELL_KNOWN.contains(&name) || MANAGED.contains(&name) || workflow.is_known_credential(name);
    // Both are asked for only where something is unknown.
    let words = LazyCell::new(|| Words::of(source));
    let slips = LazyCell::new(|| Slips::of(declared.keys().copied()));
    let unread = |name: &str| declared.get(name).is_some_and(|declared| words.all(name) <= declared.count);
    let values = LazyCell::new(|| -> HashMap<*const Node, &str> {
        workflow.env.iter().map(|entry| (Arc::as_ptr(&entry.source.0), entry.name.value.as_str())).collect()
    });
    // A dotenv file that the DAG names may define what it likes; here it is not.
    let is_open = workflow.node.get_some("dotenv").is_some() && context.facts.dotenv.is_empty();
    let settings = mention::in_settings(workflow);
    let mut reported = HashSet::new();
    let mut blamed = HashSet::new();
    let mut reads_a_script: HashMap<*const Node, bool> = HashMap::new();
    for mention in workflow.mentions().iter().chain(&settings).filter(|mention| !mention.foreign && !mention.reference.quoted) {
        let Some((name, strict)) = variable(mention) else { continue };
        let known = declared.contains_key(name) || context.facts.variables.contains(name) || context.facts.dotenv.contains(name);
        if known || is_open || is_usual(name) || reported.contains(name) || reported.len() >= MOST {
            continue;
        }
        let mut node_reads_a_script =
            || *reads_a_script.entry(Arc::as_ptr(&mention.node)).or_insert_with(|| self::reads_a_script(&mention.node));
        if !strict && (words.bare.contains(name) || node_reads_a_script()) {
            continue; // the script may assign it
        }
        let in_root_env = mention.owner == Owner::Document;
        let own = values.get(&Arc::as_ptr(&mention.node)).filter(|_| in_root_env);
        let accept = |near: &str, slip: Slip| {
            own.is_none_or(|&own| own != near) && is_convincing(name, near, slip, strict && !in_root_env, unread(near))
        };
        let at = mention.range().start + mention.written().find(name).unwrap_or(0);
        let place = context.span_in(&mention.node, at..at + name.len());
        let declaration = slips.find(name, accept).and_then(|(near, _)| Some((near, declared.get(near)?)));
        let Some((near, declaration)) = declaration else {
            let accept = |_: &str, slip: Slip| slip == Slip::OddSuffix || (slip == Slip::Letter && name.len() > 6);
            if let Some((near, _)) = well_known.find(name, accept).filter(|_| !is_well_known(name)) {
                reported.insert(name);
                let whole = context.span_in(&mention.node, mention.range());
                sink.push(
                    sink.finding(whole, format!("`{}` has no value: nothing in this file defines `{name}`", mention.written()))
                        .help(format!("did you mean `{near}`?"))
                        .fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, place, near)),
                );
            }
            continue;
        };
        reported.insert(name);
        // One declaration against several places that agree: the declaration is the slip.
        sink.push(if unread(near) && words.all(name) > 1 {
            blamed.insert(near);
            let message = format!("nothing reads `{near}`, and nothing defines `{name}`, which is read");
            sink.finding(declaration.span, message)
                .related(place, format!("`{name}` is read here"))
                .help(format!("did you mean `{name}`?"))
                .fix(Fix::replace(format!("Rename to `{name}`"), Safety::Unsafe, declaration.span, name))
        } else {
            let whole = context.span_in(&mention.node, mention.range());
            sink.finding(whole, format!("`{}` has no value: nothing in this file defines `{name}`", mention.written()))
                .related(declaration.span, format!("`{near}` is declared here"))
                .help(format!("did you mean `{near}`?"))
                .fix(Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, place, near))
        });
    }
    let containers = workflow.container.iter().chain(workflow.every_step().filter_map(|step| step.container.as_deref()));
    let entries = workflow.env.iter().chain(workflow.every_step().flat_map(|step| &step.env)).chain(containers.flat_map(|container| &container.env));
    for entry in entries {
        let name = entry.name.value.as_str();
        if blamed.contains(name) {
            continue;
        }
        let usual = well_known.find(name, |near, slip| slip == Slip::Letter && name.len() > 5 && !is_a_style(name, near));
        if let Some((meant, _)) = usual.filter(|(meant, _)| unread(name) && !is_well_known(name) && !declared.contains_key(meant)) {
            sink.push(
                sink.finding(entry.name.span, format!("nothing here reads `{name}`, and a letter is all that parts it from the usual `{meant}`"))
                    .help(format!("did you mean `{meant}`?"))
                    .fix(Fix::replace(format!("Rename to `{meant}`"), Safety::Unsafe, entry.name.span, meant)),
            );
            continue;
        }
        let Some(meant) = source_name(entry).filter(|meant| unread(name) && !reported.contains(meant.as_str())) else { continue };
        let message = format!("`{name}` differs by a letter from `{}`, which it takes its value from, and nothing here reads it", entry.value.trim());
        sink.push(
            sink.finding(entry.name.span, message)
                .help(format!("did you mean `{meant}`?"))
                .fix(Fix::replace(format!("Rename to `{meant}`"), Safety::Unsafe, entry.name.span, meant.as_str())),
        );
    }
}

/// A name that the DAG gives a value.
struct Declared {
    span: Span,
    count: usize,
}

fn declared(workflow: &Workflow) -> HashMap<&str, Declared> {
    let outputs = workflow.every_step().filter_map(Step::output_variable);
    let containers = workflow.container.iter().chain(workflow.every_step().filter_map(|step| step.container.as_deref()));
    let names = (workflow.env.iter())
        .chain(workflow.defaults.iter().flat_map(|defaults| &defaults.env))
        .chain(workflow.every_step().flat_map(|step| &step.env))
        .chain(containers.flat_map(|container| &container.env))
        .map(|entry| &entry.name)
        .chain(workflow.params.iter().map(|param| &param.name))
        .chain(workflow.secrets.iter().map(|secret| &secret.name))
        .chain(outputs);
    let mut declared: HashMap<&str, Declared> = HashMap::new();
    for name in names.filter(|name| is_variable_name(&name.value)) {
        declared.entry(name.value.as_str()).or_insert(Declared { span: name.span, count: 0 }).count += 1;
    }
    declared
}

/// The variable that a reference names, and whether only the engine resolves it (`${env.NAME}`).
fn variable(mention: &Mention) -> Option<(&str, bool)> {
    let (name, strict) = match &mention.reference.target {
        Target::Value { namespace, path } if namespace == "env" => (path.trim(), true),
        Target::Variable { name, operator } => {
            // `${NAME:-default}` is made for a name that may not be there.
            let expects_none = operator.as_ref().is_some_and(|operator| operator.trim_start_matches(':').starts_with(['-', '+', '?', '=']));
            (Some(name.as_str()).filter(|_| !expects_none)?, false)
        }
        _ => return None,
    };
    (is_variable_name(name) && name.len() > 2).then_some((name, strict))
}

fn is_usual(name: &str) -> bool {
    MANAGED.contains(&name) || ENGINE.contains(&name) || USUAL.contains(&name) || USUAL_STARTS.iter().any(|start| name.starts_with(start))
}

/// Whether the text runs another script in its own shell, which may set anything.
fn reads_a_script(node: &Node) -> bool {
    const READS: &[&str] = &["source ", "eval ", ". /", ". ./", ". \"", ". $", "export $("];
    // What stands in a quoted here-document, or is the program of another language, is not the shell's.
    const FOREIGN: &[&str] = &["<<'", "<<\"", "<<-'", "<<-\"", "<< '", "<<\\", "php", "perl", "$$"];
    node.text().is_some_and(|text| READS.iter().chain(FOREIGN).any(|word| text.contains(word)))
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

/// Whether the names only differ in whether words are parted, as in `LOGDIR` for `LOG_DIR`.
fn is_a_style(written: &str, name: &str) -> bool {
    let count = |text: &str| text.matches('_').count();
    count(written) != count(name) && written.replace('_', "") == name.replace('_', "") && !written.contains("__")
}

/// The name of which an entry's own is a slip: the one that its whole value is taken from.
fn source_name(entry: &EnvEntry) -> Option<String> {
    let value = entry.value.trim();
    let found = reference::find(value);
    let [reference] = found.as_slice() else { return None };
    let Target::Value { namespace, path } = &reference.target else { return None };
    let whole = reference.range == (0..value.len()) && matches!(namespace.as_str(), "params" | "env" | "consts" | "steps");
    let path = if namespace == "steps" { path.rsplit_once(".outputs.")?.1 } else { path.as_str() };
    let capitals = !entry.name.value.contains(|c: char| c.is_lowercase());
    let meant = if capitals { path.to_uppercase() } else { path.to_owned() };
    (whole && is_variable_name(&meant) && meant.len() >= 6 && slip(&entry.name.value, &meant) == Some(Slip::Letter)).then_some(meant)
}

/// How often each word stands in a text.
struct Words<'a> {
    counts: HashMap<&'a str, usize>,
    /// Words that stand without a `$`: what a script assigns is among them.
    bare: HashSet<&'a str>,
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

    fn all(&self, name: &str) -> usize {
        self.counts.get(name).copied().unwrap_or(0)
    }
}
