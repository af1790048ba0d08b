//! What this machine knows that bears on a DAG: its base configuration, its other DAGs, and of the
//! environment names only, never values.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::SystemTime;

use dagu_runner::dotenv;
use dagu_runner::probe::PlainValues;
use dagu_schema::incremental::WORTHWHILE;
use dagu_schema::probe::Asked;
use dagu_schema::suppress::DIRECTIVE;
use dagu_schema::symbols::{FileKind, FileName};
use dagu_schema::workflow::Base;
use dagu_schema::workflow::call::Signature;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::{Analysis, Facts, OtherDags, Reading, analyze_base, judge_all, looks_like_dag, read_each, read_to_edit};

use crate::config::{self, Config, Configs};
use crate::files::read_file;
use crate::probe::{self, Probe, Wanted};
use crate::surroundings::Images;

/// Bytes above which a dotenv file is not looked into.
const LARGEST_DOTENV: u64 = 1 << 20;

/// Where a DAG is looked at.
#[derive(Clone, Debug, Default, clap::Args)]
pub(crate) struct Options {
    /// The base configuration, from which DAGs inherit: else DAGU_BASE_CONFIG, else base.yaml in DAGU_HOME, in ~/.dagu
    /// or in ~/.config/dagu. An empty name stands for none.
    #[arg(long, value_name = "FILE")]
    base_config: Option<OsString>,
    /// Let DAGs inherit nothing.
    #[arg(long, conflicts_with = "base_config")]
    no_base_config: bool,
    /// The folder of the DAGs that others call: else DAGU_DAGS_DIR, else dags in the folder of base.yaml. Where one of
    /// the first two names it, a call of a DAG that is nowhere is reported.
    #[arg(long, value_name = "FOLDER")]
    dags_dir: Option<PathBuf>,
    /// The folder in which Dagu keeps its files: else DAGU_HOME.
    #[arg(long, value_name = "FOLDER")]
    dagu_home: Option<PathBuf>,
}

impl Options {
    /// The words on a command line that say the same.
    fn words(&self) -> Vec<OsString> {
        let named = |option: &str, value: &OsStr| {
            let mut word = OsString::from(option);
            word.push("=");
            word.push(value);
            word
        };
        let folders = [("--dags-dir", &self.dags_dir), ("--dagu-home", &self.dagu_home)];
        let base = self.base_config.as_deref().map(|base| named("--base-config", base));
        let none = self.no_base_config.then(|| OsString::from("--no-base-config"));
        let folders = folders.into_iter().filter_map(|(option, folder)| Some(named(option, folder.as_ref()?.as_os_str())));
        base.into_iter().chain(none).chain(folders).collect()
    }

    /// The folder in which the engine keeps what is its own.
    fn home(&self) -> Option<PathBuf> {
        if let Some(home) = self.dagu_home.clone().or_else(|| variable("DAGU_HOME")) {
            return Some(home);
        }
        let user = variable("HOME");
        let older = user.as_ref().map(|user| user.join(".dagu")).filter(|folder| folder.is_dir());
        older.or_else(|| Some(user?.join(".config/dagu")))
    }
}

/// This machine, as far as DAGs depend on it.
pub(crate) struct Machine {
    options: Options,
    base: Option<PathBuf>,
    /// The base configurations as they were when they were last looked at, by workspace.
    last: Mutex<BTreeMap<Option<String>, Seen>>,
    /// The folder of the DAGs that others call, and whether somebody named it.
    dags: Option<(PathBuf, bool)>,
    variables: Arc<BTreeSet<String>>,
    configs: Configs,
    /// What the container engine and this machine answered, when they were asked.
    probe: Option<Probe>,
    /// Images that a DAG may name, as they were last found.
    pub(crate) images: Images,
    /// Whether files are taken to stay as they were when they were first looked at.
    settled: bool,
    /// The base configuration of DAGs without a workspace, in a machine that is settled.
    common: OnceLock<Option<Arc<Base>>>,
    /// The folders in which a machine that is settled found no `.env`.
    without_dotenv: RwLock<HashSet<OsString>>,
}

/// A base configuration with the states of its files when it was read.
struct Seen {
    then: Vec<State>,
    base: Arc<Base>,
}

