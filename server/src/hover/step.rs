//! A step: where it runs, what it executes, what it sees, what it waits for.

use dagu_schema::syntax::Node;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::workflow::harness::FlagValue;
use dagu_schema::workflow::reference;
use dagu_schema::workflow::visibility::{Origin, Sight, Visible};
use dagu_schema::workflow::{Action, Attempt, Command, Container, Place, Step, Workflow, account, argv, duration, expander, shown};

use super::markdown::code;
use super::{View, called, container};

/// A step, as a list of what there is to know of it.
pub(super) fn describe(view: &View<'_>, step: &Step) -> String {
    let workflow = view.workflow;
    let mut lines = vec![format!("**step {}**", code(step.called())), String::new()];
    if let Some(description) = step.node.get_some("description").and_then(|description| description.text()) {
        lines.extend([shown::first_line(description), String::new()]);
    }
    lines.push(format!("- Runs in: {}", place(workflow, step)));
    lines.extend(container_lines(workflow, step));
    lines.extend(executed(step));
    lines.extend(read_by(workflow, step));
    lines.extend(order(workflow, step));
    lines.extend(policies(step));
    lines.extend(sight(workflow, &view.analysis.dotenv, step));
    lines.join("\n") + "\n"
}

fn place(workflow: &Workflow, step: &Step) -> String {
    let attached = workflow.container_of(step).and_then(Container::attach);
    match (step.place, attached) {
        (Place::RootContainer, Some(target)) => format!("root container: attached to {}", code(&target.value)),
        (Place::OwnContainer, Some(target)) => format!("attached to {}", code(&target.value)),
        _ => account::place(workflow, step),
    }
}

/// What the step's container is made of.
fn container_lines(workflow: &Workflow, step: &Step) -> Vec<String> {
    if let (Place::DockerRun, Action::DockerRun(Some(with))) = (step.place, &step.action) {
        let text = |field: &str| with.get_some(field).and_then(|value| value.text());
        let image = text("image").map(|image| format!("- Image: {}", code(&shown::masked(image))));
        let name = text("container_name").map(|name| format!("- Container: {}", code(&shown::masked(name))));
        return image.into_iter().chain(name).collect();
    }
    workflow.container_of(step).map(|made| container::lines(made, false)).unwrap_or_default()
}

/// What a step executes.
pub(super) fn executed(step: &Step) -> Vec<String> {
    let harness = match &step.action {
        Action::Harness(harness) => harness,
        Action::Run(commands) => {
            const MOST: usize = 8;
            let command = |command: &Command| format!("- Command: {}", code(&shown::first_line(&command.text)));
            let more = commands.len().checked_sub(MOST).filter(|more| *more > 0).map(|more| format!("- Command: {more} more"));
            return commands.iter().take(MOST).map(command).chain(more).collect();
        }
        _ => return vec![format!("- Action: {}", code(&shown::first_line(&account::action(step))))],
    };
    let attempt = |(number, attempt): (usize, &Attempt)| {
        let name = if number == 0 { "Command".to_owned() } else { format!("Fallback {number}") };
        match command_line(attempt, harness.stdin.is_some()) {
            Some((line, true)) => format!("- {name}: {}, with standard input", code(&line)),
            Some((line, false)) => format!("- {name}: {}", code(&line)),
            None => match attempt.provider.as_ref().map(|provider| provider.value.as_str()).filter(|provider| !provider.is_empty()) {
                Some(provider) => format!("- {name}: not known for provider {}", code(provider)),
                None => format!("- {name}: not known without a provider"),
            },
        }
    };
    harness.attempts.iter().enumerate().map(attempt).collect()
}

/// The command line of an attempt, and whether something is piped into it; `None` when its layout is not known.
pub(super) fn command_line(attempt: &Attempt, has_stdin: bool) -> Option<(String, bool)> {
    let invocation = argv::harness(&masked(attempt), "PROMPT", has_stdin.then_some("STDIN"));
    if invocation.argv.is_empty() {
        return None;
    }
    let words: Vec<String> = shown::argv(&invocation.argv).iter().map(|word| quoted(word)).collect();
    Some((words.join(" "), invocation.stdin.is_some()))
}

/// The attempt with what may be a secret in its flags covered.
fn masked(attempt: &Attempt) -> Attempt {
    let mut attempt = attempt.clone();
    let cover = |text: &mut String| {
        if shown::is_literal(text) {
            *text = "***".to_owned();
        }
    };
    for (_, value) in attempt.flags.iter_mut().filter(|(key, _)| shown::is_secret_name(&key.value)) {
        match value {
            FlagValue::Text(text) => cover(text),
            FlagValue::List(items) => items.iter_mut().for_each(cover),
            FlagValue::Bool(_) | FlagValue::Nothing => {}
        }
    }
    attempt
}

/// A word as a shell would need it written.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "_-./:=@%+,${}*".contains(c);
    if !word.is_empty() && word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// The shell that reads the step's commands.
fn read_by(workflow: &Workflow, step: &Step) -> Option<String> {
    let is_foreign = step.commands().is_none_or(<[_]>::is_empty);
    if is_foreign {
        return None;
    }
    let scripts = step.commands().unwrap_or_default().iter().filter(|command| command.script && step.shell.is_none());
    if let Some(program) = scripts.filter_map(|command| expander::shebang(&command.text)).next() {
        return Some(format!("- Read by: {}", code(program)));
    }
    let words = |words: &[String]| code(&shown::argv(words).join(" "));
    match (workflow.container_of(step), step.shell.as_ref().or(workflow.shell.as_ref())) {
        (Some(container), _) if container.shell.is_empty() => Some(
            "- Shell: none in the Dagu engine, which takes the text apart itself; `dagu-rs run` uses the container's `/bin/sh`".to_owned(),
        ),
        (Some(container), _) => Some(format!("- Shell: {} in the container", words(&container.shell))),
        (None, Some(shell)) if step.place == Place::Host => Some(format!("- Shell: {}", words(shell))),
        _ => None,
    }
}

