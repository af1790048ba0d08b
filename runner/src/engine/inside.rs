//! What an image holds, without starting anything of it: a container is made that never runs, its
//! files are looked at through the engine's API, and it is removed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use bollard::models::{ContainerCreateBody, HostConfig};
use bollard::query_parameters as query;
use dagu_schema::probe::{Contents, EngineFacts, Image, is_shell};
use futures_util::StreamExt;

use crate::engine::docker::DockerEngine;
use crate::engine::{Engine, EngineError, ErrorKind};

/// The label of containers that are looked into. None is ever started.
pub const PROBE_LABEL: &str = "dagu-rs.probe";

/// The folders that a program is looked for in where an image names none.
const USUAL_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Links that are followed from one name to a file.
const MOST_LINKS: usize = 40;

/// Bits of a file's mode, as the engine's API has them.
const FOLDER: u32 = 1 << 31;
const LINK: u32 = 1 << 27;
const EXECUTABLE: u32 = 0o111;

/// Bytes of a file that are read to see what it is.
const HEAD: usize = 64 << 10;

/// Seconds after which nobody is looking into a container any more.
const LONG: u64 = 3600;

/// What an engine says of itself.
#[derive(Clone, Debug, Default)]
pub struct Version {
    /// What bears on DAGs.
    pub facts: EngineFacts,
    /// Its own version.
    pub version: String,
    /// The newest API that it speaks.
    pub api: String,
    /// The oldest API that it speaks.
    pub oldest_api: String,
}

