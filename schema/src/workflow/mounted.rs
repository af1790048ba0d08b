//! Folders and files with a login that a mount brings into a container.

use std::borrow::Cow;
use std::cell::LazyCell;

use crate::source::Span;
use crate::workflow::known::KnownValues;
use crate::workflow::provider::{self, Provider};
use crate::workflow::volume::{self, Volume, VolumeKind};
use crate::workflow::{Container, Step, Workflow};

/// Below a home folder, where widely used tools keep a login or a key.
const PLACES: &[(&str, &str)] = &[
    (".ssh", "SSH keys"),
    (".aws", "the AWS login"),
    (".azure", "the Azure login"),
    (".config/gcloud", "the Google Cloud login"),
    (".kube", "the Kubernetes login"),
    (".docker", "the registries' logins"),
    (".netrc", "logins of `.netrc`"),
    (".gnupg", "GnuPG keys"),
    (".config/gh", "the GitHub login"),
    (".git-credentials", "logins of git"),
    (".npmrc", "the npm login"),
    (".pypirc", "the PyPI login"),
    (".cargo/credentials.toml", "the login of Cargo"),
];

/// Those of them that hold a login wherever they lie; a project may have others for its own purposes.
const ANYWHERE: &[&str] =
    &[".ssh", ".aws", ".azure", ".config/gcloud", ".kube", ".netrc", ".gnupg", ".config/gh", ".git-credentials", ".pypirc"];

/// Outside of home folders.
const ABSOLUTE: &[(&str, &str)] = &[
    ("/var/run/docker.sock", "the Docker socket"),
    ("/run/docker.sock", "the Docker socket"),
    ("/run/podman/podman.sock", "the Podman socket"),
    ("/run/secrets", "secrets of `/run/secrets`"),
    ("/var/run/secrets", "secrets of `/var/run/secrets`"),
];

/// What a volume brings in, as far as credentials go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Where one login is, or a part of that.
    Login,
    /// A folder with such places in it.
    Parent,
    /// A whole home folder, or all of them, or the whole machine.
    Whole(&'static str),
}

/// A volume that brings a credential into a container.
#[derive(Clone, Debug)]
pub struct Mounted {
    /// What is in it, such as `the login of Claude Code`.
    pub what: String,
    /// The built-in provider whose login it is.
    pub provider: Option<&'static Provider>,
    /// The name of the provider whose login it is, built in or not.
    pub owner: Option<String>,
    /// How much it is.
    pub extent: Extent,
    /// The volume as written, split.
    pub volume: Volume,
    /// Its index in `volumes`.
    pub index: usize,
    /// The scalar that holds it.
    pub span: Span,
}

/// Where a path of the host leads.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Below a home folder; empty for the folder itself.
    Home(String),
    /// Elsewhere.
    Absolute(String),
    /// Below a folder that is not known.
    Unknown(String),
}

/// The volumes of a container, of the root or of a step, whose source holds a credential: the place
/// of one, something in it, or a folder above.
pub fn of(workflow: &Workflow, container: &Container, step: Option<&Step>) -> Vec<Mounted> {
    if container.volumes.is_empty() {
        return Vec::new();
    }
    // A name that only the environment gives stays as written. Most sources name none of the DAG's.
    let known = LazyCell::new(|| {
        let mut known = KnownValues::of_dag(workflow);
        known.add(step.into_iter().flat_map(Step::every_env));
        known.add(&container.env);
        known
    });
    let text = |written: &str| {
        if written.contains('$') && below_home(written).is_none() { known.text(written) } else { written.to_owned() }
    };
    let base = base(workflow, step, &text);
    let volumes = container.volumes.iter().enumerate();
    volumes
        .filter_map(|(index, (written, node))| {
            let volume = volume::parse(written).ok()?;
            let source = text(&volume.source);
            let is_home = below_home(&source).is_some();
            if !is_home && volume::classify(&source) != VolumeKind::Bind {
                return None;
            }
            let place = Place::of(&source, &base);
            let described = workflow.providers.iter().find(|provider| is_login_of(provider, &place));
            let (what, provider, extent) = match described {
                Some(described) => (format!("the login of {}", described.name), provider::find(&described.name), Extent::Login),
                None => held(&place, &volume.target)?,
            };
            let owner = described.map(|described| described.name.clone()).or_else(|| provider.map(|provider| provider.name.to_owned()));
            Some(Mounted { what, provider, owner, extent, volume, index, span: node.span })
        })
        .collect()
}

/// The folder that a relative source is meant from: that of the step, else of the DAG.
fn base(workflow: &Workflow, step: Option<&Step>, text: &dyn Fn(&str) -> String) -> Place {
    let unknown = Place::Unknown(String::new());
    let dag = workflow.working_dir.as_ref().map_or(unknown.clone(), |folder| Place::of(&text(&folder.value), &unknown));
    let own = step.and_then(|step| step.working_dir.as_deref());
    own.map_or(dag.clone(), |folder| Place::of(&text(&folder.value), &dag))
}

