//! `dagu-rs schema`: the JSON Schema of a DAG.

use std::fs::Permissions;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use dagu_schema::model::export;

use crate::Exit;
use crate::output::fail;

/// What `schema` was asked.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write it to this file, whole or not at all, and print nothing.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Prints the schema, or writes it to a file.
pub(crate) fn schema(args: &Args) -> Exit {
    let text = format!("{:#}\n", export::json_schema());
    match &args.output {
        None => match io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => fail(&format!("cannot write to standard output: {error}")),
            _ => Exit::Success,
        },
        Some(path) => match write(path, &text) {
            Ok(()) => Exit::Success,
            Err(error) => fail(&format!("{}: cannot write the schema: {error}", path.display())),
        },
    }
}

/// Beside the file first, so that a reader never finds half of it.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let there = std::fs::metadata(path).ok();
    if there.as_ref().is_some_and(|there| !there.is_file()) {
        return std::fs::write(path, text); // a pipe or a device takes nothing's place
    }
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = there.map_or_else(|| Permissions::from_mode(0o666), |there| there.permissions());
    let mut file = tempfile::Builder::new()
        .prefix(".dagu-rs-")
        .permissions(permissions)
        .tempfile_in(folder)
        .map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(text.as_bytes())?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}
