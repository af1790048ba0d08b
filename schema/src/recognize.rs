//! Which texts are DAGs, and which are too large to be one.

use std::borrow::Cow;

use crate::model;
use crate::suggest::{nearest, snake_case};

/// Bytes above which a text is not read: no DAG is that long, and its tree would cost memory many
/// times its size.
pub const LARGEST_TEXT: usize = 16 << 20;

/// Whether a YAML text of which nobody said what it is, is a DAG.
///
/// It has the key `steps` at the left margin (or first in braces), or a slip of it above something
/// that is run; and its keys, at the margin and in the steps, are not those of another tool that
/// calls its steps so. It is another tool's when a key tells of that tool and none is a DAG's that
/// the tool does not know: one `depends` or `schedule` makes a DAG, whatever stands beside it, and so
/// does what no table knows. A comment at the margin that is addressed to dagu-rs, or names the
/// schema of a DAG, settles it. A file of several documents is a DAG if one of them is.
///
/// This rests on lines and their indents alone: the text may be broken anywhere, and each YAML file
/// of a folder is asked about.
pub fn looks_like_dag(text: &str) -> bool {
    let text = text.trim_start_matches('\u{feff}');
    let start = text.trim_start();
    if start.starts_with('{') && !start.starts_with("{{") {
        return text.contains("steps");
    }
    let mut document = Document::default();
    // A slip is looked for only where nothing is spelt right.
    let is_spelt = text.starts_with("steps") || text.contains("\nsteps") || text.contains("\rsteps");
    let mut slips = is_spelt.then_some(false);
    // Only a template can take back that a document is a DAG.
    let may_be_template = text.starts_with("{{") || text.contains("\n{{") || text.contains("\r{{");
    for line in lines(text) {
        if line.starts_with("---") {
            if document.is_dag() {
                return true;
            }
            document = Document::default();
        } else if is_settled_by(line) {
            document.settled = true;
        } else {
            document.read(line, || *slips.get_or_insert_with(|| has_something_run(text)));
        }
        if document.has_steps && document.possible == 0 && !may_be_template {
            return true;
        }
    }
    document.is_dag()
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memchr2(b'\n', b'\r', text.as_bytes());
        rest = end.and_then(|end| text.get(end + 1..));
        end.map_or(Some(text), |end| text.get(..end))
    })
}

/// Whether the line is a comment that only a DAG has.
fn is_settled_by(line: &str) -> bool {
    let Some(comment) = line.strip_prefix('#') else { return false };
    let comment = comment.trim_start();
    comment.starts_with("dagu-rs:") || (comment.contains("$schema=") && (comment.contains("dagu") || comment.contains("dag.schema.json")))
}

fn has_something_run(text: &str) -> bool {
    lines(text).any(|line| matches!(key(line.trim_start_matches([' ', '-'])), Some("run" | "action")))
}

/// What the lines of a document have told so far.
#[derive(Debug)]
struct Document {
    has_steps: bool,
    settled: bool,
    /// Whether a template has a line of its own, which is no YAML.
    is_template: bool,
    /// The tools that a key tells of.
    told: Tools,
    /// The tools that know every DAG's key that was met.
    possible: Tools,
    block: Block,
}

/// Where in the steps a line is.
#[derive(Clone, Copy, Debug)]
enum Block {
    /// Not in the steps.
    Outside,
    /// Below `steps:`, before its first line.
    Start,
    /// In a list or mapping of steps whose dashes or names have this indent.
    Steps {
        outer: usize,
        is_list: bool,
        /// The indent of the keys of the step, once one was met.
        keys: Option<usize>,
        /// The key is `run` without a value, so that the next line says which kind of `run` it is.
        after_run: bool,
    },
}

impl Default for Document {
    fn default() -> Self {
        Self { has_steps: false, settled: false, is_template: false, told: 0, possible: !0, block: Block::Outside }
    }
}