/// When a file was last changed, and its length: another state is another text.
pub(crate) type State = Option<(SystemTime, u64)>;

/// The state that a file is in; `None` for one that is not there.
pub(crate) fn state(path: &Path) -> State {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

impl Machine {
    /// This machine, as the options and the environment say.
    ///
    /// # Errors
    /// What keeps a file that the options name from being used.
    pub(crate) fn new(options: &Options) -> Result<Self, String> {
        let base = match &options.base_config {
            _ if options.no_base_config => None,
            Some(path) if path.is_empty() => None,
            Some(path) => {
                let path = PathBuf::from(path);
                read_file(&path)?;
                Some(path)
            }
            None => variable("DAGU_BASE_CONFIG").or_else(|| Some(options.home()?.join("base.yaml"))),
        };
        let named = options.dags_dir.clone().or_else(|| variable("DAGU_DAGS_DIR"));
        let dags = named.map(|folder| (folder, true)).or_else(|| Some((options.home()?.join("dags"), false)));
        let variables: BTreeSet<String> = env::vars_os().filter_map(|(name, _)| name.into_string().ok()).collect();
        Ok(Self {
            options: options.clone(),
            base,
            last: Mutex::default(),
            dags,
            variables: variables.into(),
            configs: Configs::default(),
            probe: None,
            images: Images::default(),
            settled: false,
            common: OnceLock::new(),
            without_dotenv: RwLock::default(),
        })
    }

    /// The file that the engine takes an argument for: as named, else in the folder of DAGs, where
    /// `.yaml` may be left out.
    pub(crate) fn dag_file(&self, named: &Path) -> PathBuf {
        let Some((dags, _)) = self.dags.as_ref().filter(|_| !named.exists() && named.is_relative()) else { return named.to_owned() };
        let has_extension = named.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
        let name = if has_extension { named.as_os_str().to_owned() } else { [named.as_os_str(), ".yaml".as_ref()].into_iter().collect() };
        let found = dags.join(name);
        if found.exists() { found } else { named.to_owned() }
    }

    /// Whether a file is a base configuration: the one of this machine, or one by its name that
    /// has no steps.
    pub(crate) fn is_base(&self, path: &Path, text: &str) -> bool {
        let same = |base: &PathBuf| {
            base.file_name() == path.file_name() && matches!((base.canonicalize(), path.canonicalize()), (Ok(a), Ok(b)) if a == b)
        };
        let is_called_so = matches!(path.file_name().and_then(|name| name.to_str()), Some("base.yaml" | "base.yml"));
        self.base.as_ref().is_some_and(same) || (is_called_so && !looks_like_dag(text))
    }

    /// As [`Self::analyze`], without what the author does not want to hear of: for `check` and the
    /// editor. What is executed, or repeats the engine's verdict, takes [`Self::analyze`].
    pub(crate) fn check(&self, path: Option<&Path>, text: &str) -> Analysis {
        if path.is_some_and(|path| self.is_base(path, text)) {
            return self.wanted(path, analyze_base(text));
        }
        let (reading, facts) = self.read_with_facts(path, text, &read_dotenv);
        self.wanted(path, reading.judge(&self.as_wanted(path, text, facts)))
    }

    /// Facts for an analysis of which only what the author wants to hear of is used. A comment may suppress what is
    /// only maybe a fault, and must not be taken for one that suppresses nothing.
    fn as_wanted(&self, path: Option<&Path>, text: &str, facts: Facts) -> Facts {
        let asks = || match self.configs.of(path) {
            Some(Ok(config)) => config.asks_for_maybe(path),
            _ => false,
        };
        Facts { only_sure: !text.contains(DIRECTIVE) && !asks(), ..facts }
    }

    /// [`Self::check`] for a text that is edited.
    pub(crate) fn check_to_edit(&self, path: Option<&Path>, text: &str, at: Option<usize>) -> Analysis {
        if path.is_some_and(|path| self.is_base(path, text)) {
            return self.wanted(path, analyze_base(text));
        }
        let base = self.base(None);
        let reading = read_to_edit(text, WORTHWHILE, at, |workspace| if workspace.is_some() { self.base(workspace) } else { base.clone() });
        self.judge(path, text, reading, base.as_deref())
    }

    /// [`Self::check`] for a text after an edit; `before` is what `earlier` is of. `None` where all of it must be read.
    pub(crate) fn check_edited(&self, path: Option<&Path>, earlier: Analysis, before: &str, text: &str) -> Option<Analysis> {
        let base = self.base(None);
        let reading = earlier.reread(before, text, base.as_ref()).ok()?;
        Some(self.judge(path, text, reading, base.as_deref()))
    }

    fn judge(&self, path: Option<&Path>, text: &str, reading: Reading, base: Option<&Base>) -> Analysis {
        let dotenv = self.dotenv(path, &reading, &read_dotenv);
        let facts = self.facts(path, &reading, base, dotenv);
        self.wanted(path, reading.judge(&self.as_wanted(path, text, facts)))
    }

    /// [`Self::check`] for some texts, which takes less time than for one after the other.
    pub(crate) fn check_all(&self, texts: &[(Option<&Path>, &str)]) -> Vec<Analysis> {
        let (mut readings, mut dags) = (Vec::new(), Vec::new());
        for (path, text) in texts {
            let is_base = path.is_some_and(|path| self.is_base(path, text));
            dags.push(!is_base);
            readings.extend((!is_base).then(|| {
                let (reading, facts) = self.read_with_facts(*path, text, &read_dotenv);
                (reading, self.as_wanted(*path, text, facts))
            }));
        }
        let mut judged = judge_all(readings).into_iter();
        let mut all = Vec::with_capacity(texts.len());
        for ((path, text), is_dag) in texts.iter().zip(dags) {
            let analysis = if is_dag { judged.next() } else { None }.unwrap_or_else(|| analyze_base(text));
            all.push(self.wanted(*path, analysis));
        }
        all
    }

    /// What the author wants to hear of.
    fn wanted(&self, path: Option<&Path>, analysis: Analysis) -> Analysis {
        let mut analysis = analysis.suppress();
        match self.configs.of(path) {
            Some(Ok(config)) => config.apply(path, &mut analysis),
            _ => Config::default().apply(path, &mut analysis),
        }
        analysis
    }

    /// With the configuration of the rules that the options name.
    pub(crate) fn configured(self, options: &config::Options) -> Self {
        Self { configs: Configs::new(options.clone()), ..self }
    }

    /// Looked at once, for what looks at many DAGs and ends: what a DAG shares with others is not looked at again for it.
    pub(crate) fn settled(self) -> Self {
        Self { settled: true, configs: self.configs.settled(), ..self }
    }

    /// Whether a text is something to check: a DAG by the configuration or by what it holds, or a base configuration.
    pub(crate) fn is_dag(&self, path: Option<&Path>, text: &str) -> bool {
        let said = path.and_then(|path| self.configs.of(Some(path))?.ok()?.is_dag(path));
        said.unwrap_or_else(|| looks_like_dag(text) || path.is_some_and(|path| self.is_base(path, text)))
    }

    /// What lies outside of a workspace and bears on its DAGs: the base configuration, the folder of the DAGs that others
    /// call, the configuration of the rules that the options name.
    pub(crate) fn shared(&self) -> Vec<PathBuf> {
        let folder = self.dags.iter().map(|(folder, _)| folder);
        self.base.iter().chain(folder).chain(self.configs.named()).cloned().collect()
    }

    /// The words on a command line by which another process looks at the same machine.
    pub(crate) fn words(&self) -> Vec<OsString> {
        self.options.words()
    }

    /// The configurations of the rules.
    pub(crate) fn configs(&self) -> &Configs {
        &self.configs
    }

    /// The text of a DAG file or of a base configuration, read and judged; no path for a text that
    /// is no file yet.
    pub(crate) fn analyze(&self, path: Option<&Path>, text: &str) -> Analysis {
        self.analyze_with(path, text, &read_dotenv)
    }

    /// As [`Self::analyze`], with what else reads dotenv files: of another version of the DAG they
    /// may be others. Of the values in them only what they are made of is taken.
    pub(crate) fn analyze_with(&self, path: Option<&Path>, text: &str, read_dotenv: &dyn Fn(&Path) -> String) -> Analysis {
        if path.is_some_and(|path| self.is_base(path, text)) {
            return analyze_base(text);
        }
        let (reading, facts) = self.read_with_facts(path, text, read_dotenv);
        reading.judge(&facts)
    }

    /// The text of a DAG file, read, with what bears on it.
    fn read_with_facts(&self, path: Option<&Path>, text: &str, read_dotenv: &dyn Fn(&Path) -> String) -> (Reading, Facts) {
        let (reading, base, dotenv) = self.read(path, text, read_dotenv);
        let facts = self.facts(path, &reading, base.as_deref(), dotenv);
        (reading, facts)
    }

    /// What bears on a text that was read.
    fn facts(&self, path: Option<&Path>, reading: &Reading, base: Option<&Base>, dotenv: Dotenv) -> Facts {
        let folder = folder_of(path);
        let mut facts = Facts {
            file_stem: path.and_then(Path::file_stem).map(|stem| stem.to_string_lossy().into_owned()),
            variables: self.variables.clone(),
            dotenv,
            macos: cfg!(target_os = "macos"),
            dags: self.other_dags(&reading.calls(), folder, base),
            providers: self.configs.of(path).and_then(Result::ok).map(|config| config.providers()).unwrap_or_default(),
            schemas: folder
                .iter()
                .flat_map(|folder| reading.schema_files().into_iter().map(|(file, work)| schema_file(file, work, folder)))
                .collect(),
            ..Facts::default()
        };
        if let Some(probe) = &self.probe {
            let (asked, known) = probe::asked(reading, &facts.dotenv, path);
            let (images, host) = probe.answers(&asked, &known);
            facts.engine = probe.engine.as_ref().map(|engine| engine.facts.clone());
            (facts.images, facts.host) = (images, Some(host));
            facts.image_names = Probe::image_names(&asked, &known);
        }
        facts
    }

    /// The text of a DAG file, read, with what it inherits and what its dotenv files define.
    fn read(&self, path: Option<&Path>, text: &str, read_dotenv: &dyn Fn(&Path) -> String) -> (Reading, Option<Arc<Base>>, Dotenv) {
        let base = self.base(None);
        let reading = read_each(text, |workspace| if workspace.is_some() { self.base(workspace) } else { base.clone() });
        let dotenv = self.dotenv(path, &reading, read_dotenv);
        (reading, base, dotenv)
    }

    /// What the dotenv files of a text that was read define.
    fn dotenv(&self, path: Option<&Path>, reading: &Reading, read_dotenv: &dyn Fn(&Path) -> String) -> Dotenv {
        let folder = folder_of(path);
        if reading.has_usual_dotenv() && folder.is_some_and(|folder| self.has_no_dotenv(folder)) {
            return Dotenv::default();
        }
        let files = folder.iter().flat_map(|folder| {
            let (work, files) = reading.dotenv_files(&|name| env::var(name).ok());
            let places = dotenv::places(folder, work.as_deref(), variable("HOME").as_deref());
            files.into_iter().filter_map(move |file| dotenv::find(&places, &file))
        });
        let defined = files.enumerate().flat_map(|(number, file)| dotenv::parse(&read_dotenv(&file), number));
        defined.map(|(name, defined)| (name, defined.made)).collect()
    }

    /// Whether it is known that there is no `.env` in a folder.
    fn has_no_dotenv(&self, folder: &Path) -> bool {
        if !self.settled {
            return false;
        }
        let known = || self.without_dotenv.read().unwrap_or_else(PoisonError::into_inner).contains(folder.as_os_str());
        let look = || {
            let is_none = !folder.join(".env").is_file();
            if is_none {
                self.without_dotenv.write().unwrap_or_else(PoisonError::into_inner).insert(folder.as_os_str().to_owned());
            }
            is_none
        };
        known() || look()
    }

    /// With what the container engine and this machine answer about texts, and what kept them from
    /// answering.
    pub(crate) fn probed<'a>(self, texts: impl IntoIterator<Item = (Option<&'a Path>, &'a str)>) -> (Self, Vec<String>) {
        let mut wanted = Wanted::new();
        for (path, text) in texts {
            if path.is_none_or(|path| !self.is_base(path, text)) {
                let (asked, known) = self.asked(path, text);
                probe::want(&asked, &known, &mut wanted);
            }
        }
        let (probe, troubles) = Probe::ask(&wanted);
        (Self { probe: Some(probe), ..self }, troubles)
    }

    /// What bears on the DAGs of a text, and what is known of their values.
    pub(crate) fn asked(&self, path: Option<&Path>, text: &str) -> (Asked, Vec<PlainValues>) {
        let (reading, _, dotenv) = self.read(path, text, &read_dotenv);
        probe::asked(&reading, &dotenv, path)
    }

    /// What the container engine and this machine answered.
    pub(crate) fn probe(&self) -> Option<&Probe> {
        self.probe.as_ref()
    }

    /// The names of the variables of this process.
    pub(crate) fn names_of_variables(&self) -> impl Iterator<Item = &str> {
        self.variables.iter().map(String::as_str)
    }

    /// The DAGs of other files that a file can call, each once.
    pub(crate) fn names_of_dags(&self, path: Option<&Path>) -> Vec<String> {
        let folders = self.dags.iter().map(|(folder, _)| folder.as_path()).chain(folder_of(path));
        let own = path.and_then(Path::file_stem).and_then(|stem| stem.to_str());
        let names: BTreeSet<String> = folders.flat_map(names_in).filter(|name| Some(name.as_str()) != own).collect();
        names.into_iter().collect()
    }

    /// What the DAG of another file takes that a file calls.
    pub(crate) fn signature_of(&self, path: Option<&Path>, called: &str) -> Option<Signature> {
        let base = self.base(None);
        self.other_dags(&BTreeSet::from([called]), folder_of(path), base.as_deref()).found.remove(called)?
    }

    /// Whether a variable is set in the environment of this process.
    pub(crate) fn has_variable(&self, name: &str) -> bool {
        self.variables.contains(name)
    }

    /// The base configuration for a workspace, or for DAGs of none; read again when its files have
    /// changed.
    fn base(&self, workspace: Option<&str>) -> Option<Arc<Base>> {
        let global = self.base.as_ref()?;
        if self.settled && workspace.is_none() {
            return self.common.get_or_init(|| self.read_base(global, None)).clone();
        }
        self.read_base(global, workspace)
    }

    fn read_base(&self, global: &Path, workspace: Option<&str>) -> Option<Arc<Base>> {
        let own = workspace.and_then(|name| Some(self.dags.as_ref()?.0.join("workspaces").join(name).join("base.yaml")));
        let own = own.filter(|path| path.is_file());
        let workspace = own.as_ref().and(workspace).map(str::to_owned);
        let now: Vec<State> = std::iter::once(global).chain(own.as_deref()).map(state).collect();
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(seen) = last.get(&workspace).filter(|seen| seen.then == now) {
            return Some(seen.base.clone());
        }
        let shown = |path: &Path| path.display().to_string();
        let base = global.exists().then(|| match read_file(global) {
            Ok(text) => Base::read(shown(global), &text),
            Err(trouble) => Base::unreadable(shown(global), trouble),
        });
        let base = match own.map(|path| (shown(&path), read_file(&path))) {
            Some((path, Ok(text))) => Some(Base::of_workspace(base.as_ref(), path, &text)),
            Some((path, Err(trouble))) => Some(Base::unreadable(path, trouble)),
            None => base,
        };
        let base = Arc::new(base?);
        last.insert(workspace, Seen { then: now, base: base.clone() });
        Some(base)
    }
}

