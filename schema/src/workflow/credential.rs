//! What carries a credential: variables by their name and by what their value is taken from, and
//! files that a mount brings into a container.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;

use crate::source::Span;
use crate::workflow::reference::{self, Target};
use crate::workflow::volume::{self, Volume, VolumeKind};
use crate::workflow::{Container, EnvEntry, Workflow, provider};

/// The names of a DAG's scope that carry a credential.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    names: HashSet<String>,
    /// Those that carry one wherever they stand, beside the well-known ones.
    described: HashSet<String>,
}

impl Credentials {
    /// Reads a DAG: its secrets, what its dotenv files define, its env and its params. A variable
    /// whose value is taken from a credential is one as well.
    pub fn of(workflow: &Workflow, dotenv: &BTreeSet<String>) -> Self {
        let mut names: HashSet<String> = workflow.secrets.iter().map(|secret| secret.name.value.clone()).collect();
        let described: HashSet<String> = workflow.providers.iter().flat_map(|provider| provider.credentials.iter().cloned()).collect();
        names.extend(dotenv.iter().filter(|name| provider::sounds_like_credential(name) || described.contains(*name)).cloned());
        let params = workflow.params.iter().filter(|param| workflow.is_known_credential(&param.name.value));
        names.extend(params.map(|param| param.name.value.clone()));
        let mut credentials = Self { names, described };
        for entry in &workflow.env {
            if credentials.carried_by(entry) {
                credentials.names.insert(entry.name.value.clone());
            }
        }
        credentials
    }

    /// Whether the DAG's scope has a credential of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether a variable of this name is known to carry a credential.
    pub fn is_known(&self, name: &str) -> bool {
        provider::is_known_credential(name) || self.described.contains(name)
    }

    /// Whether an entry passes a credential on: a name that is known to carry one and a value, a
    /// name that sounds like one and a value taken from elsewhere, or a value taken from one.
    pub fn carried_by(&self, entry: &EnvEntry) -> bool {
        let name = &entry.name.value;
        let taken = entry.value.contains('$');
        let named = self.is_known(name) || (taken && provider::sounds_like_credential(name));
        !entry.value.is_empty() && (named || (taken && self.named_in(&entry.value)))
    }

    /// Whether a value takes from a credential by name, or from a variable that sounds like one.
    fn named_in(&self, value: &str) -> bool {
        let is_one = |name: &str| provider::sounds_like_credential(name) || self.described.contains(name) || self.has(name);
        reference::find(value).iter().any(|found| match &found.target {
            Target::Variable { name, .. } | Target::Property { name, .. } => is_one(name),
            Target::Value { namespace, path } => matches!(namespace.as_str(), "env" | "params") && is_one(path),
        })
    }
}

/// The variables and parameters whose whole value a text takes in, with the place of each reference.
pub fn named_in(text: &str) -> Vec<(String, Range<usize>)> {
    let named = |found: reference::Reference| match found.target {
        Target::Variable { name, operator }
            if !found.quoted && operator.as_deref().is_none_or(|operator| operator.starts_with(":-") || operator.starts_with('-')) =>
        {
            Some((name, found.range))
        }
        Target::Value { namespace, path } if matches!(namespace.as_str(), "env" | "params") => Some((path, found.range)),
        _ => None,
    };
    reference::find(text).into_iter().filter_map(named).collect()
}

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
];

/// Outside of home folders.
const ABSOLUTE: &[(&str, &str)] = &[
    ("/var/run/docker.sock", "the Docker socket"),
    ("/run/docker.sock", "the Docker socket"),
    ("/run/podman/podman.sock", "the Podman socket"),
    ("/run/secrets", "secrets of `/run/secrets`"),
    ("/var/run/secrets", "secrets of `/var/run/secrets`"),
];

/// A volume that brings a credential into a container.
#[derive(Clone, Debug)]
pub struct Mounted {
    /// What is in it, such as `the login of Claude Code`.
    pub what: String,
    /// The built-in provider whose login it is.
    pub provider: Option<&'static provider::Provider>,
    /// The name of the provider whose login it is, built in or not.
    pub owner: Option<String>,
    /// The volume, split.
    pub volume: Volume,
    /// Its index in `volumes`.
    pub index: usize,
    /// The scalar that holds it.
    pub span: Span,
}

/// The volumes of a container whose source is known to hold a credential, or lies in such a folder.
pub fn mounted(container: &Container, described: &[provider::Described]) -> Vec<Mounted> {
    let parsed =
        container.volumes.iter().enumerate().filter_map(|(index, (text, node))| Some((index, volume::parse(text).ok()?, node.span)));
    let binds = parsed.filter(|(_, volume, _)| volume.kind == VolumeKind::Bind);
    binds
        .filter_map(|(index, volume, span)| {
            let described = described.iter().find(|provider| is_login_of(provider, &volume.source));
            if let Some(provider) = described {
                let (what, owner) = (format!("the login of {}", provider.name), Some(provider.name.clone()));
                return Some(Mounted { what, provider: provider::find(&provider.name), owner, volume, index, span });
            }
            let (what, provider) = held(&volume.source)?;
            let owner = provider.map(|provider| provider.name.to_owned());
            Some(Mounted { what, provider, owner, volume, index, span })
        })
        .collect()
}

/// Whether a file or folder of the host is one that holds a provider's login, or lies in one.
fn is_login_of(provider: &provider::Described, source: &str) -> bool {
    below_home(source).is_some_and(|below| provider.directories.iter().any(|folder| within(below, folder)))
}

fn within(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a folder or file of the host holds.
fn held(source: &str) -> Option<(String, Option<&'static provider::Provider>)> {
    let Some(below) = below_home(source) else {
        let (_, what) = ABSOLUTE.iter().find(|(place, _)| within(source.trim_end_matches('/'), place))?;
        return Some(((*what).to_owned(), None));
    };
    let provider = provider::PROVIDERS.iter().find(|provider| provider.directory.is_some_and(|directory| within(below, directory.home)));
    if let Some(provider) = provider {
        return Some((format!("the login of {}", provider.title), Some(provider)));
    }
    let (_, what) = PLACES.iter().find(|(place, _)| within(below, place))?;
    Some(((*what).to_owned(), None))
}

/// The path below the home folder, for a source written with `~`, `$HOME`, or a home folder's
/// usual place.
fn below_home(source: &str) -> Option<&str> {
    let source = source.trim_end_matches('/');
    for home in ["~/", "$HOME/", "${HOME}/", "${env.HOME}/", "/root/"] {
        if let Some(rest) = source.strip_prefix(home) {
            return Some(rest);
        }
    }
    let rest = source.strip_prefix("/home/").or_else(|| source.strip_prefix("/Users/"))?;
    rest.split_once('/').map(|(_, rest)| rest)
}
