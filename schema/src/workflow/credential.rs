//! What carries a credential: variables by their name and by what their value is taken from.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::ops::Range;

use crate::workflow::dotenv::{Dotenv, Made};
use crate::workflow::reference::{self, Policy, Scope, Target};
use crate::workflow::visibility::Semantics;
use crate::workflow::{EnvEntry, Workflow, key_shape, provider};

/// What a name stands for, as far as the file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Whether its value is taken from a credential, or is one.
    pub credential: bool,
    /// Whether the file alone says the value, and it is no credential.
    pub plain: bool,
    contract: Arrival,
    engine: Arrival,
}

/// What of a value is there when its name is read.
#[derive(Clone, Default, PartialEq, Eq)]
struct Arrival {
    /// Names whose references stay in the value as they are written.
    missing: Vec<String>,
    /// Whether the credential arrives.
    carried: bool,
}

/// What is missing may be a part of a password with a `$` in it.
impl fmt::Debug for Arrival {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Arrival").field("missing", &self.missing.len()).field("carried", &self.carried).finish()
    }
}

/// Names of dotenv files that take their values from each other in a row.
const LONGEST_CHAIN: usize = 8;

/// Names that are kept of those that stay as written: the first few tell all that is asked.
const MOST_MISSING: usize = 8;

impl Held {
    /// A name with a value.
    fn given(credential: bool) -> Self {
        let arrival = Arrival { missing: Vec::new(), carried: credential };
        Self { credential, plain: false, contract: arrival.clone(), engine: arrival }
    }

    /// A name with a value; whether it is a credential only its own name tells.
    pub fn named(name: &str) -> Self {
        Self::given(provider::sounds_like_credential(name))
    }

    fn plain() -> Self {
        Self { plain: true, ..Self::default() }
    }

    fn arrival(&self, semantics: Semantics) -> &Arrival {
        match semantics {
            Semantics::Contract => &self.contract,
            Semantics::Engine => &self.engine,
        }
    }

    fn arrival_mut(&mut self, semantics: Semantics) -> &mut Arrival {
        match semantics {
            Semantics::Contract => &mut self.contract,
            Semantics::Engine => &mut self.engine,
        }
    }

    /// Whether only the reference as written is there: of what it is taken from, nothing that matters.
    pub fn is_literal(&self, semantics: Semantics) -> bool {
        let arrival = self.arrival(semantics);
        !arrival.missing.is_empty() && !arrival.carried
    }

    /// Whether it is no credential here, though it is one by other rules.
    pub fn is_harmless(&self, semantics: Semantics) -> bool {
        let arrival = self.arrival(semantics);
        self.credential && arrival.missing.is_empty() && !arrival.carried
    }

    /// The same, as the engine has it elsewhere.
    pub fn take_engine(&mut self, other: Self) {
        self.credential |= other.credential;
        self.engine = other.engine;
    }
}

/// What is known of a name where it is read.
pub enum Lookup<'a> {
    /// It has a value of the DAG.
    Here(&'a Held),
    /// It comes from outside.
    Outside,
    /// Nothing gives it a value.
    Nowhere,
}

/// How a name is looked up.
type Look<'a, 's> = dyn Fn(&str, Semantics) -> Lookup<'s> + 'a;

/// The names of a DAG's scope, with what they stand for.
#[derive(Clone, Debug, Default)]
pub struct Credentials {
    names: HashMap<String, Held>,
    params: HashMap<String, Held>,
    /// What the dotenv files define.
    files: HashMap<String, Held>,
    /// Credentials that have no value yet where they are named.
    later: HashSet<String>,
    /// Those that carry one wherever they stand, beside the well-known ones.
    described: HashSet<String>,
}

