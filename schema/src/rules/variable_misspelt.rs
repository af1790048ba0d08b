use std::cell::LazyCell;
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::meant::{Meant, Names};
use super::{Check, Context, Rule, Sink};
use crate::diagnostic::{Confidence, Fix, Safety, Severity};
use crate::suggest::{Slip, slip};
use crate::syntax::Node;
use crate::workflow::env::is_variable_name;
use crate::workflow::mention::{self, Mention, Owner};
use crate::workflow::reference::{self, Target};
use crate::workflow::EnvEntry;

pub(super) static RULE: Rule = Rule {
    name: "variable-misspelt",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "A variable that nothing in sight defines, and whose name is nearly that of one that is defined.",
    why: "Nothing complains about a variable that does not exist. `${env.NAME}` stays as it is, so that a shell fails with `bad substitution` and any other program receives the `${...}` itself; `$NAME` in a shell is empty. Only a name that looks like a slip of one that the DAG defines is reported: others may come from the base configuration, a profile or a dotenv file.",
    grounds: "Engine, by runs: `${env.NAME}` is replaced from the DAG's env, params, secrets, dotenv files, outputs and the step's env, and from a few variables of the process (`HOME`, `PATH`, `LANG`, ...); of others of the process only in the root `env`. What has no value stays, and a shell rejects it.",
    bad: "env:\n\
        \x20 - DATA_DIR: /srv/data\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: ls \"${env.DATA_DRI}\"\n",
    good: "env:\n\
        \x20 - DATA_DIR: /srv/data\n\
        steps:\n\
        \x20 - id: report\n\
        \x20   run: ls \"${env.DATA_DIR}\"\n",
    absence: true,
    check: Check::Document(check),
};

/// Names reported: each costs a search for its place, and of so many the first are enough.
const MOST: usize = 100;

fn check(context: &Context<'_>, sink: &mut Sink) {
    let workflow = context.workflow;
    let names = LazyCell::new(|| Names::of(context));
    let values = LazyCell::new(|| -> HashMap<*const Node, &str> {
        workflow.env.iter().map(|entry| (Arc::as_ptr(&entry.source.0), entry.name.value.as_str())).collect()
    });
    // A dotenv file that the DAG names may define what it likes; here it is not.
    let is_open = workflow.node.get_some("dotenv").is_some() && context.facts.dotenv.is_empty();
    let settings = mention::in_settings(workflow);
    let mut reported = HashSet::new();
    let mut blamed = HashSet::new();
    let mut reads_a_script: HashMap<*const Node, bool> = HashMap::new();
    for mention in workflow.mentions().iter().chain(&settings).filter(|mention| !mention.foreign && !mention.reference.quoted) {
        let Some((name, strict)) = variable(mention) else { continue };
        let known = names.declares(name) || context.facts.variables.contains(name) || context.facts.dotenv.contains(name);
        if known || is_open || reported.contains(name) || reported.len() >= MOST {
            continue;
        }
        let mut node_reads_a_script =
            || *reads_a_script.entry(Arc::as_ptr(&mention.node)).or_insert_with(|| self::reads_a_script(&mention.node));
        if !strict && (names.words().bare.contains(name) || node_reads_a_script()) {
            continue; // the script may assign it
        }
        let in_root_env = mention.owner == Owner::Document;
        let own = values.get(&Arc::as_ptr(&mention.node)).filter(|_| in_root_env);
        let Some(meant) = names.meant(name, strict && !in_root_env, own.copied()) else { continue };
        let at = mention.range().start + mention.written().find(name).unwrap_or(0);
        let place = context.span_in(&mention.node, at..at + name.len());
        reported.insert(name);
        let (near, declaration) = match meant {
            Meant::Defined(near, declared) => (near, declared.span(place)),
            Meant::Usual(near) => (near, None),
        };
        // One declaration against several places that agree: the declaration is the slip.
        let slipped = declaration.filter(|_| names.is_unread(near) && names.words().all(name) > 1);
        sink.push(if let Some(declaration) = slipped {
            blamed.insert(near);
            let message = format!("nothing reads `{near}`, and nothing defines `{name}`, which is read");
            sink.finding(declaration, message)
                .related(place, format!("`{name}` is read here"))
                .help(format!("did you mean `{name}`?"))
                .fix(Fix::replace(format!("Rename to `{name}`"), Safety::Unsafe, declaration, name))
        } else {
            let whole = context.span_in(&mention.node, mention.range());
            let mut finding =
                sink.finding(whole, format!("`{}` has no value: nothing in this file defines `{name}`", mention.written()));
            if let Some(declaration) = declaration {
                finding = finding.related(declaration, format!("`{near}` is declared here"));
            }
            let fix = Fix::replace(format!("Change to `{near}`"), Safety::Unsafe, place, near);
            finding.help(format!("did you mean `{near}`?")).fix(fix)
        });
    }
    let containers = workflow.container.iter().chain(workflow.every_step().filter_map(|step| step.container.as_deref()));
    let entries = workflow.env.iter().chain(workflow.every_step().flat_map(|step| &step.env)).chain(containers.flat_map(|container| &container.env));
    let mut usual: HashMap<&str, Option<&'static str>> = HashMap::new();
    for entry in entries {
        let name = entry.name.value.as_str();
        if blamed.contains(name) {
            continue;
        }
        let nearly = || names.usual(name, |near, slip| slip == Slip::Letter && name.len() > 5 && !is_a_style(name, near));
        let usual = *usual.entry(name).or_insert_with(nearly);
        if let Some(meant) = usual.filter(|meant| names.is_unread(name) && !names.declares(meant)) {
            sink.push(
                sink.finding(entry.name.span, format!("nothing here reads `{name}`, and a letter is all that parts it from the usual `{meant}`"))
                    .help(format!("did you mean `{meant}`?"))
                    .fix(Fix::replace(format!("Rename to `{meant}`"), Safety::Unsafe, entry.name.span, meant)),
            );
            continue;
        }
        let Some(meant) = source_name(entry).filter(|meant| names.is_unread(name) && !reported.contains(meant.as_str())) else { continue };
        let message = format!("`{name}` differs by a letter from `{}`, which it takes its value from, and nothing here reads it", entry.value.trim());
        sink.push(
            sink.finding(entry.name.span, message)
                .help(format!("did you mean `{meant}`?"))
                .fix(Fix::replace(format!("Rename to `{meant}`"), Safety::Unsafe, entry.name.span, meant.as_str())),
        );
    }
}

