//! The command line of a harness attempt.

use crate::syntax::ScalarType;
use crate::workflow::harness::{Attempt, Definition, FlagValue, PromptMode};

/// What is executed for a harness attempt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Invocation {
    /// The executable and its arguments; empty when the attempt's provider is not known.
    pub argv: Vec<String>,
    /// What it reads on standard input; `None` for nothing.
    pub stdin: Option<String>,
}

/// Lays out the command line. References in the prompt, in `stdin` and in the flags' values must
/// have been resolved (or are shown as written): their text is typed here as YAML would.
pub fn harness(attempt: &Attempt, prompt: &str, stdin: Option<&str>) -> Invocation {
    let Some(definition) = &attempt.definition else {
        return Invocation::default();
    };
    let prompt = normal_prompt(prompt);
    let stdin = stdin.map(str::trim).filter(|text| !text.is_empty());
    let flags = flags(definition, attempt);
    let joined = || stdin.map_or_else(|| prompt.to_owned(), |text| format!("{prompt}\n\n{text}"));

    let mut argv = vec![definition.binary.clone()];
    argv.extend(definition.prefix_args.iter().cloned());
    if definition.prompt_mode == PromptMode::Stdin {
        argv.extend(flags);
        return Invocation { argv, stdin: Some(joined()) };
    }
    let (prompt, stdin) = if definition.folds_stdin { (joined(), None) } else { (prompt.to_owned(), stdin.map(str::to_owned)) };
    let prompt = match &definition.prompt_mode {
        PromptMode::Flag(flag) => vec![flag.clone(), prompt],
        _ => vec![prompt],
    };
    if definition.prompt_first {
        argv.extend(prompt);
        argv.extend(flags);
    } else {
        argv.extend(flags);
        argv.extend(prompt);
    }
    Invocation { argv, stdin }
}

/// A prompt of one line is trimmed; one of several lines is kept to the byte.
fn normal_prompt(prompt: &str) -> &str {
    if prompt.contains('\n') { prompt } else { prompt.trim() }
}

/// The flags' tokens, by key in alphabetical order.
fn flags(definition: &Definition, attempt: &Attempt) -> Vec<String> {
    // With defaults the keys must be comparable, so the engine writes them all in kebab case, and
    // the kebab spelling wins where both were given.
    let canonical = definition.kebab_flags && !definition.default_flags.is_empty();
    let mut flags: Vec<(String, &FlagValue)> = Vec::new();
    if canonical {
        flags.extend(definition.default_flags.iter().map(|(key, value)| (kebab(key), value)));
        for spelled_kebab in [false, true] {
            for (key, value) in attempt.flags.iter().filter(|(key, _)| key.contains('_') != spelled_kebab) {
                put(&mut flags, kebab(key), value);
            }
        }
    } else {
        flags.extend(definition.default_flags.iter().map(|(key, value)| (key.clone(), value)));
        for (key, value) in &attempt.flags {
            put(&mut flags, key.value.clone(), value);
        }
    }
    flags.sort_by(|(a, _), (b, _)| a.cmp(b));
    flags.iter().flat_map(|(key, value)| tokens(definition, key, value)).collect()
}

fn put<'a>(flags: &mut Vec<(String, &'a FlagValue)>, key: String, value: &'a FlagValue) {
    match flags.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => *known = value,
        None => flags.push((key, value)),
    }
}

fn kebab(key: &str) -> String {
    key.replace('_', "-")
}

fn tokens(definition: &Definition, key: &str, value: &FlagValue) -> Vec<String> {
    let exact = definition.option_flags.iter().find(|(option, _)| option == key).map(|(_, token)| token.clone());
    let flag = exact.unwrap_or_else(|| {
        let dashes = if definition.gnu_long { "--" } else { "-" };
        let name = if definition.kebab_flags { kebab(key) } else { key.to_owned() };
        format!("{dashes}{name}")
    });
    match value {
        FlagValue::Nothing | FlagValue::Bool(false) => Vec::new(),
        FlagValue::Bool(true) => vec![flag],
        FlagValue::Text(text) => match typed(text) {
            Typed::Bool(false) => Vec::new(),
            Typed::Bool(true) => vec![flag],
            Typed::Text(text) if text.is_empty() => Vec::new(),
            Typed::Text(text) => vec![flag, text],
        },
        FlagValue::List(items) => items
            .iter()
            .flat_map(|item| {
                let text = match typed(item) {
                    Typed::Bool(value) => value.to_string(),
                    Typed::Text(text) => text,
                };
                [flag.clone(), text]
            })
            .collect(),
    }
}

enum Typed {
    Bool(bool),
    Text(String),
}