impl Credentials {
    /// Reads a DAG in the order in which a run resolves it: params, env, what its dotenv files
    /// define, secrets. A variable whose value is taken from a credential is one as well.
    pub fn of(workflow: &Workflow, dotenv: &Dotenv) -> Self {
        let later = workflow.secrets.iter().map(|secret| secret.name.value.clone()).collect();
        let described = workflow.providers.iter().flat_map(|provider| provider.credentials.iter().cloned()).collect();
        let mut all = Self { later, described, ..Self::default() };
        all.read(workflow, dotenv);
        let is_early = |held: &Held| !held.contract.missing.is_empty() || !held.engine.missing.is_empty();
        if workflow.env.iter().any(|entry| all.names.get(&entry.name.value).is_some_and(is_early)) {
            // Whether a name that stands further up takes from a credential is known by now.
            all.later.extend(all.names.iter().filter(|(_, held)| held.credential).map(|(name, _)| name.clone()));
            all.read(workflow, dotenv);
        }
        all
    }

    fn read(&mut self, workflow: &Workflow, dotenv: &Dotenv) {
        let all = self;
        all.names.clear();
        all.params.clear();
        for param in &workflow.params {
            let name = &param.name.value;
            let is_given = workflow.given_credentials.contains(name);
            // A reference in a default stays as it is written.
            let written = param.default.as_deref().filter(|_| !is_given).unwrap_or_default();
            let mut held = all.held(name, written, &HashMap::new(), &|_, _| false);
            if held.plain {
                held = Held::given(is_given || all.is_known(name));
            }
            all.params.insert(name.clone(), held);
        }
        all.names = all.params.clone();
        // A name that is set further down has no value yet, but from outside.
        let mut last: HashMap<&str, (usize, bool)> = HashMap::new();
        for (index, entry) in workflow.env.iter().enumerate() {
            last.insert(&entry.name.value, (index, reference::sources(&entry.value).contains(&entry.name.value)));
        }
        let secret_from_elsewhere: HashMap<&str, bool> = workflow
            .secrets
            .iter()
            .map(|secret| {
                let is_same = secret.provider.as_ref().is_some_and(|provider| provider.value == "env")
                    && secret.key.as_ref().is_some_and(|key| key.value == secret.name.value);
                (secret.name.value.as_str(), !is_same)
            })
            .collect();
        for (index, entry) in workflow.env.iter().enumerate() {
            let is_later = |name: &str| {
                let later = last.get(name).is_some_and(|&(at, is_import)| at > index && !is_import);
                let later = later || secret_from_elsewhere.get(name).copied().unwrap_or_else(|| dotenv.contains(name));
                later && name != entry.name.value
            };
            let held = all.held_again(&entry.name.value, &entry.value, &HashMap::new(), &|name, _| !is_later(name), true);
            all.names.insert(entry.name.value.clone(), held);
        }
        all.read_files(dotenv);
        all.names.extend(all.files.clone());
        all.names.extend(workflow.secrets.iter().map(|secret| (secret.name.value.clone(), Held::given(true))));
    }

    /// What dotenv files define. A file sees itself, and those before it.
    fn read_files(&mut self, dotenv: &Dotenv) {
        self.files.clear();
        // A value may be taken from one that is, and that from another.
        let has_references = |made: &Made| !made.taken.is_empty() || !made.left.is_empty() || !made.escaped.is_empty();
        let (taking, rest): (Vec<_>, Vec<_>) = dotenv.iter().partition(|(_, made)| has_references(made));
        for (name, made) in rest {
            let held = if made.is_empty { Held::plain() } else { Held::given(made.is_key || self.sounds_like_one(name)) };
            self.files.insert(name.clone(), held);
        }
        for _ in 0..taking.len().min(LONGEST_CHAIN) {
            let held: Vec<_> = taking.iter().map(|(name, made)| ((*name).clone(), self.held_of_file(name, made, dotenv))).collect();
            if held.iter().all(|(name, held)| self.files.get(name) == Some(held)) {
                break;
            }
            self.files.extend(held);
        }
    }

