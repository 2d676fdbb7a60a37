//! What is to be imported: the files, what Compose makes of them, and the values of their variables.

use super::Compose;
use crate::session::Loaded;
use foundry_core::compose::{clean_path, interpolated};
use foundry_core::import::names_used;
use foundry_core::model::Environment;
use foundry_core::plan::Container;
use foundry_core::render::Artifact;
use foundry_core::yaml::{Limits, Node, parse};
use foundry_runtime::engine::compose::{Compose as Engine, Layout, Options, Scope, Sources};
use foundry_runtime::error::{Error, Kind, Result};
use foundry_runtime::files::replace_tree;
use foundry_runtime::secret::PrivateFolder;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What Compose says of a running project.
const FILES: &str = "com.docker.compose.project.config_files";
const FOLDER: &str = "com.docker.compose.project.working_dir";
const ENV_FILES: &str = "com.docker.compose.project.environment_file";

/// A project as it is.
pub struct Gathered {
    /// Its name.
    pub project: String,
    /// Its files.
    pub files: Vec<PathBuf>,
    /// The absolute path that relative ones start from.
    pub folder: String,
    /// A file that Compose would have taken along, and that was not named.
    pub forgotten: Option<PathBuf>,
    /// Texts to try, the one that says most first: the file as written, and what Compose merged.
    pub texts: Vec<(Arc<str>, String)>,
    /// The project as Compose would run it.
    pub resolved: Value,
    /// Values of its variables.
    pub variables: BTreeMap<String, String>,
    /// Files of variables: text and values.
    pub env_files: BTreeMap<String, (String, BTreeMap<String, String>)>,
}

impl Gathered {
    /// Reads what the arguments name.
    pub async fn from(args: &Compose, loaded: &Loaded, environment: &Environment) -> Result<Gathered> {
        let named: Vec<PathBuf> = args.files.iter().chain(&args.file).cloned().collect();
        let sources = match (named.is_empty(), &args.project) {
            (true, Some(project)) => running(loaded, environment, project).await?,
            _ => Sources {
                files: absolute(&named)?,
                env_files: absolute(&args.env_file)?,
                project: args.project.clone(),
                folder: None,
            },
        };
        let folder = sources.folder().display().to_string();
        let resolved = sources.resolved().await?;
        let project = resolved["name"].as_str().unwrap_or_default().to_owned();
        let mut texts = Vec::new();
        if let [only] = sources.files.as_slice() {
            let name: Arc<str> = Arc::from(only.display().to_string());
            let text = read(only)?;
            if stands_alone(&name, &text) {
                texts.push((name, text));
            }
        }
        texts.push((Arc::from(format!("{folder} (merged)")), sources.merged().await?));
        let roots: Vec<Arc<Node>> = texts.iter().filter_map(|(name, text)| root(name, text)).collect();
        let names: BTreeSet<String> = roots.iter().flat_map(|root| names_used(root)).collect();
        let names: Vec<String> = names.into_iter().collect();
        let values = sources.values(&names, &[]).await?;
        let paths: BTreeSet<String> =
            roots.iter().flat_map(|root| env_files(root, &folder, &values.variables)).collect();
        let paths: Vec<String> = paths.into_iter().filter(|path| Path::new(path).is_file()).collect();
        let said = sources.values(&names, &paths).await?;
        let mut env_files = BTreeMap::new();
        for (path, values) in said.env_files {
            let text = read(Path::new(&path))?;
            env_files.insert(path, (text, values));
        }
        let variables = values.variables;
        let forgotten = forgotten(&sources.files).filter(|_| !named.is_empty());
        Ok(Gathered {
            project,
            files: sources.files,
            forgotten,
            folder,
            texts,
            resolved,
            variables,
            env_files,
        })
    }
}

/// What Compose reads of rendered files, from a private copy that is gone afterwards.
pub async fn read_back(artifacts: Vec<&Artifact>) -> Result<Value> {
    let folder = PrivateFolder::new()?;
    let name = artifacts.first().map_or("domain", |file| file.domain.as_str()).to_owned();
    let place = folder.path().join(name);
    replace_tree(&place, &artifacts)?;
    let sources = Sources { files: vec![place.join("compose.yml")], ..Sources::default() };
    sources.resolved().await
}

