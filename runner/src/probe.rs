//! What a DAG means by its images and paths before it runs, for somebody who asks for them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dagu_schema::probe::Source;
use dagu_schema::workflow::Workflow;
use dagu_schema::workflow::credential::Credentials;
use dagu_schema::workflow::dotenv::Dotenv;
use dagu_schema::workflow::reference::{Policy, expand};

use crate::masking::Secrets;
use crate::plan::Folders;
use crate::plan::container;
use crate::prepare;
use crate::values::Values;

/// The values of a DAG that are known before it runs. Those of credentials are not among them.
#[derive(Debug)]
pub struct PlainValues {
    values: Values,
    folders: Folders,
    /// Whether the author said where relative paths begin.
    has_folder: bool,
}

impl PlainValues {
    /// What is known of a workflow of a file, with the defaults of its parameters.
    pub fn of(workflow: &Workflow, dotenv: &Dotenv, file: &Path, environment: BTreeMap<String, String>) -> Self {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let folder = file.parent().map_or_else(|| PathBuf::from("/"), PathBuf::from);
        let stem = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let dag = workflow.name.as_ref().map_or(stem, |name| name.value.clone());
        let context = crate::context(&dag, "${DAG_RUN_ID}", &folder);
        let hidden = Some(Arc::new(Credentials::of(workflow, dotenv)));
        let start = Values { context: Arc::new(context), hidden, ..Values::default() };
        let (mut values, _) = prepare::values(workflow, environment, &folder, &[], &Secrets::default(), start);
        let folders = Folders::new(&folder, workflow, &values, folder.clone());
        prepare::add_work_dir(&folders, &mut values);
        Self { values, folders, has_folder: workflow.working_dir.is_some() }
    }

    /// The image that a DAG names; `None` when only the run knows.
    pub fn image(&self, written: &str) -> Option<String> {
        let image = expand(written, &self.values, Policy::FIELD).text;
        (!image.contains('$') && dagu_schema::workflow::image::fault(&image).is_none()).then_some(image)
    }

    /// The path that a volume mounts; `None` when only the run knows, or the engine takes another than
    /// `dagu-rs run`.
    pub fn source(&self, source: &Source) -> Option<PathBuf> {
        let is_relative = !source.volume.starts_with(['/', '~', '$']);
        if is_relative && !self.has_folder && source.folder.is_none() {
            return None;
        }
        container::source(&source.volume, &self.values, &self.folders.below(source.folder.as_deref(), &self.values))
    }
}
