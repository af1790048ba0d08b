use std::cell::LazyCell;

use super::{Check, Context, Has, Rule, Sink};
use crate::diagnostic::{Confidence, Diagnostic, Severity};
use crate::workflow::volume;

pub(super) static RULE: Rule = Rule {
    name: "volume-source-variable-unset",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "The source of a volume names a variable that is defined nowhere in sight.",
    why: "A volume's source is filled in from the DAG and from the environment of the process that runs it. A variable that neither has fails the step, or for a root container the whole run. With `dagu-rs check --probe` this machine is taken for the one that runs the DAG, and the finding is an error.",
    grounds: "Engine, at run time: `unresolved environment variable \"NAME\" in volume source`. Its `validate` accepts any name.",
    bad: "steps:\n\
        \x20 - id: greet\n\
        \x20   run: ls /data\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     volumes:\n\
        \x20       - ${DATA_ROOT}/in:/data\n",
    good: "env:\n\
        \x20 - DATA_ROOT: /srv/data\n\
        steps:\n\
        \x20 - id: greet\n\
        \x20   run: ls /data\n\
        \x20   container:\n\
        \x20     image: alpine:3.20\n\
        \x20     volumes:\n\
        \x20       - ${DATA_ROOT}/in:/data\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Among(check)),
};

/// Set in every login.
const USUAL: &[&str] = &["HOME", "USER", "PATH", "SHELL", "PWD", "TMPDIR", "LANG", "LOGNAME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"];

fn check(context: &Context<'_>, sink: &mut Sink) {
    let defined = LazyCell::new(|| context.defined_names());
    for owned in context.containers() {
        for (text, node) in &owned.container.volumes {
            for variable in volume::variables(text) {
                let name = variable.name.as_str();
                let managed = name.starts_with("DAG_") || name.starts_with("DAGU_");
                let in_step = owned.step.is_some_and(|step| step.every_env().any(|entry| entry.name.value == name));
                let in_container = owned.container.env.iter().any(|entry| entry.name.value == name);
                let set = context.facts.variables.contains(name) || context.facts.dotenv.contains(name);
                if defined.contains(name) || (USUAL.contains(&name) && context.facts.host.is_none()) || managed || in_step || in_container || set {
                    continue;
                }
                if context.facts.host.is_some() {
                    let message = format!("`{name}` is set neither in the DAG nor in this environment, so every run fails");
                    let finding = sink.finding(context.span_in(node, variable.range), message);
                    let help = format!("set `{name}` where the DAG is started, define it in the DAG's `env`, or write the path");
                    sink.push(Diagnostic { severity: Severity::Error, ..finding.help(help) });
                    continue;
                }
                let message = format!("`{name}` is not defined in the DAG and not set here: unless it is set where the DAG runs, every run fails");
                sink.push(sink.finding(context.span_in(node, variable.range), message).help(format!("define `{name}` in the DAG's `env`, or write the path")));
            }
        }
    }
}
