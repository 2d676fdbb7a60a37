//! Folders and programs at the place: where staging is, and how the registry's scripts get there.

use super::{Keeper, Setup};
use crate::engine::compose::{Compose, During};
use crate::error::{Error, Kind, Result};
use crate::host::{Command, Host, Line, Watch};
use foundry_core::backup::Script;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// Beside the registry's own files here, beside the generated files on another machine.
pub(super) fn work(engine: &Compose, setup: &Setup) -> PathBuf {
    match engine.host() {
        Host::Local => setup.root.join(".foundry/backup").join(&setup.environment),
        Host::Ssh(_) => {
            let generated = &engine.layout().generated;
            let above = generated.parent().unwrap_or(generated);
            above.join(format!(".backup-{}", setup.environment))
        }
    }
}

/// A path as an argument.
pub(super) fn text(path: &Path) -> Result<String> {
    let text = path.to_str().map(str::to_owned);
    text.ok_or_else(|| Error::new(Kind::Host, format!("the path {} is not UTF-8", path.display())))
}

impl Keeper {
    /// Where the dumps of a set and what its script writes are until they are in the snapshot.
    pub(super) fn staging(&self, domain: &str, profile: &str) -> Result<String> {
        text(&self.work.join(format!("{domain}-{profile}")))
    }

    /// Runs a program of the registry at the place and returns the last line that it wrote.
    pub(super) async fn program(
        &self,
        path: &str,
        args: &[&str],
        variables: &[(&str, &str)],
        during: &During<'_>,
    ) -> Result<String> {
        let program = self.bring(path).await?;
        let folder = program.parent().unwrap_or(Path::new("/")).to_path_buf();
        let mut command = Command::new([text(&program)?])
            .args(args.iter().copied())
            .env("FOUNDRY_REGISTRY_NAME", self.setup.registry.clone())
            .env("FOUNDRY_ENV", self.setup.environment.clone())
            .env("DOCKER_HOST", self.engine.address().to_owned())
            .cwd(&folder);
        for (name, value) in variables {
            command = command.env(*name, (*value).to_owned());
        }
        let last = Mutex::new(String::new());
        let on_line = |line: Line<'_>| {
            let (Line::Out(text) | Line::Err(text)) = line;
            (during.progress)(self.setup.redactor.text(text.trim()));
            if let Line::Out(text) = line
                && !text.trim().is_empty()
            {
                text.trim().clone_into(&mut last.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
            }
        };
        let watch = Watch { on_line: Some(&on_line), cancel: Some(during.cancel), limit: None };
        self.checked(path, &command, &watch).await?;
        Ok(last.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// The program where it can run: in the registry itself, or a copy of its folder on another machine.
    async fn bring(&self, path: &str) -> Result<PathBuf> {
        let here = self.setup.root.join(path);
        if matches!(self.engine.host(), Host::Local) {
            return Ok(here);
        }
        let folder = here.parent().unwrap_or(&here).to_path_buf();
        let there = self.work.join("programs").join(Path::new(path).parent().unwrap_or(Path::new("")));
        let failed = |e: &std::io::Error| Error::io("reading", folder.display(), e);
        for entry in std::fs::read_dir(&folder).map_err(|e| failed(&e))? {
            let entry = entry.map_err(|e| failed(&e))?;
            if entry.file_type().is_ok_and(|kind| kind.is_file()) {
                let bytes = std::fs::read(entry.path()).map_err(|e| failed(&e))?;
                self.engine.host().write(&there.join(entry.file_name()), &bytes, 0o700).await?;
            }
        }
        Ok(there.join(here.file_name().unwrap_or_default()))
    }

    /// A program before or after a backup; the domain's own gets the folder to write into as its argument.
    pub(super) async fn run_script(
        &self,
        domain: &str,
        script: &Script,
        writes: bool,
        during: &During<'_>,
    ) -> Result<()> {
        let staging = self.staging(domain, &script.profile)?;
        let folder = format!("{staging}/script");
        let variables =
            [("FOUNDRY_DOMAIN", domain), ("FOUNDRY_PROFILE", &script.profile), ("FOUNDRY_STAGING", &staging)];
        self.sh("making the staging folder", r#"umask 077; mkdir -p -- "$1""#, &[&staging]).await?;
        if !writes {
            self.program(&script.path, &[], &variables, during).await?;
            return Ok(());
        }
        self.sh("making the staging folder", r#"umask 077; rm -rf -- "$1" && mkdir -p -- "$1""#, &[&folder])
            .await?;
        let last = self.program(&script.path, &[&folder], &variables, during).await?;
        // A script that makes a folder of its own says which, and gets that one back on the day of the restore.
        let below = last.strip_prefix(&folder).and_then(|b| b.strip_prefix('/')).unwrap_or_default();
        let plain = !below.split('/').any(|part| part == "..");
        let note = self.work.join(format!("{domain}-{}/script.path", script.profile));
        let below = if plain { below } else { "" };
        self.engine.host().write(&note, below.as_bytes(), 0o600).await
    }

    /// The domain's `restore.sh` with the folder that its `backup.sh` made.
    pub(super) async fn run_restore(
        &self,
        domain: &str,
        script: &str,
        folder: &str,
        during: &During<'_>,
    ) -> Result<()> {
        self.program(script, &[folder], &[("FOUNDRY_DOMAIN", domain)], during).await.map(|_| ())
    }
}
