//! `dagu-rs graph`: the steps of a DAG, their order, their containers, and who sees which credential.

mod dot;
mod layout;
mod mermaid;
mod model;
mod svg;

use std::path::PathBuf;

use clap::ValueEnum;

use dagu_schema::{Analysis, printable};

use crate::Exit;
use crate::facts::{self, Machine};
use crate::inspect;
use crate::output::complain;
use model::Graph;

/// What `graph` was asked.
#[derive(clap::Args)]
#[command(after_help = "\
An arrow leads from a step to one that waits for it; it is dashed where only the order of files says so. Containers are \
drawn around their steps. A line leads from a credential to each step that sees it: dotted where the Dagu engine alone \
shows it. Values are never shown.
Exit codes: 0, 2 usage, I/O or internal error, 3 there is no DAG in the file.")]
pub(crate) struct Args {
    /// The DAG file.
    file: PathBuf,
    /// The form of the answer.
    #[arg(long, value_enum)]
    format: Format,
    /// Leave the credentials out.
    #[arg(long)]
    no_credentials: bool,
    #[command(flatten)]
    machine: facts::Options,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A flowchart for Mermaid, as GitHub and others show it.
    Mermaid,
    /// For Graphviz.
    Dot,
    /// A picture that needs nothing else.
    Svg,
    /// One JSON object, version 1.
    Json,
}

/// Draws a DAG.
pub(crate) fn graph(args: &Args) -> Exit {
    inspect::finish(answer(args))
}

fn answer(args: &Args) -> Result<(String, Exit), String> {
    let machine = Machine::new(&args.machine)?;
    let Some(analysis) = inspect::read(&machine, &args.file)? else { return Ok((String::new(), Exit::Nothing)) };
    let mut graph = Graph::of(&args.file.display().to_string(), &analysis);
    if args.no_credentials {
        graph.leave_out_credentials();
    }
    let text = match args.format {
        Format::Mermaid => {
            let text = mermaid::write(&graph);
            if let Some(limit) = mermaid::limit(&graph, &text) {
                complain(limit);
            }
            text
        }
        Format::Dot => dot::write(&graph),
        Format::Svg => {
            let (text, left_out) = svg::write(&graph);
            if left_out > 0 {
                complain(&format!("the picture leaves out {left_out} steps: it shows {} of a DAG; json and dot show all", svg::MOST_STEPS));
            }
            text
        }
        Format::Json => inspect::json(&graph)?,
    };
    Ok((text, Exit::Success))
}

/// The picture of a DAG that was read, with as many steps as it shows.
pub(crate) fn picture(file: &str, analysis: &Analysis) -> String {
    svg::write(&Graph::of(file, analysis)).0
}

/// A text in a picture: on one line, and harmless.
fn shown(text: &str) -> String {
    printable::line(&text.replace(['\n', '\r', '\t'], " ")).into_owned()
}
