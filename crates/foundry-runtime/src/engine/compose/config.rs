//! What Compose itself makes of files that somebody else wrote: merged, resolved, and the values of their variables.

use super::project::{self, KEEP};
use crate::error::{Error, Kind, Result, lower};
use crate::host::{Command, Host, Watch};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Compose files as they are given on its command line.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The files, each overriding those before it.
    pub files: Vec<PathBuf>,
    /// Files of variables instead of the `.env` beside the first file.
    pub env_files: Vec<PathBuf>,
    /// The project's name, where the files and their folder do not say it.
    pub project: Option<String>,
    /// The project's folder, where it is not that of the first file.
    pub folder: Option<PathBuf>,
}

/// The values of variables and of files of variables, as Compose reads them. Printing it shows none: they may be secret.
#[derive(Clone, Default)]
pub struct Values {
    /// The variables that are set.
    pub variables: BTreeMap<String, String>,
    /// What each file of variables sets.
    pub env_files: BTreeMap<String, BTreeMap<String, String>>,
}

impl Sources {
    /// The folder that relative paths start from.
    pub fn folder(&self) -> PathBuf {
        let first = || self.files.first().and_then(|file| file.parent()).map(Path::to_path_buf);
        self.folder.clone().or_else(first).unwrap_or_default()
    }

    /// One text for all files: merged, `include` and `extends` carried out, variables left as they are.
    ///
    /// # Errors
    /// `Findings` when Compose refuses the files, `Host` when it is not installed.
    pub async fn merged(&self) -> Result<String> {
        self.run(&["config", "--no-interpolate"], None).await
    }

    /// The whole project as Compose would run it, services of all profiles included.
    ///
    /// # Errors
    /// As [`Sources::merged`].
    pub async fn resolved(&self) -> Result<Value> {
        parsed(&self.run(&["config", "--format", "json"], None).await?)
    }

    /// The values of `names`, and what each of `env_files` (absolute paths) sets.
    ///
    /// # Errors
    /// As [`Sources::merged`].
    pub async fn values(&self, names: &[String], env_files: &[String]) -> Result<Values> {
        let all = |form: fn(&String) -> String| -> Map<String, Value> {
            names.iter().map(|name| (name.clone(), form(name).into())).collect()
        };
        let mut services = Map::new();
        services.insert("value".into(), json!({"image": "x", "environment": all(|n| format!("${{{n}-}}"))}));
        services.insert("set".into(), json!({"image": "x", "environment": all(|n| format!("${{{n}+yes}}"))}));
        for (number, path) in env_files.iter().enumerate() {
            let file = json!([{"path": path.replace('$', "$$")}]);
            services.insert(format!("file{number}"), json!({"image": "x", "env_file": file}));
        }
        let probe = json!({"services": services}).to_string();
        let answer = parsed(&self.run(&["config", "--format", "json"], Some(probe)).await?)?;
        let said = |service: &str| -> BTreeMap<String, String> {
            let found = answer["services"][service]["environment"].as_object();
            let text = |value: &Value| value.as_str().unwrap_or_default().replace("$$", "$");
            found.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
        };
        let (mut variables, set) = (said("value"), said("set"));
        variables.retain(|name, _| set.get(name).is_some_and(|said| said == "yes"));
        let one = |(number, path): (usize, &String)| (path.clone(), said(&format!("file{number}")));
        Ok(Values { variables, env_files: env_files.iter().enumerate().map(one).collect() })
    }

    /// Runs `docker compose … WORDS`; with `instead` that text is read in place of the files.
    async fn run(&self, words: &[&str], instead: Option<String>) -> Result<String> {
        let program =
            project::find(&Host::Local).await?.program.ok_or_else(|| project::missing(&Host::Local))?;
        let folder = self.folder();
        let mut command = Command::new(program).keep_env(&KEEP).env("COMPOSE_ANSI", "never").cwd(&folder);
        match &instead {
            Some(_) => command = command.args(["-p", "probe", "-f", "-"]),
            None => {
                command = command.args(self.project.iter().flat_map(|name| ["-p", name.as_str()]));
                for file in &self.files {
                    command = command.args(["-f".to_string(), file.display().to_string()]);
                }
            }
        }
        if self.folder.is_some() || instead.is_some() {
            command = command.args(["--project-directory".to_string(), folder.display().to_string()]);
        }
        for file in &self.env_files {
            command = command.args(["--env-file".to_string(), file.display().to_string()]);
        }
        let command = command.args(["--profile", "*"]).args(words.iter().copied());
        let command = command.stdin(instead.unwrap_or_default().into_bytes());
        let output = Host::Local.run(&command, &Watch::default()).await?;
        if output.ok() {
            return Ok(output.text());
        }
        let said = output.last_line();
        Err(Error::new(Kind::Findings, format!("docker compose refuses the files: {}", lower(&said)))
            .hint("see it with docker compose config, in the folder of the files"))
    }
}

fn parsed(text: &str) -> Result<Value> {
    serde_json::from_str(text)
        .map_err(|_| Error::new(Kind::Host, "docker compose config printed something that is no JSON"))
}
