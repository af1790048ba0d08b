//! `dagu-rs.toml`: which rules report, how bad each finding is, and what providers of agents need.

mod export;
mod providers;
mod read;

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use dagu_schema::suppress::NEVER;
use dagu_schema::workflow::provider::Described;
use dagu_schema::{Analysis, Confidence, Diagnostic, Severity, rules};
use ignore::gitignore::Gitignore;

pub(crate) use export::json_schema;

use crate::facts::{State, state};
use crate::files::{self, read_file};

/// What the configuration is called.
pub(crate) const FILE: &str = "dagu-rs.toml";

/// Where the configuration comes from.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub(crate) struct Options {
    /// The configuration of the rules: else the nearest dagu-rs.toml in the folder of each DAG or above it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Take no notice of any dagu-rs.toml.
    #[arg(long, conflicts_with = "config")]
    no_config: bool,
}

/// A configuration, or what is wrong with it.
type Read = Result<Arc<Config>, Arc<[String]>>;

/// The configurations of the files that are looked at.
#[derive(Default)]
pub(crate) struct Configs {
    options: Options,
    /// Each as it was when it was last looked at.
    last: Mutex<HashMap<PathBuf, (State, Read)>>,
    /// Those of folders as they were when they were first looked at, where that is to hold for good.
    of_folders: Option<RwLock<HashMap<OsString, Option<Read>>>>,
}

impl Configs {
    /// As the options say.
    pub(crate) fn new(options: Options) -> Self {
        Self { options, ..Self::default() }
    }

    /// Looked at once, for what looks at many files and ends.
    pub(crate) fn settled(self) -> Self {
        Self { of_folders: Some(RwLock::default()), ..self }
    }

    /// The one that the options name.
    pub(crate) fn named(&self) -> Option<&PathBuf> {
        self.options.config.as_ref()
    }

    /// The configuration for a file, or for a text that is none; `None` where there is none.
    pub(crate) fn of(&self, file: Option<&Path>) -> Option<Read> {
        if self.options.no_config {
            return None;
        }
        let Some(folders) = &self.of_folders else { return self.read(file) };
        // As text, whose hash is found in a few steps.
        let folder = file.and_then(Path::parent).unwrap_or(Path::new("")).as_os_str();
        if let Some(known) = folders.read().unwrap_or_else(PoisonError::into_inner).get(folder) {
            return known.clone();
        }
        let read = self.read(file);
        folders.write().unwrap_or_else(PoisonError::into_inner).insert(folder.to_owned(), read.clone());
        read
    }

    fn read(&self, file: Option<&Path>) -> Option<Read> {
        let path = match &self.options.config {
            Some(path) => path.clone(),
            None => nearest(&folder_of(file)?)?,
        };
        let now = state(&path);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, read)) = last.get(&path).filter(|(then, _)| *then == now) {
            return Some(read.clone());
        }
        let read = match read_file(&path) {
            Ok(text) => read::read(&path, &text).map(Arc::new).map_err(Arc::from),
            Err(trouble) => Err(Arc::from([trouble])),
        };
        last.insert(path, (now, read.clone()));
        Some(read)
    }

    /// What is wrong with the configurations of some files, each fault once.
    pub(crate) fn troubles<'p>(&self, files: impl Iterator<Item = Option<&'p Path>>) -> Vec<String> {
        let all = files.filter_map(|file| self.of(file)?.err());
        all.flat_map(|troubles| troubles.to_vec()).collect::<BTreeSet<String>>().into_iter().collect()
    }
}

/// The folder of a file, whole and without links; of a text that is no file, the current one.
fn folder_of(file: Option<&Path>) -> Option<PathBuf> {
    let folder = file.map_or(Path::new("."), files::folder_of);
    folder.canonicalize().or_else(|_| std::path::absolute(folder)).ok()
}

