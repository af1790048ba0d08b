//! Files of the root container: what its steps leave there for each other, out of all mounts.

use std::borrow::Cow;

use hashbrown::{HashMap, HashSet};

use crate::workflow::order;
use crate::workflow::provider::sounds_like_credential;
use crate::workflow::shell::{self, Token};
use crate::workflow::volume::{VolumeKind, below, normal};
use crate::workflow::{Container, Step, Workflow};

/// Programs that put others, or libraries, into the container.
const INSTALLERS: &[&str] =
    &["apk", "apt", "apt-get", "dnf", "gem", "microdnf", "npm", "pip", "pip3", "pnpm", "yarn", "yum", "uv", "git", "cargo", "go"];

/// Bytes above which a word names no file.
const LONGEST: usize = 4096;

/// What each step of the root container names there.
pub(crate) struct KeptFiles<'a> {
    steps: Vec<(&'a Step, Named)>,
}

impl<'a> KeptFiles<'a> {
    pub(crate) fn of(workflow: &Workflow, container: &Container, steps: &[&'a Step]) -> Self {
        let values = values(workflow, container);
        Self { steps: steps.iter().map(|step| (*step, Named::of(container, step, &values))).collect() }
    }

    /// Whether a step may need what another one leaves in the container, or the reverse: both name a file, or a
    /// folder that it is in, which is on no mount, or the other one installs something.
    pub(crate) fn are_shared(&self, step: &Step) -> bool {
        let is_own = |other: &Step| std::ptr::eq(other, step);
        let Some((_, own)) = self.steps.iter().find(|(other, _)| is_own(other)) else { return true };
        self.steps.iter().any(|(other, named)| !is_own(other) && (named.installs || own.meets(named)))
    }
}

fn installs(step: &Step) -> bool {
    texts(step).any(|text| {
        let words: Vec<&str> =
            text.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')')).filter(|word| !word.is_empty()).collect();
        let is_installed = |word: &&str| matches!(*word, "install" | "add" | "-g" | "--global" | "-S" | "update" | "upgrade");
        words.iter().enumerate().any(|(at, word)| {
            let rest = words.get(at + 1..).unwrap_or_default();
            INSTALLERS.contains(word) && rest.iter().take(4).any(is_installed)
        })
    })
}

/// The values of variables that have a plain one.
fn values<'a>(workflow: &'a Workflow, container: &'a Container) -> HashMap<&'a str, &'a str> {
    let entries = workflow.env.iter().chain(&container.env).filter(|entry| !entry.value.contains('$'));
    entries.map(|entry| (entry.name.value.as_str(), entry.value.as_str())).collect()
}

/// What the texts of a step name, as places in the container.
struct Named {
    /// Words that are the names of files by their look, or are written to.
    files: HashSet<String>,
    /// All words.
    words: HashSet<String>,
    /// Whether it puts programs or libraries into the container.
    installs: bool,
}

impl Named {
    fn of(container: &Container, step: &Step, values: &HashMap<&str, &str>) -> Self {
        let mut named = Self { files: HashSet::new(), words: HashSet::new(), installs: installs(step) };
        for text in texts(step) {
            let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '=' | ';' | '|' | '&' | '<' | '>' | '(' | ')' | ',');
            for word in text.split(ends).filter(|word| !word.contains("://")) {
                for word in word.split(':') {
                    let word = resolved(word, values);
                    named.add(container, &word, looks_like_file(&word));
                }
            }
        }
        for (text, _) in order::shell_texts(step) {
            let tokens = shell::tokens(text);
            for (at, token) in tokens.iter().enumerate() {
                let redirected = at.checked_sub(1).and_then(|before| tokens.get(before)).is_some_and(Token::redirects_output);
                let writes =
                    || matches!(order::command_word(&tokens, at), Some("tee" | "touch" | "mkdir" | "cp" | "mv" | "ln" | "install"));
                if let Some(word) = token.literal().filter(|_| redirected || writes()) {
                    named.add(container, word, true);
                }
            }
        }
        named
    }

    fn add(&mut self, container: &Container, word: &str, is_file: bool) {
        if word.is_empty() || word.len() > LONGEST || word.starts_with('-') {
            return;
        }
        let Some(place) = place(container, word) else { return };
        if is_file {
            self.files.insert(place.clone());
        }
        self.words.insert(place);
    }

    /// Whether a file of the one is, or lies below, what the other names.
    fn meets(&self, other: &Self) -> bool {
        let lies_in = |place: &str, named: &HashSet<String>| folders(place).any(|folder| named.contains(folder));
        let meets = |one: &Self, other: &Self| {
            one.files.iter().any(|file| lies_in(file, &other.words)) || other.words.iter().any(|word| lies_in(word, &one.files))
        };
        meets(self, other) || meets(other, self)
    }
}

/// The texts in which a step says what to do.
fn texts(step: &Step) -> impl Iterator<Item = &str> {
    let commands = step.commands().unwrap_or_default().iter().map(|command| command.text.as_str());
    let prompt = step.harness().into_iter().flat_map(|harness| {
        harness.prompt.iter().map(|(text, _)| text.as_str()).chain(harness.stdin.iter().map(|(text, _)| text.as_str()))
    });
    commands.chain(prompt)
}

/// A word that starts with a variable, with its value where that is known.
fn resolved<'w>(word: &'w str, values: &HashMap<&str, &str>) -> Cow<'w, str> {
    let value = || {
        let rest = word.strip_prefix('$')?;
        let (name, rest) = match rest.strip_prefix('{') {
            Some(braced) => braced.split_once('}')?,
            None => rest.split_at(rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len())),
        };
        let value = values.get(name.strip_prefix("env.").unwrap_or(name))?;
        Some(format!("{value}{rest}"))
    };
    value().map_or(Cow::Borrowed(word), Cow::Owned)
}

/// Where a file is in the container; `None` on a mount, and for what is no file of it.
fn place(container: &Container, path: &str) -> Option<String> {
    let is_whole = path.starts_with(['/', '~', '$']);
    let folder = container.working_dir.as_deref().unwrap_or("?");
    let place = normal(&if is_whole { path.to_owned() } else { format!("{folder}/{path}") });
    let is_mounted =
        container.mounts().iter().any(|(volume, _)| volume.kind != VolumeKind::Anonymous && below(&place, &volume.target).is_some());
    let is_device = ["/dev/", "/proc/", "/sys/"].iter().any(|folder| place.starts_with(folder));
    (!is_mounted && !is_device && place != "/").then_some(place)
}

/// A place and the folders that it lies in, the root left out.
fn folders(place: &str) -> impl Iterator<Item = &str> {
    let above = place.match_indices('/').filter(|(at, _)| *at > 0).map(|(at, _)| &place[..at]);
    above.chain(std::iter::once(place))
}

/// Whether a word looks like the name of a file: it has a folder or an extension.
fn looks_like_file(word: &str) -> bool {
    let extension = word.rsplit_once('.').filter(|(name, _)| !name.is_empty()).map(|(_, extension)| extension);
    let has_extension = extension.is_some_and(|extension| extension.starts_with(|c: char| c.is_ascii_alphabetic()));
    // A variable whose value is not known here may be one.
    word.contains('/') || has_extension || (word.starts_with('$') && !sounds_like_credential(word.trim_matches(['$', '{', '}'])))
}