/// The engine reads each resolved text once more as YAML would: `'1.10'` becomes `1.1`. Null and
/// what is no boolean or number stays as it was written.
fn typed(text: &str) -> Typed {
    match ScalarType::of(text.trim()) {
        ScalarType::Bool(value) => Typed::Bool(value),
        ScalarType::Int(value) => Typed::Text(value.to_string()),
        ScalarType::Float(value) if value.is_nan() => Typed::Text("NaN".to_owned()),
        ScalarType::Float(value) if value.is_infinite() => Typed::Text(if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()),
        ScalarType::Float(value) => Typed::Text(value.to_string()),
        ScalarType::Null | ScalarType::String => Typed::Text(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Span, Spanned};
    use crate::syntax::Tree;

    fn definition() -> Definition {
        Definition {
            binary: "agent".to_owned(),
            prefix_args: vec!["exec".to_owned()],
            prompt_mode: PromptMode::Arg,
            prompt_first: true,
            gnu_long: true,
            option_flags: Vec::new(),
            default_flags: Vec::new(),
            kebab_flags: true,
            folds_stdin: false,
        }
    }

    fn attempt(definition: Definition, flags: &[(&str, FlagValue)]) -> Attempt {
        let (tree, _) = Tree::parse("a: b");
        Attempt {
            provider: None,
            definition: Some(definition),
            flags: flags.iter().map(|(key, value)| (Spanned::new((*key).to_owned(), Span::at(0)), value.clone())).collect(),
            managed: None,
            node: tree.documents[0].root.clone().unwrap(),
        }
    }

    fn text(value: &str) -> FlagValue {
        FlagValue::Text(value.to_owned())
    }

    #[test]
    fn flags_are_sorted_and_typed_as_the_engine_does() {
        let flags = [
            ("model", text("sonnet")),
            ("max_turns", text("2.0")),
            ("add_dir", FlagValue::List(vec!["/a".to_owned(), "1.10".to_owned(), "true".to_owned()])),
            ("a", text("'x")),
            ("b", text("0x10")),
            ("c", text(" 7 ")),
            ("d", text("010")),
            ("e", text("1e3")),
            ("f", text("false")),
            ("g", text(" true ")),
            ("h", text("")),
            ("i", text("null")),
            ("j", text("1_000")),
            ("k", text(".inf")),
            ("l", FlagValue::Bool(false)),
            ("m", FlagValue::Nothing),
        ];
        let invocation = harness(&attempt(definition(), &flags), " hi ", Some("  "));
        let expected = "agent exec hi --a 'x --add-dir /a --add-dir 1.1 --add-dir true --b 16 --c 7 --d 8 --e 1e3 --g --i null --j 1000 --k +Inf --max-turns 2 --model sonnet";
        assert_eq!(invocation.argv.join(" "), expected);
        assert_eq!(invocation.stdin, None);
    }

    #[test]
    fn defaults_give_way_and_kebab_wins() {
        let with_default = Definition { default_flags: vec![("skip-git-repo-check".to_owned(), FlagValue::Bool(true))], ..definition() };
        let argv = |flags: &[(&str, FlagValue)]| harness(&attempt(with_default.clone(), flags), "p", None).argv.join(" ");
        assert_eq!(argv(&[]), "agent exec p --skip-git-repo-check");
        assert_eq!(argv(&[("skip_git_repo_check", FlagValue::Bool(false))]), "agent exec p");
        assert_eq!(argv(&[("max-turns", text("1")), ("max_turns", text("2"))]), "agent exec p --max-turns 1 --skip-git-repo-check");
        let both = harness(&attempt(definition(), &[("max-turns", text("1")), ("max_turns", text("2"))]), "p", None).argv.join(" ");
        assert_eq!(both, "agent exec p --max-turns 1 --max-turns 2");
    }

    #[test]
    fn prompts_and_stdin() {
        let run = |definition: Definition| {
            let invocation = harness(&attempt(definition, &[("x", text("y"))]), "do\n", Some(" more \n"));
            (invocation.argv.join("|"), invocation.stdin)
        };
        assert_eq!(run(definition()), ("agent|exec|do\n|--x|y".to_owned(), Some("more".to_owned())));
        assert_eq!(run(Definition { folds_stdin: true, ..definition() }), ("agent|exec|do\n\n\nmore|--x|y".to_owned(), None));
        let stdin = Definition { prompt_mode: PromptMode::Stdin, ..definition() };
        assert_eq!(run(stdin), ("agent|exec|--x|y".to_owned(), Some("do\n\n\nmore".to_owned())));
        let custom = Definition {
            prompt_mode: PromptMode::Flag("--ask".to_owned()),
            prompt_first: false,
            gnu_long: false,
            kebab_flags: false,
            option_flags: vec![("x".to_owned(), "/x".to_owned())],
            ..definition()
        };
        assert_eq!(run(custom), ("agent|exec|/x|y|--ask|do\n".to_owned(), Some("more".to_owned())));
    }
}
