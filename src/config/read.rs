//! The text of a configuration, read; what is wrong with it, with its place.

use std::ops::Range;
use std::path::Path;

use dagu_schema::suggest::nearest;
use dagu_schema::suppress::NEVER;
use dagu_schema::{Confidence, Encoding, LineIndex, rules};
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Config, Layer, Level, Pattern, Profile, folder_of};

/// Keys of the configuration.
pub(super) const KEYS: [&str; 9] =
    ["profile", "confidence", "select", "ignore", "severity", "overrides", "providers", "include", "exclude"];

/// Those of them that an override does not have.
const OF_ALL_FILES: [&str; 4] = ["overrides", "providers", "include", "exclude"];

/// The key of an override that says which files it is about.
const PATHS: &str = "paths";

pub(super) type Value<'t> = Spanned<DeValue<'t>>;

/// Reads a configuration.
///
/// # Errors
/// Everything that is wrong with it.
pub(super) fn read(path: &Path, text: &str) -> Result<Config, Vec<String>> {
    let folder = folder_of(Some(path)).unwrap_or_default();
    let mut reader = Reader { path, text, lines: LineIndex::new(text), troubles: Vec::new() };
    let config = match DeTable::parse(text) {
        Ok(table) => reader.config(table.get_ref(), &folder),
        Err(error) => {
            reader.trouble(error.span().unwrap_or(0..0), error.message());
            None
        }
    };
    let troubles = reader.troubles;
    config.filter(|_| troubles.is_empty()).ok_or(troubles)
}

pub(super) struct Reader<'t> {
    path: &'t Path,
    text: &'t str,
    lines: LineIndex,
    troubles: Vec<String>,
}