    /// What a value of a dotenv file stands for that is taken from others.
    fn held_of_file(&self, name: &str, made: &Made, dotenv: &Dotenv) -> Held {
        if made.is_empty {
            return Held::plain();
        }
        let is_before = |other: &str| dotenv.get(other).is_some_and(|other| other.file <= made.file);
        // What a file leaves is looked up by the engine alone.
        let look = |name: &str, semantics| match semantics {
            Semantics::Engine if name.contains('.') => {
                name.strip_prefix("params.").and_then(|name| self.params.get(name)).map_or(Lookup::Nowhere, Lookup::Here)
            }
            Semantics::Engine => {
                let in_files = self.files.get(name).filter(|_| is_before(name));
                in_files.or_else(|| self.names.get(name)).map_or(Lookup::Nowhere, Lookup::Here)
            }
            Semantics::Contract => Lookup::Nowhere,
        };
        let is_named = self.sounds_like_one(name);
        let mut held = Held { credential: is_named || made.is_key, ..Held::default() };
        for semantics in [Semantics::Contract, Semantics::Engine] {
            let arrival = held.arrival_mut(semantics);
            arrival.missing.clone_from(&made.escaped);
            arrival.carried = made.is_key;
            for taken in made.taken.iter().filter_map(|name| self.files.get(name)) {
                self.arrive(arrival, Lookup::Here(taken), name, semantics, (&look, 1));
            }
            for left in &made.left {
                self.arrive(arrival, look(left, semantics), left, semantics, (&look, 1));
            }
            // What only its own name makes a credential is one when all of it is there; any other text is from the author.
            arrival.carried |= is_named && (made.has_text || arrival.missing.is_empty());
        }
        let is_credential = |name: &String| self.later.contains(name) || self.sounds_like_one(name);
        held.credential |= held.contract.carried || held.engine.carried || made.left.iter().any(is_credential);
        held
    }

    /// Whether the dotenv files hold a credential.
    pub fn are_in_files(&self) -> bool {
        self.files.values().any(|held| held.credential && !held.is_literal(Semantics::Contract))
    }

    /// Whether the DAG's scope has a credential of this name.
    pub fn has(&self, name: &str) -> bool {
        self.names.get(name).is_some_and(|held| held.credential)
    }

    /// Whether a variable of this name is known to carry a credential.
    pub fn is_known(&self, name: &str) -> bool {
        provider::is_known_credential(name) || self.described.contains(name)
    }

    fn sounds_like_one(&self, name: &str) -> bool {
        provider::sounds_like_credential(name) || self.described.contains(name)
    }

    /// What the DAG's scope has of this name.
    pub fn get(&self, name: &str) -> Option<&Held> {
        self.names.get(name)
    }

    /// Whether an entry passes a credential on: a name that sounds like one and a value taken from
    /// elsewhere, or a value taken from one.
    pub fn carried_by(&self, entry: &EnvEntry) -> bool {
        self.held(&entry.name.value, &entry.value, &HashMap::new(), &|_, _| true).credential
    }

    /// What an entry stands for. `local` are names that are nearer than the DAG's, and `is_outside`
    /// says whether a name that neither has comes from outside.
    pub fn held(&self, name: &str, value: &str, local: &HashMap<String, Held>, is_outside: &dyn Fn(&str, Semantics) -> bool) -> Held {
        self.held_again(name, value, local, is_outside, false)
    }