/// The configuration in a folder or above it. A repository is searched up to its own folder.
fn nearest(folder: &Path) -> Option<PathBuf> {
    for folder in folder.ancestors() {
        let file = folder.join(FILE);
        if file.is_file() {
            return Some(file);
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    None
}

/// A configuration. The default is that of a file for which there is none.
#[derive(Debug, Default)]
pub(crate) struct Config {
    /// The folder that paths are relative to.
    folder: PathBuf,
    all: Layer,
    /// What holds for some files only, in order.
    overrides: Vec<(Gitignore, Layer)>,
    providers: Arc<[Described]>,
    /// Which files are DAGs whatever they hold, and which are not.
    include: Option<Gitignore>,
    exclude: Option<Gitignore>,
}

/// What is said of all files, or of some.
#[derive(Debug, Default)]
struct Layer {
    profile: Option<Profile>,
    /// The least that is reported.
    confidence: Option<Confidence>,
    select: Option<Vec<Pattern>>,
    ignore: Vec<Pattern>,
    /// In the order in which they count: names after patterns, longer patterns after shorter ones.
    severity: Vec<(Pattern, Level)>,
}

/// The name of a rule, or the start of some with a `*`.
#[derive(Debug)]
struct Pattern(String);

impl Pattern {
    fn matches(&self, rule: &str) -> bool {
        self.0.strip_suffix('*').map_or(self.0 == rule, |start| rule.starts_with(start))
    }
}

/// How bad a rule's findings are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Off,
    At(Severity),
}

impl Level {
    const ALL: [Self; 5] =
        [Self::At(Severity::Error), Self::At(Severity::Warning), Self::At(Severity::Info), Self::At(Severity::Hint), Self::Off];

    fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::At(severity) => severity.name(),
        }
    }
}

/// A choice of rules and severities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Profile {
    #[default]
    Default,
    Strict,
    Sandbox,
}

impl Profile {
    const ALL: [Self; 3] = [Self::Default, Self::Strict, Self::Sandbox];

    fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Strict => "strict",
            Self::Sandbox => "sandbox",
        }
    }

    /// The least confidence with which this rule reports.
    fn confidence(self, rule: &str) -> Confidence {
        match self {
            Self::Default => Confidence::Likely,
            Self::Strict => Confidence::Maybe,
            Self::Sandbox if is_of_sandbox(rule) => Confidence::Maybe,
            Self::Sandbox => Confidence::Likely,
        }
    }

    /// How bad a finding of this rule is that is as bad as given by itself.
    fn severity(self, rule: &str, severity: Severity) -> Severity {
        match (self, severity) {
            (Self::Strict, Severity::Warning) => Severity::Error,
            (Self::Sandbox, Severity::Warning) if is_of_sandbox(rule) => Severity::Error,
            (Self::Sandbox, Severity::Info) if is_of_sandbox(rule) => Severity::Warning,
            _ => severity,
        }
    }
}

/// Rules about what a container receives, and whether what runs in it does what it should.
const SANDBOX: &[&str] = &[
    "claude-directory-on-macos",
    "container-*",
    "credential-*",
    "harness-binary-not-in-image",
    "home-mounted-for-agent",
    "hosted-provider-without-credential",
    "image-unpinned",
    "local-image-pulled",
    "network-*",
    "port-on-all-interfaces",
    "volume-*",
];

fn is_of_sandbox(rule: &str) -> bool {
    SANDBOX.iter().any(|pattern| Pattern((*pattern).to_owned()).matches(rule))
}

impl Config {
    /// Providers of agents that are not built in, or more about one that is.
    pub(crate) fn providers(&self) -> Arc<[Described]> {
        self.providers.clone()
    }

    /// Whether a file is a DAG, where the configuration says so.
    pub(crate) fn is_dag(&self, file: &Path) -> Option<bool> {
        if self.include.is_none() && self.exclude.is_none() {
            return None;
        }
        let path = self.below(file)?;
        let matches = |paths: &Option<Gitignore>| paths.as_ref().is_some_and(|paths| concerns(paths, &path));
        match () {
            () if matches(&self.exclude) => Some(false),
            () if matches(&self.include) => Some(true),
            () => None,
        }
    }