impl Document {
    fn is_dag(&self) -> bool {
        self.has_steps && (self.settled || (!self.is_template && self.told & self.possible == 0))
    }

    /// Reads the next line. `may_slip` says whether another key can stand for `steps`.
    fn read(&mut self, line: &str, may_slip: impl FnOnce() -> bool) {
        let content = line.trim_start_matches(' ');
        let indent = line.len() - content.len();
        if content.is_empty() || content.starts_with('#') {
            return;
        }
        if indent == 0 && content.starts_with("{{") {
            self.is_template = true;
            return;
        }
        if indent == 0 && !(content == "-" || content.starts_with("- ")) {
            self.block = Block::Outside;
            if let Some(key) = key(line) {
                self.root(key, may_slip);
            }
            return;
        }
        if indent == 1 && key(content) == Some("steps") && may_slip() {
            self.has_steps = true;
            self.block = Block::Start;
            return;
        }
        match self.block {
            Block::Outside => {}
            Block::Start => {
                let is_list = content.starts_with('-');
                self.block = Block::Steps { outer: indent, is_list, keys: None, after_run: false };
                if is_list {
                    self.item(indent, content);
                } else {
                    self.step_name(content);
                }
            }
            Block::Steps { outer, is_list, keys, after_run } => {
                if after_run {
                    // In a DAG `run` is text or a list.
                    self.told |= if key(content) == Some("command") { CIRCLE } else { 0 };
                    self.block = Block::Steps { outer, is_list, keys, after_run: key(content) == Some("name") };
                }
                match keys {
                    _ if indent <= outer && (is_list || content.starts_with('-')) => self.item(indent, content),
                    _ if indent <= outer => {
                        self.block = Block::Steps { outer, is_list, keys: None, after_run: false };
                        self.step_name(content);
                    }
                    None => self.step_key(outer, is_list, indent, content),
                    Some(keys) if keys == indent => self.step_key(outer, is_list, indent, content),
                    Some(_) => {}
                }
            }
        }
    }

    fn root(&mut self, key: &str, may_slip: impl FnOnce() -> bool) {
        if key == "steps" || (may_slip() && nearest(key, ["steps"]).is_some()) {
            self.has_steps = true;
            self.block = Block::Start;
            return;
        }
        self.told |= told_by_root(key);
        self.possible &= knowing_root(key);
    }

    /// The line of a list of steps that starts with a dash.
    fn item(&mut self, indent: usize, content: &str) {
        let within = content.trim_start_matches(['-', ' ']);
        let keys = indent + content.len() - within.len();
        if within.is_empty() || within.starts_with('#') {
            self.block = Block::Steps { outer: indent, is_list: true, keys: None, after_run: false };
        } else if within.starts_with('{') {
            self.block = Block::Steps { outer: indent, is_list: true, keys: Some(usize::MAX), after_run: false };
            within.split(['{', ',']).filter_map(|part| key(part.trim_start())).for_each(|key| self.step(key, ""));
        } else if key(within).is_some_and(|key| !key.contains(' ') || key.starts_with("${{")) {
            self.step_key(indent, true, keys, within);
        } else {
            self.block = Block::Steps { outer: indent, is_list: true, keys: Some(usize::MAX), after_run: false };
            self.word(within);
        }
    }

    /// The line of a mapping of steps that names one, or, where the dash was forgotten, that of a step.
    fn step_name(&mut self, content: &str) {
        self.possible &= key(content).map_or(!0, knowing_step);
    }

    fn step_key(&mut self, outer: usize, is_list: bool, indent: usize, content: &str) {
        let Some(key) = key(content) else { return };
        let value = content.split_once(':').map_or("", |(_, value)| value.trim());
        let after_run = key == "run" && (value.is_empty() || value.starts_with('#'));
        self.block = Block::Steps { outer, is_list, keys: Some(indent), after_run };
        self.step(key, value);
    }