impl Machine {
    /// The DAGs of other files that a file in a folder calls. Nothing is read for one that calls none.
    fn other_dags(&self, called: &BTreeSet<&str>, folder: Option<&Path>, base: Option<&Base>) -> OtherDags {
        if called.is_empty() {
            return OtherDags::default();
        }
        let places: Vec<&Path> = self.dags.iter().map(|(folder, _)| folder.as_path()).chain(folder).collect();
        let find = |name: &str| places.iter().flat_map(|place| candidates(place, name)).find(|path| path.is_file());
        let signature = |path: &Path| {
            let small = fs::metadata(path).is_ok_and(|metadata| metadata.len() <= LARGEST_CALLED);
            small.then(|| fs::read_to_string(path).ok()).flatten().and_then(|text| Signature::read(&text, base))
        };
        let (read, rest): (Vec<_>, Vec<_>) = called.iter().enumerate().partition(|(number, _)| *number < MOST_CALLED);
        let found = read.into_iter().filter_map(|(_, name)| Some(((*name).to_owned(), signature(&find(name)?))));
        // Of what is beyond the limit nothing is said.
        let found = found.chain(rest.into_iter().map(|(_, name)| ((*name).to_owned(), None))).collect();
        let named = self.dags.as_ref().filter(|(folder, named)| *named && folder.is_dir());
        OtherDags { folder: named.map(|(folder, _)| (folder.display().to_string(), names_in(folder))), found }
    }
}