/// What it waits for, and what waits for it.
fn order(workflow: &Workflow, step: &Step) -> Vec<String> {
    let index =
        workflow.step_index(step.called()).filter(|&index| workflow.steps.get(index).is_some_and(|found| std::ptr::eq(found, step)));
    let Some(index) = index else {
        let after: Vec<String> = step.depends.iter().map(|depends| code(&depends.value)).collect();
        return (!after.is_empty()).then(|| format!("- After: {}", after.join(", "))).into_iter().collect();
    };
    let before = workflow.edges.get(index).into_iter().flatten().filter_map(|edge| workflow.steps.get(edge.from));
    let is_behind = |edges: &Vec<dagu_schema::workflow::graph::Edge>| edges.iter().any(|edge| edge.from == index);
    let behind =
        workflow.edges.iter().enumerate().filter(|(_, edges)| is_behind(edges)).filter_map(|(behind, _)| workflow.steps.get(behind));
    let (before, behind) = (called(before), called(behind));
    [("After", before), ("Before", behind)]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(word, names)| format!("- {word}: {names}"))
        .collect()
}

/// What becomes of it when it fails, or takes long.
fn policies(step: &Step) -> Vec<String> {
    let mut lines = Vec::new();
    let source = |field: &str| match (step.node.get(field), &step.defaults) {
        (None, Some(_)) => ", from `defaults`",
        _ => "",
    };
    if let Some(seconds) = step.timeout_sec {
        lines.push(format!("- Time limit: {}{}", seconds_in_words(seconds), source("timeout_sec")));
    }
    if let Some(retry) = step.retry.as_deref() {
        let limit = retry.limit.map_or("until it succeeds".to_owned(), |limit| format!("up to {limit} more times"));
        let interval = retry.interval_sec.map(|seconds| format!(", {} apart", seconds_in_words(seconds))).unwrap_or_default();
        lines.push(format!("- After a failure: tried again {limit}{interval}{}", source("retry_policy")));
    }
    let goes_on = step.continue_on.as_deref().map(|continue_on| (continue_on.failure, continue_on.skipped));
    let what = match goes_on {
        Some((true, true)) => "a failure or a skip",
        Some((true, false)) => "a failure",
        Some((false, true)) => "a skip",
        _ => return lines,
    };
    lines.push(format!("- The run goes on after {what}{}", source("continue_on")));
    lines
}

/// Seconds as a length of time.
pub(super) fn seconds_in_words(seconds: u64) -> String {
    i64::try_from(seconds)
        .ok()
        .and_then(|seconds| seconds.checked_mul(1_000_000_000))
        .map_or_else(|| format!("{seconds} s"), duration::words)
}

/// The names that it sees.
fn sight(workflow: &Workflow, dotenv: &Dotenv, step: &Step) -> Vec<String> {
    let visible = Sight::for_step(workflow, dotenv, step).of(step);
    let (mounts, visible): (Vec<&Visible>, Vec<&Visible>) = visible.iter().partition(|visible| visible.origin == Origin::Mount);
    let (own, besides): (Vec<&Visible>, Vec<&Visible>) = visible.into_iter().partition(|visible| visible.contract.any());
    // What a command's text names, the engine fills in there; only the step's own env can get lost.
    let dropped: Vec<&Visible> = own.iter().filter(|visible| visible.origin == Origin::StepEnv && !visible.engine.any()).copied().collect();
    let mut lines = vec![format!("- Names it can see: {}", if own.is_empty() { "none of the DAG's".to_owned() } else { names(&own) })];
    if !besides.is_empty() {
        lines.push(format!("- The Dagu engine lets in besides: {}", names(&besides)));
    }
    if !dropped.is_empty() {
        lines.push(format!("- The Dagu engine drops: {}", names(&dropped)));
    }
    let held = |visible: &&Visible| format!("{} ({})", code(&visible.name), visible.from.join(", "));
    if !mounts.is_empty() {
        lines.push(format!("- Credentials in its mounts: {}", mounts.iter().map(held).collect::<Vec<_>>().join(", ")));
    }
    lines
}

/// Names with where they come from; credentials marked. Never values.
fn names(visible: &[&Visible]) -> String {
    const MOST: usize = 40;
    let name = |visible: &&Visible| {
        let credential = if visible.credential { ", credential" } else { "" };
        let inherited = if visible.span.is_some_and(|span| span.is_beyond()) { ", inherited" } else { "" };
        format!("{} ({}{inherited}{credential})", code(&visible.name), visible.origin.name())
    };
    let more = visible.len().checked_sub(MOST).filter(|more| *more > 0).map(|more| format!("{more} more"));
    visible.iter().take(MOST).map(name).chain(more).collect::<Vec<_>>().join(", ")
}

/// Whether a value is one that the reader may see: a text that refers to nothing is literal.
pub(super) fn value(node: &Node, name: &str) -> Option<String> {
    let text = node.text()?;
    let is_secret = shown::is_secret_name(name) && shown::is_literal(text);
    (!is_secret && !text.is_empty()).then(|| code(&shown::first_line(text)))
}

/// The names that a text refers to.
pub(super) fn refers_to(text: &str) -> Option<String> {
    let names: Vec<String> = reference::sources(text).iter().map(|name| code(name)).collect();
    (!names.is_empty()).then(|| names.join(", "))
}
