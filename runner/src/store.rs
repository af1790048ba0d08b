//! What a run leaves on disk: a folder with `run.json` and two log files a step, readable by the
//! user alone.

use std::collections::BTreeMap;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use serde::Serialize;

/// A run's folder.
#[derive(Clone, Debug)]
pub struct Store {
    /// The folder.
    pub folder: PathBuf,
}

/// `run.json`.
#[derive(Debug, Serialize)]
pub struct Record<'a> {
    /// The version of this format.
    pub version: u32,
    /// The run's id.
    pub id: &'a str,
    /// The DAG's name.
    pub dag: &'a str,
    /// The DAG file.
    pub file: String,
    /// `running`, `succeeded`, `failed`, ...
    pub status: &'a str,
    /// When it started (RFC 3339).
    pub started_at: String,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<String>,
    /// The process that runs it.
    pub pid: u32,
    /// The steps.
    pub steps: Vec<StepRecord>,
}

/// A step in `run.json`.
#[derive(Debug, Serialize)]
pub struct StepRecord {
    /// Its id or name.
    pub step: String,
    /// Its state.
    pub state: String,
    /// How long it ran, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duration_ms: Option<u128>,
    /// Its exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// What went wrong, secrets masked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl Store {
    /// Makes the folder of a run: below `$DAGU_RS_HOME`, else `$XDG_STATE_HOME/dagu-rs`, else
    /// `~/.local/state/dagu-rs`.
    ///
    /// # Errors
    /// When none of these is known, or the folder cannot be made.
    pub fn create(environment: &BTreeMap<String, String>, dag: &str, id: &str) -> Result<Self, String> {
        let variable = |name: &str| environment.get(name).filter(|value| !value.is_empty());
        let home = variable("DAGU_RS_HOME")
            .map(PathBuf::from)
            .or_else(|| variable("XDG_STATE_HOME").map(|state| Path::new(state).join("dagu-rs")))
            .or_else(|| variable("HOME").map(|home| Path::new(home).join(".local/state/dagu-rs")))
            .ok_or("there is no place for logs: set DAGU_RS_HOME or HOME")?;
        let folder = std::path::absolute(home.join("runs").join(file_name(dag)).join(id))
            .map_err(|error| format!("cannot make the run's folder: {error}"))?;
        let store = Self { folder };
        store.make_folder("")?;
        Ok(store)
    }

    /// Makes a folder below the run's.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn make_folder(&self, name: &str) -> Result<PathBuf, String> {
        let folder = if name.is_empty() { self.folder.clone() } else { self.folder.join(name) };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .map_err(|error| format!("cannot make the folder {}: {error}", folder.display()))?;
        Ok(folder)
    }

    /// The path of a step's log.
    pub fn log_path(&self, step: &str, extension: &str) -> PathBuf {
        self.folder.join(format!("{}.{extension}", file_name(step)))
    }

    /// Opens a file of the run's folder for appending.
    ///
    /// # Errors
    /// When that is not possible, such as on a full disk.
    pub fn open_log(&self, step: &str, extension: &str) -> Result<File, String> {
        let path = self.log_path(step, extension);
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| format!("cannot open the log {}: {error}", path.display()))
    }

    /// A file to read and write that has no name: it is gone when it is closed.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn spool(&self, token: &str) -> Result<File, String> {
        let path = self.folder.join(format!("spool-{token}"));
        let file = OpenOptions::new().create_new(true).read(true).write(true).mode(0o600).open(&path);
        let file = file.map_err(|error| format!("cannot make the file {}: {error}", path.display()))?;
        let _ = std::fs::remove_file(&path);
        Ok(file)
    }

    /// Writes a script that an interpreter will read.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn script(&self, token: &str, text: &str) -> Result<PathBuf, String> {
        let path = self.folder.join(format!("script-{token}"));
        let written =
            OpenOptions::new().create_new(true).write(true).mode(0o700).open(&path).and_then(|mut file| file.write_all(text.as_bytes()));
        written.map_err(|error| format!("cannot write the script {}: {error}", path.display()))?;
        Ok(path)
    }

    /// Makes a folder with an empty file that any user of a container may write to. The folder
    /// above is the user's alone, so nobody else of the host gets there.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn output_file(&self, token: &str) -> Result<PathBuf, String> {
        let folder = self.make_folder(&format!("outputs-{token}"))?;
        let file = folder.join("output");
        let open = |path: &Path, mode: u32| std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode));
        let made = File::create(&file).and_then(|_| open(&file, 0o666)).and_then(|()| open(&folder, 0o777));
        made.map_err(|error| format!("cannot make the output file {}: {error}", file.display()))?;
        Ok(file)
    }

    /// Reads an output file and removes it with its folder.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn take_output(file: &Path) -> Result<String, String> {
        let mut bytes = Vec::new();
        let read = File::open(file).and_then(|mut file| file.read_to_end(&mut bytes));
        if let Some(folder) = file.parent() {
            let _ = std::fs::remove_dir_all(folder);
        }
        match read {
            Ok(_) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(format!("cannot read what the step wrote to $DAGU_OUTPUT_FILE: {error}")),
        }
    }

    /// Writes `run.json`, whole or not at all.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn write_record(&self, record: &Record<'_>) -> Result<(), String> {
        let path = self.folder.join("run.json");
        let next = self.folder.join("run.json.next");
        let fault = |error: std::io::Error| format!("cannot write {}: {error}", path.display());
        let mut text = serde_json::to_vec_pretty(record).map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        text.push(b'\n');
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&next).map_err(fault)?;
        file.write_all(&text).map_err(fault)?;
        std::fs::rename(&next, &path).map_err(fault)
    }
}

/// A name as one part of a path.
fn file_name(name: &str) -> String {
    let plain: String = name.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' }).take(100).collect();
    match plain.trim_start_matches('.') {
        "" => "_".to_owned(),
        rest => rest.to_owned(),
    }
}