    /// The path of a file from the folder of the configuration; `None` for one that is not below it.
    fn below(&self, file: &Path) -> Option<PathBuf> {
        Some(folder_of(Some(file))?.strip_prefix(&self.folder).ok()?.join(file.file_name()?))
    }

    /// Takes out what is not to be reported about a file, and gives the rest its severity.
    pub(crate) fn apply(&self, file: Option<&Path>, analysis: &mut Analysis) {
        let layers = self.layers(file);
        let mut levels: HashMap<&'static str, (bool, Option<Severity>)> = HashMap::new();
        let profile = layers.iter().filter_map(|layer| layer.profile).next_back().unwrap_or_default();
        let mut keep = |found: &mut Diagnostic| {
            let (reported, severity) = *levels.entry(found.rule).or_insert_with(|| level(&layers, profile, found.rule));
            found.severity = severity.unwrap_or_else(|| profile.severity(found.rule, found.severity));
            reported
        };
        analysis.diagnostics.retain_mut(&mut keep);
        analysis.suppressed.retain_mut(&mut keep);
    }

    /// Whether it reports anything about a file that is only maybe a fault.
    pub(crate) fn asks_for_maybe(&self, file: Option<&Path>) -> bool {
        let layers = self.layers(file);
        let profile = layers.iter().filter_map(|layer| layer.profile).next_back().unwrap_or_default();
        let maybe = rules::ALL.iter().filter(|rule| rule.confidence == Confidence::Maybe);
        maybe.map(|rule| level(&layers, profile, rule.name)).any(|(reported, _)| reported)
    }

    /// What is said of a file, in order.
    fn layers(&self, file: Option<&Path>) -> Vec<&Layer> {
        let path = file.filter(|_| !self.overrides.is_empty()).and_then(|file| self.below(file));
        let concerned = |paths: &Gitignore| path.as_ref().is_some_and(|path| concerns(paths, path));
        let some = self.overrides.iter().filter(|(paths, _)| concerned(paths)).map(|(_, layer)| layer);
        std::iter::once(&self.all).chain(some).collect()
    }
}

/// Whether patterns are about a path, which is relative to their folder.
fn concerns(paths: &Gitignore, path: &Path) -> bool {
    paths.matched_path_or_any_parents(path, false).is_ignore()
}

/// Whether a rule reports, and the severity that it was given. What is said later counts. A rule
/// that is less sure than what is asked for reports when it is called by its whole name.
fn level(layers: &[&Layer], profile: Profile, rule: &str) -> (bool, Option<Severity>) {
    if rule == NEVER {
        return (true, None);
    }
    let least = layers.iter().filter_map(|layer| layer.confidence).next_back().unwrap_or_else(|| profile.confidence(rule));
    let is_sure = rules::find(rule).is_none_or(|rule| rule.confidence >= least);
    let asks_for = |pattern: &Pattern| pattern.matches(rule) && (is_sure || pattern.0 == rule);
    let (mut reported, mut severity) = (is_sure, None);
    for layer in layers {
        if let Some(select) = &layer.select {
            reported = select.iter().any(asks_for);
        }
        if layer.ignore.iter().any(|pattern| pattern.matches(rule)) {
            reported = false;
        }
        match layer.severity.iter().rfind(|(pattern, _)| pattern.matches(rule)) {
            Some((_, Level::Off)) => reported = false,
            Some((pattern, Level::At(given))) => (reported, severity) = (reported || asks_for(pattern), Some(*given)),
            None => {}
        }
    }
    (reported, severity)
}

#[cfg(test)]
mod tests {
    use super::{Pattern, SANDBOX};

    #[test]
    fn each_pattern_of_the_sandbox_is_of_a_rule() {
        for pattern in SANDBOX {
            let pattern = Pattern((*pattern).to_owned());
            assert!(dagu_schema::rules::ALL.iter().any(|rule| pattern.matches(rule.name)), "{pattern:?}");
        }
    }
}