    /// A key of a step.
    fn step(&mut self, key: &str, value: &str) {
        self.told |= match key {
            "name" if is_of_registry(value) => CLOUD_BUILD,
            "uses" if value.contains('@') || value.contains("./") || value.contains("docker://") => GITHUB,
            "run" if value.contains("<< parameters.") || value.contains("<<parameters.") => CIRCLE,
            _ => told_by_step(key),
        };
        self.possible &= knowing_step(key);
    }

    /// A step that is a text: a command of a DAG, unless it is a word of another tool.
    fn word(&mut self, text: &str) {
        let word = text.split(" #").next().unwrap_or(text).trim().trim_matches(['"', '\'']);
        match word {
            "wait" | "waiter" | "block" | "input" => {
                self.told |= BUILDKITE;
                self.possible &= BUILDKITE;
            }
            _ if word.starts_with("${{") => {
                self.told |= AZURE;
                self.possible &= AZURE;
            }
            "checkout" | "setup_remote_docker" | "add_ssh_keys" => {
                self.told |= CIRCLE;
                self.possible &= CIRCLE;
            }
            // A command of an orb or of the file's own.
            _ if !word.contains(' ') => self.possible &= CIRCLE,
            _ => self.possible = 0,
        }
    }
}

/// Whether the name of a step is an image with its registry.
fn is_of_registry(name: &str) -> bool {
    let name = name.trim_matches(['"', '\'']);
    name.split_once('/').is_some_and(|(registry, image)| registry.contains('.') && !registry.starts_with('.') && !image.is_empty())
        && !name.contains(' ')
}

/// A set of tools whose files have `steps` at the left margin.
type Tools = u16;

const AZURE: Tools = 1;
const CLOUD_BUILD: Tools = 1 << 1;
const BUILDKITE: Tools = 1 << 2;
/// Drone and Woodpecker.
const DRONE: Tools = 1 << 3;
/// Commands and jobs of CircleCI's orbs.
const CIRCLE: Tools = 1 << 4;
/// Actions of GitHub, and what is called so elsewhere.
const GITHUB: Tools = 1 << 5;
/// Objects with a `kind`: of Kubernetes, of Garden.
const OBJECT: Tools = 1 << 6;
const CODEFRESH: Tools = 1 << 7;
/// The Common Workflow Language, and Galaxy.
const CWL: Tools = 1 << 8;
/// Tests of APIs: runn, scenarigo.
const API_TEST: Tools = 1 << 9;
/// Recipes of MLflow and runs of ZenML.
const TRAINING: Tools = 1 << 10;

/// The tools that a key at the left margin tells of.
fn told_by_root(key: &str) -> Tools {
    match key {
        "trigger" | "variables" => AZURE | DRONE,
        "pr" | "pool" | "schedules" | "extends" | "parameters" => AZURE,
        "stages" => AZURE | CODEFRESH,
        "images" | "substitutions" | "options" | "availableSecrets" | "logsBucket" | "serviceAccount" | "queueTtl" => CLOUD_BUILD,
        "agents" | "notify" => BUILDKITE,
        "when" | "clone" | "workspace" | "skip_clone" | "runs_on" | "platform" => DRONE,
        "kind" => DRONE | OBJECT,
        "apiVersion" => OBJECT,
        "cwlVersion" | "class" => CWL,
        "runners" => API_TEST,
        "recipe" | "target_col" | "primary_metric" | "enable_cache" | "enable_artifact_metadata" => TRAINING,
        _ => 0,
    }
}