impl Machine {
    /// The file that a DAG names, where the engine would look for it, if it is there.
    pub(crate) fn named_file(&self, from: &Path, name: &FileName) -> Option<PathBuf> {
        let folder = crate::files::folder_of(from);
        let home = variable("HOME");
        let work = name.folders.iter().fold(folder.to_owned(), |at, next| at.join(in_home(next, home.as_deref())));
        let written = in_home(name.written.trim(), home.as_deref());
        let there = |path: PathBuf| path.exists().then_some(path);
        match name.kind {
            FileKind::Dotenv => {
                dotenv::find(&dotenv::places(folder, name.folders.first().map(String::as_str), home.as_deref()), &name.written)
            }
            FileKind::Schema => [work.join(&written), folder.join(&written)].into_iter().find(|path| path.is_file()),
            FileKind::Dag => {
                let places = self.dags.iter().map(|(folder, _)| folder.as_path()).chain([folder]);
                places.flat_map(|place| candidates(place, &name.written)).find(|path| path.is_file())
            }
            FileKind::Host => there(work.join(written)),
            FileKind::DockerContext => there(work.join(written).join("Dockerfile")),
        }
    }
}

/// A path with the folder of the user for `~`.
fn in_home(path: &str, home: Option<&Path>) -> PathBuf {
    match (path.strip_prefix('~').filter(|rest| rest.is_empty() || rest.starts_with('/')), home) {
        (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
        _ => PathBuf::from(path),
    }
}

/// Bytes above which a DAG that is called is not looked into.
const LARGEST_CALLED: u64 = 1 << 20;

/// Other DAGs that are looked for, at the most.
const MOST_CALLED: usize = 500;

/// The files in a folder that a name can stand for.
fn candidates(folder: &Path, name: &str) -> Vec<PathBuf> {
    let name = name.replace('\\', "/");
    let is_file = [".yaml", ".yml"].iter().any(|extension| name.ends_with(extension));
    if is_file { vec![folder.join(name)] } else { [".yaml", ".yml"].map(|extension| folder.join(format!("{name}{extension}"))).to_vec() }
}

/// The names of the DAGs in a folder.
fn names_in(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten().take(10 * MOST_CALLED).filter_map(|entry| Some(entry.ok()?.path()));
    let is_yaml = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let mut names: Vec<String> = files.filter(is_yaml).filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    names
}

/// What a schema file holds: the engine looks in the current folder, in the DAG's working directory
/// and beside the DAG.
fn schema_file(file: &str, work: Option<&str>, folder: &Path) -> (String, Result<(String, String), String>) {
    let places = [Some(PathBuf::from(file)), work.map(|work| folder.join(work).join(file)), Some(folder.join(file))];
    let found = places.into_iter().flatten().find(|path| path.is_file()).unwrap_or_else(|| folder.join(file));
    let is_large = fs::metadata(&found).is_ok_and(|metadata| metadata.len() > LARGEST_CALLED);
    let text = if is_large { Err(format!("{} is too large", found.display())) } else { read_file(&found) };
    (file.to_owned(), text.map(|text| (found.display().to_string(), text)))
}

/// The folder of a file.
fn folder_of(path: Option<&Path>) -> Option<&Path> {
    path.map(|path| path.parent().unwrap_or(Path::new("")))
}

/// The environment, as far as it is text.
pub(crate) fn environment() -> BTreeMap<String, String> {
    env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?))).collect()
}

/// A path that the environment gives.
fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The text of a dotenv file; nothing of one that is not there or is no such file.
pub(crate) fn read_dotenv(file: &Path) -> String {
    let small = fs::metadata(file).is_ok_and(|metadata| metadata.is_file() && metadata.len() <= LARGEST_DOTENV);
    if small { fs::read_to_string(file).unwrap_or_default() } else { String::new() }
}
