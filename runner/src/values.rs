//! The values that a DAG's references stand for, and where each comes from.

use std::collections::BTreeMap;
use std::sync::Arc;

use dagu_schema::workflow::credential::Credentials;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::workflow::provider;
use dagu_schema::workflow::reference::{Policy, Scope, expand};
use dagu_schema::workflow::visibility::Semantics;
use indexmap::IndexMap;

pub use dagu_schema::workflow::set_by_run::is_inherited;

/// What a finished step left for those after it.
#[derive(Clone, Debug, Default)]
pub struct StepResult {
    /// The variable named by `output:`, with its value.
    pub output: Option<(String, String)>,
    /// The declared `outputs:`.
    pub outputs: IndexMap<String, String>,
    /// The exit code.
    pub exit_code: i64,
    /// The file with its standard output.
    pub stdout: String,
    /// The file with its standard error.
    pub stderr: String,
}

/// The values in sight of one field. Cheap to copy: what all steps share is behind an [`Arc`].
#[derive(Clone, Debug, Default)]
pub struct Values {
    /// The environment of the process that runs the DAG.
    pub process: Arc<BTreeMap<String, String>>,
    /// `consts`
    pub consts: Arc<IndexMap<String, String>>,
    /// `params`
    pub params: Arc<IndexMap<String, String>>,
    /// The DAG's variables: params, env, dotenv, secrets; the last of a name counts.
    pub dag: Arc<IndexMap<String, String>>,
    /// Of them, the names that dotenv files define.
    pub from_files: Arc<Dotenv>,
    /// `${context.x.y}` by `x.y`.
    pub context: Arc<BTreeMap<String, String>>,
    /// Results of the steps that this one runs after, by id.
    pub steps: Arc<BTreeMap<String, StepResult>>,
    /// Variables of this step: outputs before it, its own env, its container's env.
    pub local: IndexMap<String, String>,
    /// Whether variables are also looked up in the environment of the process.
    pub ask_process: bool,
    /// By whose rules they get to the steps.
    pub semantics: Semantics,
    /// For a plan that is shown: the credentials for whose values the references to them stand.
    pub hidden: Option<Arc<Credentials>>,
}

impl Values {
    /// The same values, with the environment of the process behind them.
    #[must_use]
    pub fn with_process(&self) -> Self {
        Self { ask_process: true, ..self.clone() }
    }

    /// Sets a variable of the step.
    pub fn set(&mut self, name: &str, value: String) {
        let value = self.told(name, value);
        self.local.insert(name.to_owned(), value);
    }

    /// The value by which a name is known here: that of a credential is a reference to it, where
    /// values are hidden. What is made of it then holds the reference as well.
    pub fn told(&self, name: &str, value: String) -> String {
        match &self.hidden {
            Some(credentials) if credentials.has(name) || provider::sounds_like_credential(name) => format!("${{{name}}}"),
            _ => value,
        }
    }

    /// A variable of the step or the DAG, without the environment of the process.
    pub fn own(&self, name: &str) -> Option<&String> {
        self.local.get(name).or_else(|| self.dag.get(name))
    }

    /// The same with the environment of the process behind it, where that is asked.
    fn raw(&self, name: &str) -> Option<&String> {
        self.own(name).or_else(|| self.process.get(name).filter(|_| self.ask_process))
    }

    /// All variables of the step and the DAG; the step's win.
    pub fn all(&self) -> IndexMap<String, String> {
        let mut all = (*self.dag).clone();
        all.extend(self.local.iter().map(|(name, value)| (name.clone(), value.clone())));
        all
    }
}

/// The variables alone, as they are.
struct OnceMore<'a>(&'a Values);

impl Scope for OnceMore<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.raw(name).cloned()
    }

    fn dotted(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}

/// The variables alone, as a reference to them is read.
struct Variables<'a>(&'a Values);

impl Scope for Variables<'_> {
    fn variable(&self, name: &str) -> Option<String> {
        self.0.variable(name)
    }

    fn dotted(&self, _: &str, _: &str) -> Option<String> {
        None
    }
}

impl Scope for Values {
    fn variable(&self, name: &str) -> Option<String> {
        Some(self.inserted(self.raw(name)?))
    }

