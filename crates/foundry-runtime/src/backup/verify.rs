//! The scratch place: a whole snapshot in a folder, compared; its record; its end.

use super::Keeper;
use crate::engine::compose::{Compose, Contents, During, Layout};
use crate::error::{Error, Kind, Result};
use foundry_core::backup::{listing, tags};
use std::collections::BTreeMap;
use std::path::Path;

/// What is where a snapshot was restored: kind, size and path of everything, ended by zeros.
const FOUND: &str = r#"cd -- "$1" && exec find . -mindepth 1 -printf '%y %s %P\0'"#;

impl Keeper {
    /// The same place with a scratch place for Compose files.
    #[must_use]
    pub fn with_scratch(mut self, contents: Contents) -> Keeper {
        let layout = Layout::new(self.scratch_folder().join("generated"));
        self.scratch = Some((self.engine.with_layout(layout), contents));
        self
    }

    /// The engine with the files of the scratch place.
    pub fn scratch_engine(&self) -> &Compose {
        self.target()
    }

    /// The folder of the scratch place.
    pub fn scratch_folder(&self) -> std::path::PathBuf {
        self.work.join("verify")
    }

    /// Restores all of a snapshot: restic compares the content of each file with the checksums of its parts, we
    /// compare what there is, and how large, with the snapshot's list.
    pub(super) async fn fetch(
        &self,
        repository: &str,
        snapshot: &str,
        folder: &str,
        during: &During<'_>,
    ) -> Result<()> {
        self.sh("making the scratch folder", r#"umask 077; mkdir -p -- "$1""#, &[folder]).await?;
        let words = ["restore", snapshot, "--target", folder, "--verify", "--no-lock"];
        self.run_restic(repository, &self.restic(repository, words)?, Some(during)).await?;
        let listed = self.restic(repository, ["ls", "--json", "--no-lock", snapshot])?;
        let listed = self.run_restic(repository, &listed, Some(during)).await?;
        let listed = listing(&listed.text()).map_err(|why| Error::new(Kind::Host, why))?;
        let found = self.sh("reading the scratch folder", FOUND, &[folder]).await?;
        let found = found_files(&found.stdout);
        differences(&listed, &found).map_err(|why| {
            Error::new(
                Kind::Host,
                format!("snapshot {} does not restore as it was saved: {why}", short(snapshot)),
            )
        })?;
        let files = listed.values().flatten().count();
        (during.progress)(format!("{files} files as they were saved"));
        Ok(())
    }

    /// A snapshot of its own says that a restore was proved: nothing is rewritten, so it also works where a repository
    /// only grows, and every machine that reads the repository knows it.
    pub(super) async fn record(&self, repository: &str, snapshot: &str, during: &During<'_>) -> Result<()> {
        let words = ["backup", "--quiet", "--json", "--stdin", "--stdin-filename", "foundry-verified.json"];
        let mut command = self.restic(repository, words)?;
        for tag in tags(&self.setup.registry, &self.setup.environment, None) {
            command = command.args(["--tag".to_owned(), tag]);
        }
        command = command.args(["--tag".to_owned(), format!("verifies:{snapshot}")]);
        let text = serde_json::json!({"snapshot": snapshot, "verified": crate::clock::now_utc()}).to_string();
        self.run_restic(repository, &command.stdin(text.into_bytes()), Some(during)).await.map(|_| ())
    }

    /// Removes a scratch project and its folder.
    pub(super) async fn tear_down(&self, project: &str, folder: &str) -> Result<()> {
        self.engine.remove_project(project).await?;
        let below = Path::new(folder).starts_with(self.scratch_folder());
        if !below {
            return Err(Error::new(Kind::Internal, format!("{folder} is no scratch folder")));
        }
        let domain = Path::new(folder).file_name().unwrap_or_default();
        let generated = self.scratch_folder().join("generated").join(domain);
        let generated = super::place::text(&generated)?;
        self.sh("removing the scratch folder", r#"rm -rf -- "$1" "$2""#, &[folder, &generated])
            .await
            .map(|_| ())
    }
}

fn short(id: &str) -> &str {
    id.get(..8).unwrap_or(id)
}

/// Path → size of a regular file, or nothing for anything else.
fn found_files(text: &[u8]) -> BTreeMap<String, Option<u64>> {
    let text = String::from_utf8_lossy(text);
    let one = |entry: &str| {
        let mut parts = entry.splitn(3, ' ');
        let (kind, size, path) = (parts.next()?, parts.next()?, parts.next()?);
        Some((format!("/{path}"), if kind == "f" { size.parse().ok() } else { None }))
    };
    text.split('\0').filter_map(one).collect()
}

/// What is missing or of another size or kind; the first of it, and how many more.
fn differences(
    listed: &BTreeMap<String, Option<u64>>,
    found: &BTreeMap<String, Option<u64>>,
) -> std::result::Result<(), String> {
    let missing = listed.iter().filter_map(|(path, size)| match found.get(path) {
        None => Some(format!("{path} is missing")),
        Some(now) if now != size => Some(format!("{path} has another size or kind")),
        Some(_) => None,
    });
    // Folders above the saved ones are restored too, and no snapshot lists them.
    let more = found.iter().filter(|(path, size)| size.is_some() && !listed.contains_key(*path));
    let mut all = missing.chain(more.map(|(path, _)| format!("{path} was not saved")));
    match (all.next(), all.count()) {
        (None, _) => Ok(()),
        (Some(first), 0) => Err(first),
        (Some(first), more) => Err(format!("{first}, and {more} more")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_difference_is_found() {
        let files = |all: &[(&str, Option<u64>)]| -> BTreeMap<String, Option<u64>> {
            all.iter().map(|(p, s)| ((*p).to_owned(), *s)).collect()
        };
        let listed = files(&[("/a", None), ("/a/b", Some(2)), ("/a/l", None)]);
        let found = found_files(b"d 4096 a\0f 2 a/b\0l 9 a/l\0");
        assert_eq!(differences(&listed, &found), Ok(()));
        for (found, why) in [
            (&b"d 4096 a\0l 9 a/l\0"[..], "/a/b is missing"),
            (b"d 4096 a\0f 3 a/b\0l 9 a/l\0", "/a/b has another size or kind"),
            (b"d 4096 a\0f 2 a/b\0f 9 a/l\0", "/a/l has another size or kind"),
            (b"d 4096 a\0f 2 a/b\0l 9 a/l\0f 1 a/x y\0", "/a/x y was not saved"),
            (b"", "/a is missing, and 2 more"),
        ] {
            assert_eq!(differences(&listed, &found_files(found)), Err(why.to_owned()));
        }
    }
}
