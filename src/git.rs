//! What git knows, asked through its own command.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs git in a folder.
///
/// # Errors
/// Why it cannot be run; that it failed is in its status.
pub(crate) fn git(folder: &Path, args: &[&str]) -> Result<Output, String> {
    let asked = Command::new("git").arg("-C").arg(folder).args(args).output();
    asked.map_err(|error| format!("cannot ask git: {error}"))
}

/// Why a text cannot name a revision.
pub(crate) fn is_no_revision(named: &str) -> Option<&'static str> {
    match named {
        _ if named.trim().is_empty() => Some("it is empty"),
        // Git would read it as an option, of which some write files.
        _ if named.starts_with('-') => Some("no revision begins with `-`"),
        _ if named.starts_with(':') && !named.starts_with(":/") => Some("it is a place in git's index"),
        _ => None,
    }
}

/// Standard output as it is, or what git says on standard error.
pub(crate) fn printed(output: Output) -> Result<Vec<u8>, String> {
    if output.status.success() { Ok(output.stdout) } else { Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()) }
}

/// The paths in output that ends each with a NUL.
pub(crate) fn paths(printed: &[u8]) -> impl Iterator<Item = PathBuf> {
    use std::os::unix::ffi::OsStrExt as _;
    printed.split(|&byte| byte == 0).filter(|path| !path.is_empty()).map(|path| PathBuf::from(std::ffi::OsStr::from_bytes(path)))
}
