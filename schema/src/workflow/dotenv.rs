//! What a DAG's dotenv files define: the names, and what each value is made of. The values themselves are not kept.

use std::collections::BTreeMap;
use std::fmt;

use crate::workflow::reference::{self, Target};
use crate::workflow::{credential, key_shape};

/// The names that dotenv files define.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dotenv {
    values: BTreeMap<String, Made>,
}

/// What a value of a dotenv file is made of.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Made {
    /// The number of its file, from the first that is read.
    pub file: usize,
    /// Names of the same file whose values were put in.
    pub taken: Vec<String>,
    /// What follows a `$` that stays in it: the engine looks for values of such names once more. In a password with a
    /// `$` it is a part of that, so only a name that something defines may be shown.
    pub left: Vec<String>,
    /// The same behind a backslash.
    pub escaped: Vec<String>,
    /// Whether there is nothing in it but blanks.
    pub is_empty: bool,
    /// Whether there is more in it than references.
    pub has_text: bool,
    /// Whether a part of it has the form of a provider's key.
    pub is_key: bool,
}

impl Made {
    /// What is to be known of a value: as it is written, and as it was read, where values of names were put in. `known`
    /// is what is known of those.
    pub fn of<'a>(written: &str, value: &str, taken: Vec<String>, file: usize, known: impl Fn(&str) -> Option<&'a Self>) -> Self {
        // What was put in is a value; a `$` in it may stand there by chance.
        let names = reference::variable_names(written);
        let is_written = |name: &String| {
            names.iter().any(|known| name.split('.').next() == Some(known))
                || taken.iter().filter_map(|taken| known(taken)).any(|made| made.left.contains(name))
        };
        Self {
            file,
            left: reference::sources(value).into_iter().filter(&is_written).collect(),
            escaped: credential::escaped(value).into_iter().filter(&is_written).collect(),
            taken,
            is_empty: value.trim().is_empty(),
            has_text: has_text(value),
            is_key: !key_shape::keys(value).is_empty(),
        }
    }

    /// The names that the value is taken from, in the file or where it is read: of the latter those that something defines.
    pub fn from(&self, is_defined: impl Fn(&str) -> bool) -> Vec<String> {
        let left = self.left.iter().filter(|name| !self.taken.contains(name) && is_defined(name));
        self.taken.iter().chain(left).cloned().collect()
    }
}

impl fmt::Debug for Made {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Made");
        shown.field("file", &self.file).field("taken", &self.taken).field("is_empty", &self.is_empty).finish_non_exhaustive()
    }
}

/// Whether a value is more than references that are meant to be some: in braces, or in capital letters.
fn has_text(value: &str) -> bool {
    let mut end = 0;
    for found in reference::find(value) {
        let written = value.get(found.range.clone()).unwrap_or_default();
        let is_meant = !matches!(found.target, Target::Variable { operator: Some(_), .. })
            && (written.starts_with("${") || !written.bytes().any(|byte| byte.is_ascii_lowercase()));
        if !is_meant || value.get(end..found.range.start).is_some_and(|between| !between.trim().is_empty()) {
            return true;
        }
        end = end.max(found.range.end);
    }
    value.get(end..).is_some_and(|rest| !rest.trim().is_empty())
}

impl Dotenv {
    /// Whether a file defines a name.
    pub fn contains(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// What the value of a name is made of.
    pub fn get(&self, name: &str) -> Option<&Made> {
        self.values.get(name)
    }

    /// The names in order, each with what its value is made of.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Made)> {
        self.values.iter()
    }

    /// The names in order.
    pub fn names(&self) -> impl Iterator<Item = &String> {
        self.values.keys()
    }

    /// Whether no file defines a name.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

impl FromIterator<(String, Made)> for Dotenv {
    fn from_iter<I: IntoIterator<Item = (String, Made)>>(values: I) -> Self {
        Self { values: values.into_iter().collect() }
    }
}

impl Extend<(String, Made)> for Dotenv {
    fn extend<I: IntoIterator<Item = (String, Made)>>(&mut self, values: I) {
        self.values.extend(values);
    }
}

/// Names of whose values nothing is known.
impl FromIterator<String> for Dotenv {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        names.into_iter().map(|name| (name, Made::default())).collect()
    }
}
