//! What is asked of the container engine, or of this machine, for a step: in this order.

use dagu_schema::workflow::PullPolicy;

use crate::plan::command::Command;
use crate::plan::container::{ContainerSpec, Startup};
use crate::plan::{Placed, StepPlan, Work};

/// One thing that is done.
#[derive(Clone, Debug)]
pub enum Operation<'a> {
    /// The image is fetched, as its policy says.
    Pull(&'a ContainerSpec),
    /// A container is made.
    Create(&'a ContainerSpec),
    /// A container is started with this main process.
    Start(Main),
    /// A command is executed in a container that runs.
    Exec(Invocation),
    /// A process is started on this machine.
    Run(Invocation),
    /// The main process ends by itself.
    Wait,
    /// The container is removed; with `true` it is kept.
    Remove(bool),
    /// What follows is done when what stands above has failed: the provider that is tried then.
    Otherwise(String),
}

/// The main process of a container.
#[derive(Clone, Debug)]
pub enum Main {
    /// One that does nothing, for commands to be executed beside it.
    Keepalive,
    /// The image's own.
    Image,
    /// The image's entrypoint, with these arguments.
    Arguments(Vec<String>),
    /// This one.
    Command(Invocation),
}

/// A command as it is executed.
#[derive(Clone, Debug, Default)]
pub struct Invocation {
    /// The words.
    pub argv: Vec<String>,
    /// The words in an image without a shell, where nobody chose one.
    pub without_shell: Option<Vec<String>>,
    /// The text of the script whose path is the last word.
    pub script: Option<String>,
    /// What it reads on standard input.
    pub stdin: Option<String>,
}

/// What stands for the path of a script, which is made when the command is executed.
pub const SCRIPT: &str = "SCRIPT";

/// The operations for the shared container before the first step.
pub fn of_shared(spec: &ContainerSpec) -> Vec<Operation<'_>> {
    let mut operations = creation(spec);
    operations.push(Operation::Start(main_of(spec)));
    operations
}

/// The operations of a step.
pub fn of_step(plan: &StepPlan) -> Vec<Operation<'_>> {
    let attempts: Vec<(Option<String>, Vec<Invocation>)> = match &plan.work {
        Work::ImageDefault => Vec::new(),
        Work::Commands(commands) => vec![(None, commands.iter().map(invocation).collect())],
        Work::Attempts(tries) => tries
            .iter()
            .enumerate()
            .map(|(index, attempt)| {
                let otherwise = (index > 0).then(|| attempt.provider.clone());
                (otherwise, vec![Invocation { argv: attempt.argv.clone(), stdin: attempt.stdin.clone(), ..Invocation::default() }])
            })
            .collect(),
    };
    let mut operations = Vec::new();
    if let Placed::Own(spec) = &plan.place {
        if spec.pull != PullPolicy::Never {
            operations.push(Operation::Pull(spec));
        }
        if attempts.is_empty() {
            operations.extend([Operation::Create(spec), Operation::Start(Main::Image), Operation::Wait, Operation::Remove(spec.keep)]);
        }
    }
    for (otherwise, invocations) in attempts {
        operations.extend(otherwise.map(Operation::Otherwise));
        match &plan.place {
            Placed::Host(_) => operations.extend(invocations.into_iter().map(Operation::Run)),
            Placed::Root | Placed::Attached(_) => operations.extend(invocations.into_iter().map(Operation::Exec)),
            Placed::Own(spec) => {
                operations.push(Operation::Create(spec));
                if let [one] = invocations.as_slice() {
                    let keeps_entrypoint =
                        matches!(&plan.work, Work::Commands(commands) if matches!(commands.as_slice(), [Command::Arguments(_)]));
                    let main = if keeps_entrypoint { Main::Arguments(one.argv.clone()) } else { Main::Command(one.clone()) };
                    operations.extend([Operation::Start(main), Operation::Wait]);
                } else {
                    operations.push(Operation::Start(main_of(spec)));
                    operations.extend(invocations.into_iter().map(Operation::Exec));
                }
                operations.push(Operation::Remove(spec.keep));
            }
        }
    }
    operations
}

fn creation(spec: &ContainerSpec) -> Vec<Operation<'_>> {
    let pull = (spec.pull != PullPolicy::Never).then_some(Operation::Pull(spec));
    pull.into_iter().chain([Operation::Create(spec)]).collect()
}

/// What keeps a container alive that several commands share.
fn main_of(spec: &ContainerSpec) -> Main {
    match &spec.startup {
        Startup::Keepalive => Main::Keepalive,
        Startup::Entrypoint => Main::Image,
        Startup::Command(words) => Main::Command(Invocation { argv: words.clone(), ..Invocation::default() }),
    }
}

fn invocation(command: &Command) -> Invocation {
    match command {
        Command::Words(words) | Command::Arguments(words) => Invocation { argv: words.clone(), ..Invocation::default() },
        Command::Shell { shell, text, words } => Invocation {
            argv: [shell.as_slice(), std::slice::from_ref(text)].concat(),
            without_shell: words.clone(),
            ..Invocation::default()
        },
        Command::Script { interpreter, text } => Invocation {
            argv: [interpreter.as_slice(), &[SCRIPT.to_owned()]].concat(),
            script: Some(text.clone()),
            ..Invocation::default()
        },
    }
}
