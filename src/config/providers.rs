//! `providers`: what agents need that are not built in.

use std::ops::Range;

use dagu_schema::workflow::env::is_variable_name;
use dagu_schema::workflow::provider::Described;
use toml::de::DeValue;

use super::read::{Reader, Value};

/// Keys of a provider.
pub(super) const KEYS: [&str; 4] = ["credentials", "directories", "binary", "hosted"];

impl Reader<'_> {
    /// The providers that are described, by name.
    pub(super) fn providers(&mut self, value: &Value<'_>) -> Vec<Described> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, value.get_ref(), "tables, each written as `[providers.NAME]`");
            return Vec::new();
        };
        let mut providers = Vec::new();
        for (name, value) in table.iter() {
            if name.get_ref().trim().is_empty() {
                self.trouble(name.span(), "a provider needs a name: that in `provider`");
            }
            providers.extend(self.provider(name.get_ref(), value));
        }
        providers
    }

    fn provider(&mut self, name: &str, value: &Value<'_>) -> Option<Described> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, value.get_ref(), "a table, written as `[providers.NAME]`");
            return None;
        };
        let mut provider =
            Described { name: name.to_owned(), binary: None, credentials: Vec::new(), directories: Vec::new(), hosted: true };
        for (key, value) in table.iter() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("credentials", _) => {
                    provider.credentials = self.checked(value, |name| is_variable_name(name).then(|| name.to_owned()), VARIABLE)
                }
                ("directories", _) => provider.directories = self.checked(value, below_home, FOLDER),
                ("binary", DeValue::String(binary)) => provider.binary = Some(binary.to_string()),
                ("binary", other) => self.wrong_type(value, other, "the name of a program"),
                ("hosted", DeValue::Boolean(hosted)) => provider.hosted = *hosted,
                ("hosted", other) => self.wrong_type(value, other, "`true` or `false`"),
                (name, _) => self.unknown_key(name, key.span(), &KEYS),
            }
        }
        Some(provider)
    }

    /// The texts of a list, each as it is meant.
    fn checked(&mut self, value: &Value<'_>, meant: fn(&str) -> Option<String>, what: &str) -> Vec<String> {
        let texts: Vec<(String, Range<usize>)> = self.texts(value);
        let mut found = Vec::new();
        for (text, span) in texts {
            match meant(&text) {
                Some(text) => found.push(text),
                None => self.trouble(span, &format!("`{text}` is not {what}")),
            }
        }
        found
    }
}

const VARIABLE: &str = "the name of a variable: letters, digits and `_`";
const FOLDER: &str = "below the home folder, such as `~/.config/agent`";

/// A path below the home folder, without that.
fn below_home(path: &str) -> Option<String> {
    let path = ["~/", "$HOME/", "${HOME}/"].iter().find_map(|home| path.strip_prefix(home)).unwrap_or(path);
    let path = path.trim_end_matches('/');
    let is_below = !path.is_empty() && !path.starts_with(['/', '~', '$']) && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    is_below.then(|| path.to_owned())
}