    /// The same; `is_read_again`: whether the engine looks at the value once more when it has read it, and so finds what a
    /// backslash kept.
    fn held_again(
        &self,
        name: &str,
        value: &str,
        local: &HashMap<String, Held>,
        is_outside: &dyn Fn(&str, Semantics) -> bool,
        is_read_again: bool,
    ) -> Held {
        let look = |name: &str, semantics| match local.get(name).or_else(|| self.names.get(name)) {
            Some(held) => Lookup::Here(held),
            None if is_set_by_run(name) || is_outside(name, semantics) => Lookup::Outside,
            None => Lookup::Nowhere,
        };
        let mut sources: Vec<Source> = reference::find(value).into_iter().filter(|found| !found.quoted).map(Source::of).collect();
        sources.extend(escaped(value).into_iter().map(Source::Escaped));
        if sources.is_empty() {
            let is_key = (self.is_known(name) && !value.is_empty()) || !key_shape::keys(value).is_empty();
            return if is_key { Held::given(true) } else { Held::plain() };
        }
        let mut held = Held { plain: true, ..Held::default() };
        let is_named = self.sounds_like_one(name);
        for semantics in [Semantics::Contract, Semantics::Engine] {
            for source in &sources {
                let lookup = match source {
                    Source::Plain => continue,
                    Source::Param(path) => self.params.get(path).map_or(Lookup::Nowhere, Lookup::Here),
                    Source::Name(name) => look(name, semantics),
                    Source::Part(name) => match look(name, semantics) {
                        Lookup::Outside => Lookup::Nowhere,
                        lookup => lookup,
                    },
                    Source::Output(_) => Lookup::Outside,
                    Source::Escaped(name) if is_read_again && semantics == Semantics::Engine => {
                        let held = name.strip_prefix("params.").map_or_else(|| self.names.get(name), |name| self.params.get(name));
                        held.map_or(Lookup::Nowhere, Lookup::Here)
                    }
                    Source::Escaped(_) => Lookup::Nowhere,
                };
                let name = source.name();
                held.plain &= matches!(lookup, Lookup::Here(other) if other.plain);
                held.credential |= match lookup {
                    Lookup::Here(other) => other.credential,
                    Lookup::Outside => self.sounds_like_one(name),
                    Lookup::Nowhere => self.sounds_like_one(name) || self.later.contains(name),
                };
                // Values with a namespace are put in first, and what they hold is then read like the rest.
                let times = if matches!(source, Source::Param(_)) { 2 } else { 1 };
                self.arrive(held.arrival_mut(semantics), lookup, name, semantics, (&look, times));
            }
        }
        held.credential |= held.contract.carried || held.engine.carried;
        held.plain &= !held.credential;
        held.credential |= is_named && !held.plain;
        let is_plain = held.plain;
        for semantics in [Semantics::Contract, Semantics::Engine] {
            let arrival = held.arrival_mut(semantics);
            // What only its own name makes a credential is one when all of it is there.
            arrival.carried |= is_named && !is_plain && arrival.missing.is_empty();
        }
        held
    }

    /// What of a name's value gets into another's: the engine looks at an inserted value once more, or more `times`.
    fn arrive<'s>(&self, arrival: &mut Arrival, lookup: Lookup<'_>, name: &str, semantics: Semantics, (look, times): (&Look<'_, 's>, u8)) {
        let mut miss = |name: &str| {
            if arrival.missing.len() < MOST_MISSING && !arrival.missing.iter().any(|known| known == name) {
                arrival.missing.push(name.to_owned());
            }
        };
        match lookup {
            Lookup::Nowhere => miss(name),
            Lookup::Outside => arrival.carried |= self.sounds_like_one(name),
            Lookup::Here(held) => {
                let other = held.arrival(semantics);
                let mut carried = other.carried;
                for missing in &other.missing {
                    match look(missing, semantics) {
                        Lookup::Here(again) if semantics == Semantics::Engine && times > 1 => {
                            let mut deeper = Arrival::default();
                            self.arrive(&mut deeper, Lookup::Here(again), missing, semantics, (look, times - 1));
                            deeper.missing.iter().for_each(|name| miss(name));
                            carried |= deeper.carried;
                        }
                        Lookup::Here(again) if semantics == Semantics::Engine => {
                            let again = again.arrival(semantics);
                            again.missing.iter().for_each(|name| miss(name));
                            carried |= again.carried;
                        }
                        Lookup::Outside if semantics == Semantics::Engine => carried |= self.sounds_like_one(missing),
                        _ => miss(missing),
                    }
                }
                arrival.carried |= carried;
            }
        }
    }

    /// Whether a text that names this only shows the reference: the engine looks at what it
    /// inserted once more.
    pub fn is_literal_in_text(&self, held: &Held, local: &HashMap<String, Held>, semantics: Semantics) -> bool {
        let look = |name: &str, _: Semantics| match local.get(name).or_else(|| self.names.get(name)) {
            Some(held) => Lookup::Here(held),
            None => Lookup::Nowhere,
        };
        let mut arrival = Arrival::default();
        self.arrive(&mut arrival, Lookup::Here(held), "", semantics, (&look, 1));
        !arrival.missing.is_empty() && !arrival.carried
    }
}

