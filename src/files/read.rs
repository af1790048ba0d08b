//! Files as text, with errors that say what was read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use dagu_schema::LARGEST_TEXT;

/// The text of a file.
pub(crate) fn read_file(path: &Path) -> Result<String, String> {
    // Opening a pipe waits for somebody to write into it; those under /dev are made by a shell.
    let there = std::fs::metadata(path).ok();
    let kind = there.as_ref().map(std::fs::Metadata::file_type);
    if kind.is_some_and(|kind| !kind.is_file() && !kind.is_dir()) && !path.starts_with("/dev") {
        return Err(format!("cannot read {}: it is no regular file; `-` stands for standard input", path.display()));
    }
    read_limited(open(path)?, there.map_or(0, |there| there.len()), path)
}

/// The text of a file of which it is known that it is a regular one. Most are so short that nobody has to ask how long.
pub(super) fn read_regular_file(path: &Path) -> Result<String, String> {
    let mut file = open(path)?;
    let mut start = [0; 4096];
    let mut filled = 0;
    while let Some(rest) = start.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match file.read(rest) {
            Ok(0) => return text(start.get(..filled).unwrap_or_default().to_vec(), path),
            Ok(more) => filled += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot read {}: {}", path.display(), reason(&error))),
        }
    }
    let length = file.metadata().map_or(0, |there| there.len());
    read_limited(start.as_slice().chain(file), length, path)
}

fn open(path: &Path) -> Result<File, String> {
    File::open(path).map_err(|error| format!("cannot read {}: {}", path.display(), reason(&error)))
}

/// The text that standard input gives; `name`: what it is called in an error.
pub(crate) fn read_stdin(name: &Path) -> Result<String, String> {
    read_limited(io::stdin().lock(), 0, name)
}

/// `length`: how many bytes there probably are. Room for one more shows the end of the file without another look.
fn read_limited(reader: impl Read, length: u64, path: &Path) -> Result<String, String> {
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(LARGEST_TEXT).min(LARGEST_TEXT) + 1);
    let read = reader.take(LARGEST_TEXT as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("cannot read {}: {}", path.display(), reason(&error)))?;
    if bytes.len() > LARGEST_TEXT {
        return Err(format!("{} is too large to be a DAG: dagu-rs reads files of up to {} MiB", path.display(), LARGEST_TEXT >> 20));
    }
    text(bytes, path)
}

fn text(bytes: Vec<u8>, path: &Path) -> Result<String, String> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..at].iter().filter(|&&byte| byte == b'\n').count() + 1;
        format!("{} is not UTF-8 text: the first byte that is not stands on line {line}", path.display())
    })
}

/// The reason of an I/O error without the number of the operating system.
pub(crate) fn reason(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file or folder".to_owned(),
        io::ErrorKind::PermissionDenied => "permission denied".to_owned(),
        io::ErrorKind::IsADirectory => "it is a folder, not a file".to_owned(),
        _ => error.to_string(),
    }
}