/// The files of a running project, from the labels of its containers.
async fn running(loaded: &Loaded, environment: &Environment, project: &str) -> Result<Sources> {
    let mut options = Options::new(Layout::new(loaded.root.join("generated")));
    options.host.clone_from(&environment.host);
    let engine = Engine::connect(options).await?;
    let observed = engine.observe(Scope::Containers).await?;
    let own: Vec<&Container> = observed.containers.iter().filter(|c| c.project == project).collect();
    let Some(first) = own.first() else {
        let names: BTreeSet<&str> =
            observed.containers.iter().map(|c| c.project.as_str()).filter(|p| !p.is_empty()).collect();
        let error =
            Error::new(Kind::Usage, format!("{} runs no Compose project `{project}`", engine.place()));
        return Err(match names.is_empty() {
            true => error.hint("name its files: foundry import compose FILE…"),
            false => {
                error.hint(format!("choose one of: {}", names.into_iter().collect::<Vec<_>>().join(", ")))
            }
        });
    };
    let list = |label: &str| -> Vec<PathBuf> {
        let text = first.labels.get(label).map(String::as_str).unwrap_or_default();
        text.split(',').filter(|path| !path.is_empty()).map(PathBuf::from).collect()
    };
    let files = list(FILES);
    if let Some(lacking) = files.iter().find(|file| !file.is_file()) {
        let message = format!("{}, a file of {project}, is not on this machine", lacking.display());
        return Err(Error::new(Kind::Refused, message)
            .hint("copy the project's folder here, and name its files: foundry import compose FILE…"));
    }
    let folder = list(FOLDER).into_iter().next();
    Ok(Sources { files, env_files: list(ENV_FILES), project: Some(project.to_owned()), folder })
}

/// Whether a file can be taken as it is written: it merges nothing, and has no tags that only Compose knows.
fn stands_alone(name: &Arc<str>, text: &str) -> bool {
    let Some(root) = root(name, text) else { return false };
    let services = root.get("services").map(|n| n.entries()).unwrap_or_default();
    let extends = services.iter().any(|s| s.value.get("extends").is_some());
    root.get("include").is_none() && !extends && !has_tag(&root)
}

fn has_tag(node: &Node) -> bool {
    node.tag.is_some()
        || node.items().iter().any(|item| has_tag(item))
        || node.entries().iter().any(|entry| has_tag(&entry.value))
}

fn root(name: &Arc<str>, text: &str) -> Option<Arc<Node>> {
    let (documents, findings) = parse(name, text, &Limits::default());
    documents.into_iter().next().filter(|_| !findings.has_errors())
}

/// Absolute paths of the files of variables that services name.
fn env_files(root: &Node, folder: &str, variables: &BTreeMap<String, String>) -> Vec<String> {
    let mut out = Vec::new();
    for service in root.get("services").map(|n| n.entries()).unwrap_or_default() {
        let Some(list) = service.value.get("env_file") else { continue };
        let all = if list.text().is_some() { vec![list.clone()] } else { list.items().to_vec() };
        for item in all {
            let path = item.text().or_else(|| item.get("path").and_then(|n| n.text())).unwrap_or_default();
            out.extend(interpolated(path, variables).map(|path| joined(folder, &path)));
        }
    }
    out
}

/// `path`, from `folder` on where it is relative.
fn joined(folder: &str, path: &str) -> String {
    clean_path(&if path.starts_with('/') { path.to_owned() } else { format!("{folder}/{path}") })
}

fn absolute(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for path in paths {
        let full = path.canonicalize().map_err(|e| Error::io("opening", path.display(), &e))?;
        if full.is_file() {
            out.push(full);
            continue;
        }
        let Some(found) = beside(&full, "") else {
            let message = format!("{} is no file, and has no compose.yaml in it", path.display());
            return Err(Error::new(Kind::Usage, message).hint("name the Compose file"));
        };
        // As Compose does it when it is called in that folder.
        out.push(found);
        out.extend(beside(&full, ".override"));
    }
    Ok(out)
}

/// The first of the files in `folder` that Compose looks for by itself.
fn beside(folder: &Path, kind: &str) -> Option<PathBuf> {
    let names = ["compose", "docker-compose"].into_iter().flat_map(|stem| [(stem, "yaml"), (stem, "yml")]);
    names.map(|(stem, end)| folder.join(format!("{stem}{kind}.{end}"))).find(|file| file.is_file())
}

/// The override beside the one file that was named, which Compose would have taken by itself.
fn forgotten(files: &[PathBuf]) -> Option<PathBuf> {
    let [only] = files else { return None };
    let folder = only.parent()?;
    (beside(folder, "").as_ref() == Some(only)).then(|| beside(folder, ".override"))?
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|e| Error::io("reading", path.display(), &e))
}
