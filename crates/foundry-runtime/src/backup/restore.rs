//! Replaces data: fetched beside it, swapped by renaming, the old data kept until it is not needed any more.

use super::{Keeper, place};
use crate::engine::compose::During;
use crate::error::{Error, Kind, Result};
use foundry_core::backup::{Kind as Database, Manifest, Marker, Piece};
use std::path::Path;

/// What is at a path: `$1`. Prints `absent`, `mount`, `dir` or `file`, and whether old data is kept beside it.
const LOOK: &str = r#"
k=file
[ -d "$1" ] && k=dir
[ -e "$1" ] || k=absent
[ "$k" != dir ] || ! command -v mountpoint >/dev/null || ! mountpoint -q -- "$1" || k=mount
printf %s "$k"
[ ! -e "$1.foundry-aside" ] || printf ' aside'
"#;

/// Restored to `$1/<path in the snapshot $2>`, moved to `$3`: same file system, so that a rename is enough.
const MOVE: &str = r#"rm -rf -- "$3" && mv -T -- "$1$2" "$3" && rm -rf -- "$1""#;

/// An empty folder `$2` with owner and mode of `$1`, where that exists.
const EMPTY: &str = r#"rm -rf -- "$2" && mkdir -p -- "$2" || exit 1
[ ! -d "$1" ] || { chown --reference="$1" -- "$2" && chmod --reference="$1" -- "$2"; }"#;

/// `$1` path, `$2` aside, `$3` fetched, `$4` whether there was something. Can be run again after any interruption.
const SWAP: &str = r#"
if [ ! -e "$3" ]; then
  [ -e "$1" ] && { [ "$4" = no ] || [ -e "$2" ]; } && exit 0
  echo "the restored data $3 is gone"; exit 1
fi
if [ "$4" = yes ] && [ ! -e "$2" ]; then mv -T -- "$1" "$2" || exit 1; fi
if [ -d "$1" ]; then rmdir -- "$1" 2>/dev/null; fi
[ ! -e "$1" ] || { echo "$1 was written to in the meantime"; exit 1; }
mv -T -- "$3" "$1"
"#;

/// `$1` path, `$2` aside, `$3` fetched, `$4` whether there was something.
const BACK: &str = r#"
if [ "$4" = yes ]; then
  if [ -e "$2" ]; then rm -rf -- "$1" && mv -T -- "$2" "$1" || exit 1; fi
elif [ ! -e "$3" ]; then rm -rf -- "$1"; fi
rm -rf -- "$3"
"#;

/// What is at a path of the place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum There {
    /// Nothing.
    Absent,
    /// A folder or a file.
    Something,
    /// Another file system begins here: it cannot be renamed.
    Mount,
}

impl Keeper {
    /// Looks at a path.
    ///
    /// # Errors
    /// `Refused` when old data of an earlier restore is beside it.
    pub async fn look(&self, path: &str) -> Result<There> {
        let said = self.sh("looking", LOOK, &[path]).await?.text();
        if said.ends_with("aside") {
            let aside = format!("{path}.foundry-aside");
            return Err(Error::new(
                Kind::Refused,
                format!("{aside} is there: old data of a restore that did not end"),
            )
            .hint("look at it, and move it away when it is not needed"));
        }
        Ok(match said.as_str() {
            "absent" => There::Absent,
            "mount" => There::Mount,
            _ => There::Something,
        })
    }

    fn marker_file(&self, domain: &str) -> std::path::PathBuf {
        self.work.join(Marker::file_name(domain))
    }