/// The tools that a key of a step tells of.
fn told_by_step(key: &str) -> Tools {
    match key {
        "task" | "bash" | "pwsh" | "powershell" | "template" | "publish" | "download" | "displayName" | "continueOnError"
        | "timeoutInMinutes" => AZURE,
        "checkout" => AZURE | CIRCLE,
        _ if key.starts_with("${{") => AZURE,
        "args" | "waitFor" | "secretEnv" | "allowFailure" | "allowExitCodes" | "automapSubstitutions" => CLOUD_BUILD,
        "entrypoint" => CLOUD_BUILD | DRONE,
        "label" | "plugins" | "agents" | "key" | "wait" | "block" | "input" | "trigger" | "group" | "artifact_paths" | "soft_fail"
        | "concurrency_group" | "timeout_in_minutes" | "parallelism" => BUILDKITE,
        "image" => DRONE | CODEFRESH,
        "settings" => DRONE | TRAINING,
        "save_cache"
        | "restore_cache"
        | "persist_to_workspace"
        | "attach_workspace"
        | "store_artifacts"
        | "store_test_results"
        | "setup_remote_docker"
        | "add_ssh_keys"
        | "unless" => CIRCLE,
        "image_name" | "stage" | "repo" | "arguments" => CODEFRESH,
        "req" | "request" | "expect" | "protocol" | "bind" => API_TEST,
        "enable_cache" | "using" => TRAINING,
        _ => 0,
    }
}

/// The tools that know a key of a DAG's root: all, if it is none.
fn knowing_root(key: &str) -> Tools {
    let key = spelt(key);
    match &*key {
        "name" => AZURE | BUILDKITE | DRONE | GITHUB | OBJECT | API_TEST | TRAINING,
        "description" => CIRCLE | GITHUB | OBJECT | CODEFRESH | TRAINING,
        "type" => DRONE | OBJECT,
        "env" => BUILDKITE | GITHUB | OBJECT,
        "labels" => DRONE | OBJECT,
        "tags" => CLOUD_BUILD | TRAINING,
        "secrets" | "artifacts" => CLOUD_BUILD,
        "resources" => AZURE | OBJECT,
        "container" => AZURE,
        "shell" => CIRCLE,
        "schedule" => TRAINING,
        key if model::ROOT.field(key).is_some() => 0,
        _ => !0,
    }
}

/// The tools that know a key of a DAG's step: all, if it is none.
fn knowing_step(key: &str) -> Tools {
    let key = spelt(key);
    match &*key {
        "id" => CLOUD_BUILD | BUILDKITE | GITHUB | OBJECT | CWL,
        "name" => AZURE | CLOUD_BUILD | BUILDKITE | DRONE | GITHUB | OBJECT | CWL | TRAINING,
        "description" => OBJECT | CODEFRESH | API_TEST,
        "run" => CIRCLE | GITHUB | CWL,
        "with" => GITHUB,
        "env" => AZURE | CLOUD_BUILD | BUILDKITE | GITHUB | OBJECT | API_TEST,
        "dir" => CLOUD_BUILD | GITHUB,
        "inputs" => AZURE | OBJECT,
        "outputs" => OBJECT | TRAINING,
        "command" => BUILDKITE | OBJECT,
        "script" => AZURE | CLOUD_BUILD | OBJECT,
        "exec" => API_TEST,
        "shell" => GITHUB | CODEFRESH,
        "type" => BUILDKITE | OBJECT | CODEFRESH | CWL,
        "config" => OBJECT,
        "params" | "container" => OBJECT,
        "executor" | "precondition" => 0,
        key if model::STEP.field(key).is_some() => 0,
        _ => !0,
    }
}

/// A key as the tables of DAGs have it: older DAGs are written in camel case.
fn spelt(key: &str) -> Cow<'_, str> {
    if key.contains(|c: char| c.is_ascii_uppercase()) { snake_case(key).into() } else { key.into() }
}

/// The key that a line starts with, its quotes removed.
fn key(line: &str) -> Option<&str> {
    let (key, _) = line.split_once(':')?;
    let key = key.trim_end();
    let unquoted = ['"', '\''].iter().find_map(|&quote| key.strip_prefix(quote)?.strip_suffix(quote));
    Some(unquoted.unwrap_or(key))
}