/// The variable that a reference names, and whether only the engine resolves it (`${env.NAME}`).
fn variable(mention: &Mention) -> Option<(&str, bool)> {
    let (name, strict) = match &mention.reference.target {
        Target::Value { namespace, path } if namespace == "env" => (path.trim(), true),
        Target::Variable { name, operator } => {
            // `${NAME:-default}` is made for a name that may not be there.
            let expects_none = operator.as_ref().is_some_and(|operator| operator.trim_start_matches(':').starts_with(['-', '+', '?', '=']));
            (Some(name.as_str()).filter(|_| !expects_none)?, false)
        }
        _ => return None,
    };
    (is_variable_name(name) && name.len() > 2).then_some((name, strict))
}

/// Whether the text runs another script in its own shell, which may set anything.
fn reads_a_script(node: &Node) -> bool {
    const READS: &[&str] = &["source ", "eval ", ". /", ". ./", ". \"", ". $", "export $("];
    // What stands in a quoted here-document, or is the program of another language, is not the shell's.
    const FOREIGN: &[&str] = &["<<'", "<<\"", "<<-'", "<<-\"", "<< '", "<<\\", "php", "perl", "$$"];
    node.text().is_some_and(|text| READS.iter().chain(FOREIGN).any(|word| text.contains(word)))
}

/// Whether the names only differ in whether words are parted, as in `LOGDIR` for `LOG_DIR`.
fn is_a_style(written: &str, name: &str) -> bool {
    let count = |text: &str| text.matches('_').count();
    count(written) != count(name) && written.replace('_', "") == name.replace('_', "") && !written.contains("__")
}

/// The name of which an entry's own is a slip: the one that its whole value is taken from.
fn source_name(entry: &EnvEntry) -> Option<String> {
    let value = entry.value.trim();
    let found = reference::find(value);
    let [reference] = found.as_slice() else { return None };
    let Target::Value { namespace, path } = &reference.target else { return None };
    let whole = reference.range == (0..value.len()) && matches!(namespace.as_str(), "params" | "env" | "consts" | "steps");
    let path = if namespace == "steps" { path.rsplit_once(".outputs.")?.1 } else { path.as_str() };
    let capitals = !entry.name.value.contains(|c: char| c.is_lowercase());
    let meant = if capitals { path.to_uppercase() } else { path.to_owned() };
    (whole && is_variable_name(&meant) && meant.len() >= 6 && slip(&entry.name.value, &meant) == Some(Slip::Letter)).then_some(meant)
}