/// What a reference takes its value from.
enum Source {
    /// A variable.
    Name(String),
    /// A part of a variable that holds JSON, or a property of a step.
    Part(String),
    /// A parameter.
    Param(String),
    /// A declared output.
    Output(String),
    /// A variable behind a backslash, which is dropped.
    Escaped(String),
    /// A value of the DAG or the run that is no credential.
    Plain,
}

impl Source {
    fn of(found: reference::Reference) -> Self {
        match found.target {
            // Whether there is one, or how long it is, is no value of it.
            Target::Variable { operator: Some(operator), .. } if reference::is_test(&operator) => Self::Plain,
            Target::Variable { name, .. } => Self::Name(name),
            // A step's output has no name of its own here.
            Target::Property { path, .. } if is_step_property(&path) => Self::Plain,
            Target::Property { name, .. } => Self::Part(name),
            Target::Value { namespace, path } => match namespace.as_str() {
                "env" => Self::Name(path),
                "params" if !path.is_empty() => Self::Param(path),
                "steps" => Self::Output(path.rsplit('.').next().unwrap_or_default().to_owned()),
                _ => Self::Plain,
            },
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::Name(name) | Self::Part(name) | Self::Param(name) | Self::Output(name) | Self::Escaped(name) => name,
            Self::Plain => "",
        }
    }
}

/// The variables, and parameters as `params.NAME`, whose references a backslash keeps as they are.
pub fn escaped(value: &str) -> Vec<String> {
    if !value.contains("\\$") {
        return Vec::new();
    }
    let shown = reference::expand(value, &Nothing, Policy::FIELD).text;
    let all = reference::find(&shown).into_iter().filter_map(|found| match found.target {
        Target::Variable { name, .. } => Some(name),
        Target::Value { namespace, path } if namespace == "env" => Some(path),
        Target::Value { namespace, path } if namespace == "params" => Some(format!("params.{path}")),
        _ => None,
    });
    let given: HashSet<String> = reference::sources(value).into_iter().collect();
    all.filter(|name| !given.contains(name)).collect()
}

/// A scope without names.
struct Nothing;

impl Scope for Nothing {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn dotted(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}

fn is_step_property(path: &str) -> bool {
    let first = path.split(['.', '[', ':']).next().unwrap_or_default();
    matches!(first, "output" | "outputs" | "stdout" | "stderr" | "exit_code" | "exitCode")
}

/// Whether a run sets a variable itself.
fn is_set_by_run(name: &str) -> bool {
    name.starts_with("DAG_") || name.starts_with("DAGU_")
}

/// The variables and parameters whose whole value a text takes in, with the place of each reference.
pub fn named_in(text: &str) -> Vec<(String, Range<usize>)> {
    reference::find(text).into_iter().filter_map(|found| Some((named_by(&found)?.to_owned(), found.range))).collect()
}

/// The variable or parameter whose whole value a reference stands for.
pub fn named_by(found: &reference::Reference) -> Option<&str> {
    match &found.target {
        Target::Variable { name, operator }
            if !found.quoted && operator.as_deref().is_none_or(|operator| operator.starts_with(":-") || operator.starts_with('-')) =>
        {
            Some(name)
        }
        Target::Value { namespace, path } if matches!(namespace.as_str(), "env" | "params") => Some(path),
        _ => None,
    }
}
