//! What a DAG's dotenv files define: the names, and what each value is made of. The values themselves are not kept.

use std::collections::BTreeMap;

use crate::workflow::{credential, key_shape, reference};

/// The names that dotenv files define.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dotenv {
    values: BTreeMap<String, Made>,
}

/// What a value of a dotenv file is made of.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// The number of its file, from the first that is read.
    pub file: usize,
    /// Names of the same file whose values were put in.
    pub taken: Vec<String>,
    /// Names whose references stay in it: the engine looks at them once more.
    pub left: Vec<String>,
    /// Names whose references a backslash keeps in it.
    pub escaped: Vec<String>,
    /// Whether there is nothing in it.
    pub is_empty: bool,
    /// Whether a part of it has the form of a provider's key.
    pub is_key: bool,
}

impl Made {
    /// What is to be known of a value as it was read, into which values of these names were put.
    pub fn of(value: &str, taken: Vec<String>, file: usize) -> Self {
        Self {
            file,
            taken,
            left: reference::sources(value),
            escaped: credential::escaped(value),
            is_empty: value.is_empty(),
            is_key: !key_shape::keys(value).is_empty(),
        }
    }

    /// The names that the value is taken from, in the file or where it is read.
    pub fn from(&self) -> Vec<String> {
        self.taken.iter().chain(self.left.iter().filter(|name| !self.taken.contains(name))).cloned().collect()
    }
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
