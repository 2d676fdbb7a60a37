//! Whether another run works on an environment, seen without touching its lock.

use crate::lock;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What the lock of an environment looked like at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stillness {
    /// Whether a run holds it.
    pub busy: bool,
    /// When a run took or gave it last: (seconds, nanoseconds); zero where none ever did.
    touched: (i64, i64),
}

impl Stillness {
    /// Whether nobody worked between `earlier` and now.
    pub fn since(&self, earlier: &Stillness) -> bool {
        !self.busy && !earlier.busy && self.touched == earlier.touched
    }
}

/// Looks at the lock of `environment`. Asking for the lock itself would make a run that begins at this very moment
/// fail, so the system's list of locks is read instead.
pub fn stillness(registry: &Path, environment: &str) -> Stillness {
    let path = lock::path(registry, environment);
    let Ok(meta) = std::fs::metadata(path) else { return Stillness { busy: false, touched: (0, 0) } };
    let held = std::fs::read_to_string("/proc/locks").unwrap_or_default();
    let inode = format!(":{}", meta.ino());
    // `1: FLOCK  ADVISORY  WRITE 1234 fd:01:5678 0 EOF`; a line with `->` is somebody who waits.
    let ours = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().collect();
        words.get(1) == Some(&"FLOCK") && words.get(5).is_some_and(|place| place.ends_with(&inode))
    };
    Stillness { busy: held.lines().any(ours), touched: (meta.mtime(), meta.mtime_nsec()) }
}

#[cfg(test)]
mod tests {
    use super::stillness;
    use crate::Cancel;
    use crate::lock::{Lock, Wanted};
    use std::time::Duration;

    #[tokio::test]
    async fn a_run_is_seen_while_it_works_and_afterwards() {
        let folder = tempfile::tempdir().unwrap();
        let look = || stillness(folder.path(), "dev");
        let before = look();
        assert!(!before.busy && look().since(&before));
        let wanted = Wanted {
            registry: folder.path(),
            environment: "dev",
            command: "test",
            timeout: Duration::ZERO,
            cancel: &Cancel::new(),
            on_busy: &|_| {},
        };
        let lock = Lock::take(&wanted).await.unwrap();
        assert!(look().busy);
        assert!(!stillness(folder.path(), "prod").busy);
        drop(lock);
        let after = look();
        assert!(!after.busy && !after.since(&before), "a run came and went unseen");
        assert!(look().since(&after));
        // Looking keeps nobody from working.
        let _second = Lock::take(&wanted).await.unwrap();
    }
}