impl Reader<'_> {
    pub(super) fn trouble(&mut self, span: Range<usize>, what: &str) {
        let position = self.lines.position(self.text, span.start, Encoding::Chars);
        self.troubles.push(format!("{}:{}:{}: {what}", self.path.display(), position.line + 1, position.column + 1));
    }

    fn config(&mut self, table: &DeTable<'_>, folder: &Path) -> Option<Config> {
        let all = self.layer(table, &KEYS);
        let mut overrides = Vec::new();
        if let Some(value) = table.get("overrides") {
            match value.get_ref() {
                DeValue::Array(tables) => {
                    for value in tables.iter() {
                        overrides.extend(self.one_override(value, folder));
                    }
                }
                other => self.wrong_type(value, other, "tables, each written as `[[overrides]]`"),
            }
        }
        let providers = table.get("providers").map(|value| self.providers(value)).unwrap_or_default();
        let mut files = |key: &str| self.paths(table.get(key)?, folder);
        let (include, exclude) = (files("include"), files("exclude"));
        Some(Config { folder: folder.to_owned(), all, overrides, providers: providers.into(), include, exclude })
    }

    fn one_override(&mut self, value: &Value<'_>, folder: &Path) -> Option<(Gitignore, Layer)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, value.get_ref(), "a table, written as `[[overrides]]`");
            return None;
        };
        let known: Vec<&str> = KEYS.iter().copied().filter(|key| !OF_ALL_FILES.contains(key)).chain([PATHS]).collect();
        let layer = self.layer(table, &known);
        let Some(paths) = table.get(PATHS) else {
            self.trouble(value.span(), "`paths` is missing: it says which files this is about, such as `[\"sandbox/**\"]`");
            return None;
        };
        Some((self.paths(paths, folder)?, layer))
    }

    /// Patterns of paths.
    fn paths(&mut self, paths: &Value<'_>, folder: &Path) -> Option<Gitignore> {
        let mut builder = GitignoreBuilder::new(folder);
        for (pattern, span) in self.texts(paths) {
            if let Err(error) = builder.add_line(None, &pattern) {
                self.trouble(span, &format!("this is no pattern of paths: {error}"));
            }
        }
        match builder.build() {
            Ok(paths) => Some(paths),
            Err(error) => {
                self.trouble(paths.span(), &format!("these are no patterns of paths: {error}"));
                None
            }
        }
    }

    fn layer(&mut self, table: &DeTable<'_>, known: &[&str]) -> Layer {
        let mut layer = Layer::default();
        for (key, value) in table.iter() {
            match key.get_ref().as_ref() {
                name if !known.contains(&name) => {
                    self.unknown_key(name, key.span(), known);
                }
                "profile" => layer.profile = self.profile(value),
                "confidence" => layer.confidence = self.word(value, Confidence::ALL.map(|confidence| (confidence.name(), confidence))),
                "select" => layer.select = Some(self.patterns(value)),
                "ignore" => layer.ignore = self.patterns(value),
                "severity" => layer.severity = self.severities(value),
                _ => {}
            }
        }
        layer
    }

    pub(super) fn unknown_key(&mut self, name: &str, span: Range<usize>, known: &[&str]) {
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("known are {}", rules::listed(known.iter().copied())),
        };
        self.trouble(span, &format!("unknown key `{name}`; {hint}"));
    }

    fn profile(&mut self, value: &Value<'_>) -> Option<Profile> {
        self.word(value, Profile::ALL.map(|profile| (profile.name(), profile)))
    }

    fn severities(&mut self, value: &Value<'_>) -> Vec<(Pattern, Level)> {
        let DeValue::Table(table) = value.get_ref() else {
            self.wrong_type(value, value.get_ref(), "a table, written as `[severity]`");
            return Vec::new();
        };
        let mut severities = Vec::new();
        for (key, value) in table.iter() {
            let pattern = self.pattern(key.get_ref(), key.span());
            let level = self.word(value, Level::ALL.map(|level| (level.name(), level)));
            severities.extend(pattern.zip(level));
        }
        severities.sort_by_key(|(pattern, _)| (!pattern.0.ends_with('*'), pattern.0.len()));
        severities
    }

    /// One of some words.
    fn word<T: Copy, const N: usize>(&mut self, value: &Value<'_>, words: [(&'static str, T); N]) -> Option<T> {
        let DeValue::String(text) = value.get_ref() else {
            self.wrong_type(value, value.get_ref(), &rules::one_of(words.iter().map(|(word, _)| *word)));
            return None;
        };
        let found = words.iter().find(|(word, _)| *word == text.as_ref()).map(|(_, meant)| *meant);
        if found.is_none() {
            let all = rules::one_of(words.iter().map(|(word, _)| *word));
            let hint =
                nearest(text, words.iter().map(|(word, _)| *word)).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            self.trouble(value.span(), &format!("`{text}` is not one of {all}{hint}"));
        }
        found
    }

    fn patterns(&mut self, value: &Value<'_>) -> Vec<Pattern> {
        self.texts(value).into_iter().filter_map(|(text, span)| self.pattern(&text, span)).collect()
    }

    fn pattern(&mut self, text: &str, span: Range<usize>) -> Option<Pattern> {
        let pattern = Pattern(text.to_owned());
        if text == NEVER {
            self.trouble(span, &format!("`{NEVER}` always is an error: what cannot be read cannot be checked"));
            return None;
        }
        if rules::ALL.iter().any(|rule| pattern.matches(rule.name)) {
            return Some(pattern);
        }
        let hint = match nearest(text, rules::ALL.iter().map(|rule| rule.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`dagu-rs rules` lists them".to_owned(),
        };
        let what = if text.ends_with('*') { "starts like" } else { "is called" };
        self.trouble(span, &format!("no rule {what} `{text}`; {hint}"));
        None
    }

    pub(super) fn texts(&mut self, value: &Value<'_>) -> Vec<(String, Range<usize>)> {
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong_type(value, value.get_ref(), "a list of texts");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => texts.push((text.to_string(), item.span())),
                other => self.wrong_type(item, other, "a text"),
            }
        }
        texts
    }

    pub(super) fn wrong_type(&mut self, value: &Value<'_>, found: &DeValue<'_>, expected: &str) {
        let found = match found {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "a boolean",
            DeValue::Datetime(_) => "a date",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        };
        self.trouble(value.span(), &format!("this is {found}, not {expected}"));
    }
}
