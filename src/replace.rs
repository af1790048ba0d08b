//! A text in the place of a file, whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use crate::files::folder_of;

/// Writes a file beside the old one and lets it take that one's place, so that a reader never finds
/// half of it. Links are followed, permissions kept; what is no file is written to.
pub(crate) fn replace(path: &Path, text: impl AsRef<[u8]>) -> io::Result<()> {
    let there = match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => return fs::write(path, text),
        // A stream of this process, which may lead into a file that others write to as well.
        Ok(_) if path.starts_with("/dev") => return fs::OpenOptions::new().append(true).open(path)?.write_all(text.as_ref()),
        there => there.ok(),
    };
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let folder = folder_of(&target);
    // The library's error names a file that nobody asked for.
    let made = tempfile::Builder::new().prefix(".dagu-rs-").permissions(Permissions::from_mode(0o666)).tempfile_in(folder);
    let mut file = made.map_err(|error| io::Error::from(error.kind()))?;
    file.write_all(text.as_ref())?;
    if let Some(there) = there {
        file.as_file().set_permissions(there.permissions())?;
    }
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    Ok(())
}
