//! Changes below a registry's folders, as the system tells them; a hint that something is to be looked at, no more.

use crate::error::{Error, Kind, Result};
use notify::{EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::Notify;

/// The folders below the root that are followed with everything in them.
const FOLDERS: [&str; 3] = ["config-registry", "domains", "generated"];

/// Follows a registry's files while it lives.
pub struct Files {
    watcher: RecommendedWatcher,
    root: PathBuf,
    followed: BTreeSet<PathBuf>,
}

impl Files {
    /// Begins to follow the registry in `root`; `changed` is notified of every change.
    ///
    /// # Errors
    /// `Host` when the system does not tell of changes (Linux: see `fs.inotify.max_user_watches`).
    pub fn follow(root: &Path, changed: Arc<Notify>) -> Result<Files> {
        let own = root.join(".foundry");
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // An error means that something was missed: look.
            let worth = event.map_or(true, |event| is_worth(&event, &own));
            if worth {
                changed.notify_one();
            }
        });
        let watcher = watcher.map_err(|error| failed(root, &error))?;
        let mut files = Files { watcher, root: root.to_path_buf(), followed: BTreeSet::new() };
        files.watcher.watch(root, RecursiveMode::NonRecursive).map_err(|error| failed(root, &error))?;
        files.renew()?;
        Ok(files)
    }

    /// Follows folders that were made since; to be called after every change.
    ///
    /// # Errors
    /// `Host` when the system does not tell of changes.
    pub fn renew(&mut self) -> Result<()> {
        for folder in FOLDERS.map(|name| self.root.join(name)) {
            match (folder.is_dir(), self.followed.contains(&folder)) {
                (true, false) => {
                    let watched = self.watcher.watch(&folder, RecursiveMode::Recursive);
                    watched.map_err(|error| failed(&folder, &error))?;
                    self.followed.insert(folder);
                }
                (false, true) => _ = self.followed.remove(&folder),
                _ => {}
            }
        }
        Ok(())
    }
}

/// Whether something may be otherwise than before: reading changes nothing, and our own folder is nobody's concern.
fn is_worth(event: &notify::Event, own: &Path) -> bool {
    !matches!(event.kind, EventKind::Access(_)) && !event.paths.iter().all(|path| path.starts_with(own))
}

fn failed(folder: &Path, error: &notify::Error) -> Error {
    Error::new(Kind::Host, format!("following the changes below {}: {error}", folder.display()))
        .hint("raise the limit: sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn told(changed: &Notify) -> bool {
        tokio::time::timeout(Duration::from_secs(20), changed.notified()).await.is_ok()
    }

    #[tokio::test]
    async fn changes_are_told_also_below_folders_that_come_later() {
        let folder = tempfile::tempdir().unwrap();
        let changed = Arc::new(Notify::new());
        let mut files = Files::follow(folder.path(), changed.clone()).unwrap();
        std::fs::create_dir_all(folder.path().join("domains/web")).unwrap();
        assert!(told(&changed).await);
        files.renew().unwrap();
        std::fs::write(folder.path().join("domains/web/a"), "1").unwrap();
        assert!(told(&changed).await);
        std::fs::set_permissions(
            folder.path().join("domains/web/a"),
            std::os::unix::fs::PermissionsExt::from_mode(0o600),
        )
        .unwrap();
        assert!(told(&changed).await);
    }

    #[test]
    fn reading_and_what_happens_in_our_own_folder_is_no_change() {
        use notify::event::{AccessKind, CreateKind, MetadataKind, ModifyKind};
        let own = Path::new("/r/.foundry");
        for (kind, path, worth) in [
            (EventKind::Access(AccessKind::Any), "/r/domains/a", false),
            (EventKind::Create(CreateKind::File), "/r/.foundry/lock/dev", false),
            (EventKind::Create(CreateKind::File), "/r/domains/a", true),
            (EventKind::Modify(ModifyKind::Metadata(MetadataKind::Permissions)), "/r/generated/a", true),
        ] {
            let event = notify::Event::new(kind).add_path(path.into());
            assert_eq!(is_worth(&event, own), worth, "{event:?}");
        }
    }
}