    /// A restore of the domain that has begun and not ended.
    ///
    /// # Errors
    /// `Host` when there is one and it cannot be read.
    pub async fn marker(&self, domain: &str) -> Result<Option<Marker>> {
        let path = self.marker_file(domain);
        let Some(bytes) = self.engine.host().read(&path).await? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|error| {
            Error::new(Kind::Host, format!("{} is not understood: {error}", path.display()))
                .hint("look for *.foundry-aside beside the domain's data")
        })
    }

    /// Where dumps and what a script wrote are while a domain is restored.
    ///
    /// # Errors
    /// `Host` when the path is not UTF-8.
    pub fn restore_staging(&self, domain: &str) -> Result<String> {
        place::text(&self.work.join(format!("restore-{domain}")))
    }

    /// Restores each piece beside its place. The marker is written last: before it nothing has changed.
    pub(super) async fn prepare(&self, repository: &str, marker: &Marker, during: &During<'_>) -> Result<()> {
        let done = self.fetch_pieces(repository, marker, during).await;
        if done.is_err() {
            const LEFT: &str = r#"rm -rf -- "$1.foundry-partial" "$1.foundry-restored""#;
            for piece in &marker.pieces {
                // The reason why it failed is what counts.
                let _ = self.sh("removing what was fetched", LEFT, &[&piece.path]).await;
            }
        }
        done
    }

    async fn fetch_pieces(&self, repository: &str, marker: &Marker, during: &During<'_>) -> Result<()> {
        for piece in &marker.pieces {
            let fetched = piece.fetched();
            if piece.empty {
                self.sh("making an empty folder", EMPTY, &[&piece.path, &fetched]).await?;
                continue;
            }
            let scratch = format!("{}.foundry-partial", piece.path);
            self.sh("making room", r#"rm -rf -- "$1""#, &[&scratch]).await?;
            let words = [
                "restore",
                &marker.snapshot,
                "--include",
                &literal(&piece.from),
                "--target",
                &scratch,
                "--verify",
                "--no-lock",
            ];
            self.run_restic(repository, &self.restic(repository, words)?, Some(during)).await?;
            self.sh("moving the restored data", MOVE, &[&scratch, &piece.from, &fetched]).await?;
        }
        self.prepare_staging(repository, marker, during).await?;
        let bytes = serde_json::to_vec_pretty(marker)
            .map_err(|e| Error::new(Kind::Internal, format!("writing the marker: {e}")))?;
        self.engine.host().write(&self.marker_file(&marker.domain), &bytes, 0o600).await
    }

    async fn prepare_staging(&self, repository: &str, marker: &Marker, during: &During<'_>) -> Result<()> {
        let Manifest { staging, dumps, script, .. } = &marker.manifest;
        if dumps.is_empty() && script.is_none() {
            return Ok(());
        }
        let scratch = format!("{}.partial", marker.staging);
        self.sh("making room", r#"umask 077; rm -rf -- "$1" && mkdir -p -- "$1""#, &[&scratch]).await?;
        let words = [
            "restore",
            &marker.snapshot,
            "--include",
            &literal(staging),
            "--target",
            &scratch,
            "--verify",
            "--no-lock",
        ];
        self.run_restic(repository, &self.restic(repository, words)?, Some(during)).await?;
        self.sh("moving the dumps", MOVE, &[&scratch, staging, &marker.staging]).await?;
        for dump in dumps.iter().filter(|d| d.kind == Database::Sqlite) {
            let place = marker.manifest.place_of(dump.file.as_deref().unwrap_or_default());
            let Some((piece, rest)) = place.and_then(|(n, rest)| Some((marker.pieces.get(n)?, rest))) else {
                continue;
            };
            let from = format!("{}/dumps/{}", marker.staging, dump.file_name());
            self.put_file(piece, &rest, &from).await?;
        }
        Ok(())
    }

    /// An SQLite file into restored data, with the owner of its folder.
    async fn put_file(&self, piece: &Piece, rest: &str, from: &str) -> Result<()> {
        const PUT: &str = r#"
d=$(dirname -- "$2"); mkdir -p -- "$d" && rm -f -- "$2-wal" "$2-shm" "$2-journal" && cp -- "$1" "$2" &&
chown --reference="$d" -- "$2" && chmod 0644 -- "$2""#;
        let to = format!("{}/{rest}", piece.fetched());
        self.sh("putting the database in its place", PUT, &[from, &to]).await.map(|_| ())
    }

    pub(super) async fn swap(&self, marker: &Marker) -> Result<()> {
        self.each(marker, "replacing", SWAP).await
    }

    /// Removes the old data, and then what remembers it.
    pub(super) async fn settle(&self, marker: &Marker) -> Result<()> {
        for piece in &marker.pieces {
            let action = format!("removing {}", piece.aside());
            self.sh(&action, r#"rm -rf -- "$1""#, &[&piece.aside()]).await?;
        }
        self.forget_marker(marker).await
    }

    pub(super) async fn put_back(&self, marker: &Marker) -> Result<()> {
        self.each(marker, "putting back", BACK).await?;
        self.forget_marker(marker).await
    }

    async fn each(&self, marker: &Marker, action: &str, script: &str) -> Result<()> {
        for piece in &marker.pieces {
            let had = if piece.had { "yes" } else { "no" };
            let args = [piece.path.as_str(), &piece.aside(), &piece.fetched(), had];
            self.sh(&format!("{action} {}", piece.path), script, &args)
                .await
                .map_err(|error| error.hint(format!("the old data is at {}", marker.asides())))?;
        }
        Ok(())
    }

    async fn forget_marker(&self, marker: &Marker) -> Result<()> {
        self.sh("removing the dumps", r#"rm -rf -- "$1" "$1.partial""#, &[&marker.staging]).await?;
        let file = self.marker_file(&marker.domain);
        self.engine.host().remove(&file, Path::new(&self.work)).await
    }

    /// All of a snapshot into a folder; nothing else happens.
    ///
    /// # Errors
    /// When the folder has something in it, or the snapshot cannot be restored.
    pub async fn restore_to(&self, repository: &str, snapshot: &str, folder: &str) -> Result<()> {
        const FREE: &str =
            r#"mkdir -p -- "$1" && [ -z "$(ls -A -- "$1")" ] || { echo "it is not empty" >&2; exit 1; }"#;
        self.sh(folder, FREE, &[folder]).await?;
        let words = ["restore", snapshot, "--target", folder, "--verify", "--no-lock"];
        self.run_restic(repository, &self.restic(repository, words)?, None).await.map(|_| ())
    }
}

/// A path as a pattern of restic that stands for nothing else.
fn literal(path: &str) -> String {
    path.chars().flat_map(|c| if "*?[\\".contains(c) { vec!['\\', c] } else { vec![c] }).collect()
}
