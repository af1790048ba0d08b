use std::cell::LazyCell;
use std::collections::HashMap;

use super::edits::narrow;
use super::{Check, Context, Has, Rule, Sink, at_steps, known, listed};
use crate::diagnostic::{Confidence, Severity};
use crate::workflow::kept_files::KeptFiles;
use crate::workflow::mounted::{self, Extent};
use crate::workflow::reference;
use crate::workflow::{EnvEntry, Step};

pub(super) static RULE: Rule = Rule {
    name: "credential-in-root-container",
    severity: Severity::Warning,
    confidence: Confidence::Likely,
    refused: false,
    summary: "The root container receives a credential, so every step in it can read it.",
    why: "Steps without a container of their own share the root container with all that is in it: a test script reads the agent's key as easily as the agent does. Give the credential to the container of the one step that needs it.",
    grounds: "Page \"Run Claude Code in a Container\": \"every inherited step in that shared container can read it\".",
    bad: "params:\n\
        \x20 - KEY: \"\"\n\
        container:\n\
        \x20 image: ghcr.io/example/agent:1\n\
        \x20 env:\n\
        \x20   - ANTHROPIC_API_KEY=${params.KEY}\n\
        steps:\n\
        \x20 - id: test\n\
        \x20   run: npm test\n",
    good: "params:\n\
        \x20 - KEY: \"\"\n\
        steps:\n\
        \x20 - id: test\n\
        \x20   run: npm test\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20 - id: review\n\
        \x20   action: harness.run\n\
        \x20   container:\n\
        \x20     image: ghcr.io/example/agent:1\n\
        \x20     env:\n\
        \x20       - ANTHROPIC_API_KEY=${params.KEY}\n\
        \x20   with:\n\
        \x20     provider: claude\n\
        \x20     prompt: Review this repository.\n",
    absence: false,
    check: Check::Where(Has::Containers, &Check::Document(check)),
};

fn check(context: &Context<'_>, sink: &mut Sink) {
    let Some(container) = &context.workflow.container else { return };
    let readers: Vec<&Step> = context.root_container_steps().collect();
    if readers.is_empty() {
        return;
    }
    let carried: Vec<(usize, &EnvEntry)> = container.env.iter().enumerate().filter(|(_, entry)| context.sight().carries_credential(entry)).collect();
    // Each is looked for in every step.
    let user = |(at, (_, entry)): (usize, &(usize, &EnvEntry))| if at < MOST_MOVED { only_user(context, &readers, &entry.name.value) } else { None };
    let users: Vec<Option<&Step>> = carried.iter().enumerate().map(user).collect();
    let taken = taken(&container.env);
    // In a container of its own a step would not find what the others leave, nor they what it does.
    let kept = LazyCell::new(|| KeptFiles::of(context.workflow, container, &readers));
    let env = carried.iter().zip(&users).map(|((_, entry), user)| {
        let with_users = || carried.iter().map(|(at, _)| *at).zip(&users);
        let fix = user.filter(|step| !kept.are_shared(step)).and_then(|step| {
            let of_step: Vec<usize> = with_users().filter(|(_, other)| is_same(**other, step)).map(|(at, _)| at).collect();
            let mut of_others: Vec<usize> =
                with_users().filter(|(_, other)| other.is_some() && !is_same(**other, step)).map(|(at, _)| at).collect();
            // What stays in the shared container takes nothing from what goes.
            let stays = |at: &usize| !of_step.contains(at);
            if (0..container.env.len()).filter(stays).any(|at| taken.get(at).is_some_and(|taken| taken.iter().any(|from| of_step.contains(from)))) {
                return None;
            }
            // What the step's container has, takes from what it has too: entries before it, so the last first.
            for at in (0..container.env.len()).rev().filter(|at| !of_others.contains(at)).collect::<Vec<_>>() {
                let mut open = vec![at];
                while let Some(at) = open.pop() {
                    let needed: Vec<usize> = taken.get(at).into_iter().flatten().copied().filter(|from| of_others.contains(from)).collect();
                    of_others.retain(|other| !needed.contains(other));
                    open.extend(needed);
                }
            }
            narrow(context.tree, container, &of_step, &of_others, step)
        });
        (entry.span, format!("`{}`", entry.name.value), fix)
    });
    // A socket is no credential that is read: that has a rule of its own. So have home folders, where agents run.
    let mounted = mounted::of(context.workflow, container, None).into_iter().filter(|mounted| mounted.extent == Extent::Login && !mounted.volume.source.ends_with(".sock"));
    let logins = mounted.map(|login| {
        let span = context.span_in(&container.volumes[login.index].1, login.volume.source_range);
        (span, login.what, None)
    });
    for (span, what, fix) in env.chain(logins) {
        let names = listed(readers.iter().map(|step| step.called()));
        let can = if readers.len() == 1 { "the step that runs" } else { "every step that runs" };
        let finding = sink.finding(span, format!("{what} in the root container can be read by {can} there: {names}"));
        let finding = at_steps(finding, &readers, |step| format!("`{}` can read it", step.called()));
        let finding = finding.help("move it into a `container` of the one step that needs it");
        sink.push(match fix {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
}

/// For each entry those before it that its value takes from.
fn taken(entries: &[EnvEntry]) -> Vec<Vec<usize>> {
    let mut last: HashMap<&str, usize> = HashMap::new();
    let mut taken = Vec::with_capacity(entries.len());
    for (at, entry) in entries.iter().enumerate() {
        taken.push(reference::sources(&entry.value).iter().filter_map(|name| last.get(name.as_str()).copied()).collect());
        last.insert(&entry.name.value, at);
    }
    taken
}

/// Credentials for whose one user is looked, at the most.
const MOST_MOVED: usize = 32;

fn is_same(user: Option<&Step>, step: &Step) -> bool {
    user.is_some_and(|user| std::ptr::eq(user, step))
}

/// The one step that uses a variable: its agent takes it for a credential, or its command names it.
/// Of a variable that none seems to use, the only agent.
fn only_user<'a>(context: &Context<'_>, readers: &[&'a Step], name: &str) -> Option<&'a Step> {
    let takes = |step: &Step| {
        let attempts = step.harness().map(|harness| harness.attempts.as_slice()).unwrap_or_default();
        let by_agent = attempts.iter().filter_map(|attempt| known(context, attempt)).any(|provider| provider.credentials().any(|credential| credential == name));
        by_agent || step.commands().unwrap_or_default().iter().any(|command| names(&command.text, name))
    };
    let only = |mut steps: Vec<&'a Step>| if steps.len() == 1 { steps.pop() } else { None };
    let users: Vec<&Step> = readers.iter().copied().filter(|step| takes(step)).collect();
    let user = if users.is_empty() { only(readers.iter().copied().filter(|step| step.harness().is_some()).collect()) } else { only(users) };
    user.filter(|step| !step.is_in_handler() && step.standing.depth == 0)
}

/// Whether a text has a name as a word.
fn names(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(is_part) && !text[at + name.len()..].starts_with(is_part))
}