    fn dotted(&self, head: &str, path: &str) -> Option<String> {
        match head {
            "consts" => self.consts.get(path).cloned(),
            "params" if path.is_empty() => Some(params_json(&self.params)),
            // What is put in so is then read like the rest.
            "params" if self.semantics == Semantics::Engine => {
                self.params.get(path).map(|value| expand(value, &Variables(self), Policy::ENGINE_SHELL).text)
            }
            "params" => self.params.get(path).cloned(),
            "env" => self.variable(path).or_else(|| self.process.get(path).filter(|_| is_inherited(path)).cloned()),
            "steps" => {
                let (id, rest) = path.split_once('.')?;
                let (name, json) = split_path(rest.strip_prefix("outputs.")?);
                let value = self.steps.get(id)?.outputs.get(name)?;
                if json.is_empty() { Some(value.clone()) } else { json_path(value, json) }
            }
            "context" => self.context.get(path).cloned(),
            _ => self.context.get(&format!("{head}.{path}")).cloned().or_else(|| self.property(head, path)),
        }
    }
}

impl Values {
    /// A value as it gets into another: the engine looks at what it inserted once more, whoever wrote it.
    fn inserted(&self, value: &str) -> String {
        match self.semantics {
            Semantics::Engine if value.contains('$') => expand(value, &OnceMore(self), Policy::ENGINE_SHELL).text,
            _ => value.to_owned(),
        }
    }

    /// `${id.output}`, `${id.exit_code}`, `${NAME.json.path}`.
    fn property(&self, head: &str, path: &str) -> Option<String> {
        if let Some(step) = self.steps.get(head) {
            let (first, rest) = split_path(path);
            let value = match first {
                "output" => step.output.as_ref().map(|(_, value)| value.clone()),
                "outputs" => {
                    let (name, json) = split_path(rest);
                    let value = step.outputs.get(name)?;
                    return if json.is_empty() { Some(value.clone()) } else { json_path(value, json) };
                }
                "stdout" => Some(step.stdout.clone()),
                "stderr" => Some(step.stderr.clone()),
                "exit_code" | "exitCode" => Some(step.exit_code.to_string()),
                _ => None,
            }?;
            return if rest.is_empty() { Some(value) } else { json_path(&value, rest) };
        }
        json_path(&self.variable(head)?, path)
    }
}

/// All parameters as one JSON object.
pub fn params_json(params: &IndexMap<String, String>) -> String {
    serde_json::to_string(params).unwrap_or_default()
}

/// The first name of a dotted path, and the rest.
fn split_path(path: &str) -> (&str, &str) {
    match path.find(['.', '[']) {
        Some(at) if path.as_bytes().get(at) == Some(&b'.') => (&path[..at], &path[at + 1..]),
        Some(at) => (&path[..at], &path[at..]),
        None => (path, ""),
    }
}

/// A value within a JSON text, by a path such as `a.b[0].c`.
fn json_path(text: &str, path: &str) -> Option<String> {
    let root: serde_json::Value = serde_json::from_str(text.trim()).ok()?;
    let mut value = &root;
    for part in path.split(['.', '[']).map(|part| part.trim_end_matches(']')).filter(|part| !part.is_empty()) {
        value = match value {
            serde_json::Value::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            other => other.get(part)?,
        };
    }
    Some(match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use dagu_schema::workflow::reference::{Policy, expand};

    use super::*;

    #[test]
    fn references_by_namespace() {
        let map = |pairs: &[(&str, &str)]| pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<IndexMap<_, _>>();
        let step = StepResult {
            output: Some(("OUT".to_owned(), r#"{"a":{"b":[1,"x"]}}"#.to_owned())),
            outputs: map(&[("n", "v")]),
            exit_code: 3,
            ..StepResult::default()
        };
        let values = Values {
            process: Arc::new([("HOME", "/h"), ("ONLY", "x")].map(|(a, b)| (a.to_owned(), b.to_owned())).into()),
            params: Arc::new(map(&[("p", "1")])),
            dag: Arc::new(map(&[("D", "dag"), ("J", r#"{"k":true}"#)])),
            context: Arc::new([("dag.name".to_owned(), "n".to_owned())].into()),
            steps: Arc::new([("s".to_owned(), step)].into()),
            local: map(&[("D", "local")]),
            ..Values::default()
        };
        let text = "$D ${J.k} ${params} ${env.HOME} ${env.ONLY} $HOME ${s.output.a.b[1]} ${steps.s.outputs.n} ${s.exit_code} ${dag.name} ${context.dag.name}";
        let expected = "local true {\"p\":\"1\"} /h ${env.ONLY} $HOME x v 3 n n";
        assert_eq!(expand(text, &values, Policy::FIELD).text, expected);
        assert_eq!(expand("$ONLY", &values.with_process(), Policy::FIELD).text, "x");
    }
}