impl DockerEngine {
    /// What the engine says of itself.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn version(&self) -> Result<Version, EngineError> {
        let said = self.docker.version().await.map_err(|error| self.error("asking for the engine's version", error))?;
        let platform = format!("{}/{}", said.os.unwrap_or_default(), said.arch.unwrap_or_default());
        Ok(Version {
            facts: EngineFacts { product: self.address.product.to_owned(), platform, is_local: self.is_local() },
            version: said.version.unwrap_or_default(),
            api: said.api_version.unwrap_or_default(),
            oldest_api: said.min_api_version.unwrap_or_default(),
        })
    }

    /// The names of the images that are there, in no order.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn image_names(&self) -> Result<Vec<String>, EngineError> {
        let listed = self.docker.list_images(None::<query::ListImagesOptions>).await;
        let images = listed.map_err(|error| self.error("listing images", error))?;
        Ok(images.into_iter().flat_map(|image| image.repo_tags).filter(|name| !name.contains("<none>")).collect())
    }

    /// Whether an image is there, and which of the programs are in it. Nothing of it is executed. Once `stop` is set,
    /// what is under way is ended and nothing more is looked for.
    ///
    /// # Errors
    /// When the engine does not answer, or cannot be asked so.
    pub async fn look_into(&self, image: &str, programs: &BTreeSet<String>, stop: &AtomicBool) -> Result<Image, EngineError> {
        let doing = format!("looking for image {image}");
        let found = match self.docker.inspect_image(image).await.map_err(|error| self.error(&doing, error)) {
            Ok(found) => found,
            Err(error) if error.kind == ErrorKind::NotFound => return Ok(Image::Absent),
            Err(error) => return Err(error),
        };
        let config = found.config.unwrap_or_default();
        let variable = |text: &String| text.strip_prefix("PATH=").map(str::to_owned);
        let path = config.env.iter().flatten().find_map(variable).filter(|path| !path.is_empty());
        let platform = [found.os, found.architecture, found.variant].into_iter().flatten().filter(|part| !part.is_empty());
        let mut contents = Contents {
            entrypoint: config.entrypoint.unwrap_or_default(),
            hands_on: None,
            command: config.cmd.unwrap_or_default(),
            user: config.user.unwrap_or_default(),
            platform: platform.collect::<Vec<_>>().join("/"),
            size: found.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
            path: path.as_deref().unwrap_or(USUAL_PATH).split(':').filter(|folder| folder.starts_with('/')).map(str::to_owned).collect(),
            programs: BTreeMap::new(),
        };
        if !programs.is_empty() || !contents.entrypoint.is_empty() {
            // By its id, so that the container is of what was just inspected.
            let id = found.id.unwrap_or_else(|| image.to_owned());
            let container = self.create_unstarted(&id, image).await?;
            let looked = self.look(&container, programs, &mut contents, stop).await;
            let removed = self.remove(&container).await;
            looked.and(removed)?;
        }
        Ok(Image::Present(Box::new(contents)))
    }

    /// Removes what is left of a look that was cut off: this process's containers, and those of another
    /// one that have stood there for long.
    ///
    /// # Errors
    /// When the engine does not answer.
    pub async fn remove_unstarted(&self) -> Result<(), EngineError> {
        let filters = HashMap::from([("label".to_owned(), vec![PROBE_LABEL.to_owned()])]);
        let options = query::ListContainersOptions { all: true, filters: Some(filters), ..Default::default() };
        let found = self.docker.list_containers(Some(options)).await.map_err(|error| self.error("listing what was looked into", error))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        for container in found {
            let is_own = container.labels.is_some_and(|labels| labels.get(PROBE_LABEL).is_some_and(|label| label == mark()));
            let made = container.created.and_then(|made| u64::try_from(made).ok()).unwrap_or(now);
            if let Some(id) = container.id.filter(|_| is_own || now.saturating_sub(made) > LONG) {
                self.remove(&id).await?;
            }
        }
        Ok(())
    }

    async fn create_unstarted(&self, id: &str, image: &str) -> Result<String, EngineError> {
        let label = (PROBE_LABEL.to_owned(), mark().to_owned());
        let body = ContainerCreateBody {
            image: Some(id.to_owned()),
            // An image may name nothing to start, and the engine makes no container without.
            entrypoint: Some(vec!["/never-started".to_owned()]),
            cmd: Some(Vec::new()),
            labels: Some([label].into()),
            network_disabled: Some(true),
            host_config: Some(HostConfig { network_mode: Some("none".to_owned()), ..Default::default() }),
            ..Default::default()
        };
        let doing = format!("looking into image {image}");
        let created = self.docker.create_container(None::<query::CreateContainerOptions>, body).await;
        created.map(|created| created.id).map_err(|error| self.error(&doing, error))
    }

    async fn look(
        &self,
        container: &str,
        programs: &BTreeSet<String>,
        contents: &mut Contents,
        stop: &AtomicBool,
    ) -> Result<(), EngineError> {
        for program in programs {
            if stop.load(Ordering::Relaxed) {
                return Ok(());
            }
            let found = self.find(container, program, &contents.path).await?;
            contents.programs.insert(program.clone(), found.is_some());
        }
        contents.hands_on = self.hands_on(container, contents).await?;
        Ok(())
    }

    /// The file that a program's name stands for.
    async fn find(&self, container: &str, program: &str, path: &[String]) -> Result<Option<String>, EngineError> {
        if program.starts_with('/') {
            return self.executable(container, program).await;
        }
        for folder in path {
            let found = self.executable(container, &format!("{}/{program}", folder.trim_end_matches('/'))).await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// The executable file at a path, links followed.
    async fn executable(&self, container: &str, path: &str) -> Result<Option<String>, EngineError> {
        let mut path = path.to_owned();
        for _ in 0..MOST_LINKS {
            let options = query::ContainerArchiveInfoOptions { path: path.clone() };
            let stat = match self.docker.get_container_archive_info(container, Some(options)).await {
                Ok(stat) => stat,
                Err(error) => {
                    let error = self.error(&format!("looking for {path} in an image"), error);
                    // The body of a HEAD answer is empty, so there is no more to tell errors apart by.
                    return if error.kind == ErrorKind::Unreachable { Err(error) } else { Ok(None) };
                }
            };
            if stat.file_mode & LINK == 0 {
                return Ok((stat.file_mode & FOLDER == 0 && stat.file_mode & EXECUTABLE != 0).then_some(path));
            }
            let target = stat.link_target;
            if target.is_empty() {
                return Ok(None);
            }
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            path = if target.starts_with('/') { target } else { format!("{folder}/{target}") };
        }
        Ok(None)
    }

    /// Whether the entrypoint starts the command behind it; `None` where that cannot be told.
    async fn hands_on(&self, container: &str, contents: &Contents) -> Result<Option<bool>, EngineError> {
        let mut words = contents.entrypoint.as_slice();
        while let Some((first, rest)) = words.split_first()
            && is_init(first)
        {
            let options = rest.iter().take_while(|word| word.starts_with('-')).count();
            words = rest.get(options..).unwrap_or_default();
        }
        let Some((program, rest)) = words.split_first() else {
            return Ok(Some(true));
        };
        let script = match rest {
            [flags, text, ..] if is_shell(program) && flags.starts_with('-') && flags.ends_with('c') => {
                return Ok(Some(takes_arguments(text)));
            }
            [file] if is_shell(program) => file,
            _ => program,
        };
        let Some(file) = self.find(container, script, &contents.path).await? else { return Ok(None) };
        let head = self.head(container, &file).await?;
        let text = String::from_utf8_lossy(&head);
        let is_script = text.lines().next().is_some_and(|line| line.starts_with("#!") && line.contains("sh"));
        let name = script.rsplit('/').next().unwrap_or_default();
        let says_so = ["entry", "init", "start", "run", "launch", "exec", "env", "wrap"].iter().any(|part| name.contains(part));
        Ok(match () {
            () if is_script && head.len() < HEAD => Some(takes_arguments(&text)),
            // A program whose purpose its name does not tell.
            () if is_script || says_so || is_shell(program) => None,
            () => Some(false),
        })
    }

    /// The first bytes of a file.
    async fn head(&self, container: &str, path: &str) -> Result<Vec<u8>, EngineError> {
        let options = query::DownloadFromContainerOptions { path: path.to_owned() };
        let mut stream = self.docker.download_from_container(container, Some(options));
        let mut archive = Vec::new();
        // The rest of a large file is not asked for: the connection is closed.
        while archive.len() < HEAD + 2048
            && let Some(item) = stream.next().await
        {
            archive.extend_from_slice(&item.map_err(|error| self.error(&format!("reading {path} of an image"), error))?);
        }
        let mut head = Vec::new();
        let mut archive = tar::Archive::new(archive.as_slice());
        if let Some(Ok(entry)) = archive.entries().ok().and_then(|mut entries| entries.next()) {
            // What is cut off ends in an error, and what came before it counts.
            let _ = std::io::Read::read_to_end(&mut std::io::Read::take(entry, HEAD as u64), &mut head);
        }
        Ok(head)
    }
}

/// What marks the containers of this process.
fn mark() -> &'static str {
    static MARK: OnceLock<String> = OnceLock::new();
    MARK.get_or_init(crate::token)
}

/// Programs that start the command behind them.
fn is_init(program: &str) -> bool {
    matches!(program.rsplit('/').next(), Some("tini" | "tini-static" | "dumb-init" | "docker-init" | "catatonit"))
}

/// Whether a shell's text does something with its arguments.
fn takes_arguments(text: &str) -> bool {
    ["$@", "$*", "${@", "${*", "$1", "${1"].iter().any(|argument| text.contains(argument))
}
