//! Where a place keeps the rendered files, and the contents that are on their way there.

use crate::error::{Error, Kind, Result};
use foundry_core::compose::OVERLAY_FILE;
use secrecy::{ExposeSecret, SecretSlice};
use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

/// Where the rendered files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The folder with one folder per domain. Relative: below the working folder on this machine, below the
    /// home folder of the login on another one.
    pub generated: PathBuf,
    /// The Compose files of a domain, each overriding those before it.
    pub files: Vec<String>,
}

impl Layout {
    /// `compose.yml`, overridden by `compose.foundry.yml`, in `<generated>/<domain>/`.
    pub fn new(generated: impl Into<PathBuf>) -> Self {
        Layout {
            generated: generated.into(),
            files: vec!["compose.yml".to_string(), OVERLAY_FILE.to_string()],
        }
    }

    /// A path below the generated folder, as a path of the place.
    ///
    /// # Errors
    /// `Internal` when the path leads out of the folder.
    pub fn path(&self, below: &str) -> Result<PathBuf> {
        let path = Path::new(below);
        let inside = !below.is_empty() && path.components().all(|part| matches!(part, Component::Normal(_)));
        match inside {
            true => Ok(self.generated.join(path)),
            false => {
                Err(Error::new(Kind::Internal, format!("the path {below} leads out of the generated folder")))
            }
        }
    }
}

/// Contents of files by path below the generated folder; cannot be printed or serialised.
#[derive(Default)]
pub struct Contents(BTreeMap<String, (SecretSlice<u8>, u32)>);

impl Contents {
    /// No files.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a file. `mode` is its permissions: 0600 when a secret is in it.
    pub fn insert(&mut self, path: impl Into<String>, bytes: Vec<u8>, mode: u32) {
        self.0.insert(path.into(), (SecretSlice::from(bytes), mode));
    }

    /// The bytes and the mode of a file.
    pub fn get(&self, path: &str) -> Option<(&[u8], u32)> {
        self.0.get(path).map(|(bytes, mode)| (bytes.expose_secret(), *mode))
    }
}

impl std::fmt::Debug for Contents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leads_out() {
        let layout = Layout::new("/srv/generated");
        assert_eq!(layout.path("web/compose.yml").unwrap(), Path::new("/srv/generated/web/compose.yml"));
        for path in ["../x", "a/../../x", "/etc/passwd", "", "./a/.."] {
            assert!(layout.path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn contents_do_not_print_themselves() {
        let mut contents = Contents::new();
        contents.insert("web/.env", b"PASSWORD=hush-hush".to_vec(), 0o600);
        assert_eq!(format!("{contents:?}"), r#"{"web/.env"}"#);
    }
}