impl Place {
    fn of(source: &str, base: &Self) -> Self {
        if let Some(below) = below_home(source) {
            let below = volume::normal(&below);
            return match below.strip_prefix("..") {
                // Beside the home folder are those of others.
                Some("") => Self::Absolute("/home".to_owned()),
                Some(rest) if rest.starts_with('/') => Self::Unknown(rest.trim_start_matches(['/', '.']).to_owned()),
                _ => Self::Home(below),
            };
        }
        if source.starts_with('/') {
            return Self::Absolute(volume::normal(source));
        }
        if source.starts_with('$') {
            // A variable that nothing here knows: what follows is all that can be told.
            return Self::Unknown(volume::normal(source.split_once('/').map_or("", |(_, rest)| rest)));
        }
        match base {
            Self::Home(folder) => Self::of(&format!("~/{folder}/{source}"), base),
            Self::Absolute(folder) => Self::of(&format!("{folder}/{source}"), base),
            Self::Unknown(folder) => Self::Unknown(volume::normal(&format!("{folder}/{source}")).trim_start_matches('/').to_owned()),
        }
    }
}

/// The path below the home folder, for a source written with `~`, `$HOME`, or a home folder's
/// usual place.
fn below_home(source: &str) -> Option<Cow<'_, str>> {
    for home in ["~", "$HOME", "${HOME}", "${env.HOME}"] {
        if let Some(rest) = source.strip_prefix(home).filter(|rest| rest.is_empty() || rest.starts_with('/')) {
            return Some(rest.trim_start_matches('/').into());
        }
    }
    if !source.starts_with('/') {
        return None;
    }
    let path = volume::normal(source);
    if let Some(rest) = volume::below(&path, "/root") {
        return Some(rest.to_owned().into());
    }
    let rest = path.strip_prefix("/home/").or_else(|| path.strip_prefix("/Users/"))?;
    Some(rest.split_once('/').map_or("", |(_, rest)| rest).to_owned().into())
}

/// Whether a file or folder of the host is one that holds a provider's login, or lies in one.
fn is_login_of(provider: &provider::Described, place: &Place) -> bool {
    let Place::Home(below) = place else { return false };
    provider.directories.iter().any(|folder| volume::below(below, folder).is_some())
}

/// What a folder or file of the host holds.
fn held(place: &Place, target: &str) -> Option<(String, Option<&'static Provider>, Extent)> {
    match place {
        Place::Home(below) if below.is_empty() => whole("every login of the home folder", "the whole home folder"),
        Place::Home(below) => login(below).or_else(|| {
            let providers = provider::PROVIDERS.iter().filter_map(|provider| Some((provider, provider.directory?.home)));
            let logins =
                providers.filter(|(_, home)| is_above(below, home)).map(|(provider, _)| format!("the login of {}", provider.title));
            let others = PLACES.iter().filter(|(path, _)| is_above(below, path)).map(|(_, what)| (*what).to_owned());
            parent(others.chain(logins))
        }),
        Place::Absolute(path) => match path.as_str() {
            "/" => whole("every login of the machine", "the whole machine"),
            "/home" | "/Users" => whole("every login of all home folders", "all home folders"),
            path => {
                let within = ABSOLUTE.iter().find(|(place, _)| volume::below(path, place).is_some());
                let one = within.map(|(_, what)| ((*what).to_owned(), None, Extent::Login));
                one.or_else(|| parent(ABSOLUTE.iter().filter(|(place, _)| is_above(path, place)).map(|(_, what)| (*what).to_owned())))
                    .or_else(|| anywhere(path, target))
            }
        },
        Place::Unknown(path) => anywhere(path, target),
    }
}

fn whole(what: &str, name: &'static str) -> Option<(String, Option<&'static Provider>, Extent)> {
    Some((what.to_owned(), None, Extent::Whole(name)))
}

fn parent(logins: impl Iterator<Item = String>) -> Option<(String, Option<&'static Provider>, Extent)> {
    let mut all: Vec<String> = Vec::new();
    for what in logins {
        if !all.contains(&what) {
            all.push(what);
        }
    }
    let last = all.pop()?;
    let what = if all.is_empty() { last } else { format!("{} and {last}", all.join(", ")) };
    Some((what, None, Extent::Parent))
}

/// The login at a path below a home folder, or that the path is a part of.
fn login(below: &str) -> Option<(String, Option<&'static Provider>, Extent)> {
    let is_within = |place: &str| volume::below(below, place).is_some();
    let provider = provider::PROVIDERS.iter().find(|provider| provider.directory.is_some_and(|directory| is_within(directory.home)));
    if let Some(provider) = provider {
        return Some((format!("the login of {}", provider.title), Some(provider), Extent::Login));
    }
    let (_, what) = PLACES.iter().find(|(place, _)| is_within(place))?;
    Some(((*what).to_owned(), None, Extent::Login))
}

/// The login at a path whose home folder is not known: by names that mean nothing else, or because
/// it is mounted where a login is read.
fn anywhere(path: &str, target: &str) -> Option<(String, Option<&'static Provider>, Extent)> {
    let starts = std::iter::once(0).chain(path.match_indices('/').map(|(at, _)| at + 1));
    let tails: Vec<&str> = starts.filter_map(|at| path.get(at..)).collect();
    let by_name = tails.iter().find(|tail| ANYWHERE.iter().any(|place| volume::below(tail, place).is_some()));
    if let Some(tail) = by_name {
        return login(tail);
    }
    let read_at = below_home(target).filter(|place| !place.is_empty())?;
    tails.iter().find(|tail| volume::below(tail, &read_at).is_some()).and_then(|tail| login(tail))
}

/// Whether a folder is above a place.
fn is_above(folder: &str, place: &str) -> bool {
    volume::below(place, folder).is_some_and(|rest| !rest.is_empty())
}
