//! What was read from disk: text, or the reason why there is none.

use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of a repository that matter, by path relative to its root.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// Name of the folder, the default name of the registry.
    pub folder: String,
    /// Path → content.
    pub entries: BTreeMap<Arc<str>, FileContent>,
    /// Paths that Git tracks; `None` outside Git.
    pub tracked: Option<Vec<String>>,
}

/// A file's text or what is wrong with it.
#[derive(Debug, Clone)]
pub enum FileContent {
    /// UTF-8 text, a byte order mark removed.
    Text(Arc<str>),
    /// It cannot be used.
    Problem(FileProblem),
}

/// Why a path cannot be used as a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileProblem {
    /// Not UTF-8; 1-based line and byte column of the first wrong byte.
    NotUtf8 {
        /// 1-based line.
        line: u32,
        /// 1-based column, in bytes.
        column: u32,
    },
    /// Larger than what is read.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
        /// The most that is read, in bytes.
        most: u64,
    },
    /// A folder, socket or device where a file belongs.
    NotAFile,
    /// A symbolic link that leads to itself.
    LinkLoop,
    /// A symbolic link that leads out of the registry.
    LinkOutside,
    /// The operating system refuses; its message.
    Unreadable(String),
}

impl FileProblem {
    /// What is wrong, as a lowercase fragment, and the way out.
    pub fn explain(&self) -> (String, &'static str) {
        match self {
            FileProblem::NotUtf8 { line, column } => {
                (format!("not valid UTF-8 (first wrong byte at {line}:{column})"), "save the file as UTF-8")
            }
            FileProblem::TooLarge { bytes, most } => (
                format!("{} MiB large; at most {} MiB are read", bytes >> 20, most >> 20),
                "move large data out of the registry",
            ),
            FileProblem::NotAFile => ("not a regular file".to_owned(), "put a file there, or remove it"),
            FileProblem::LinkLoop => ("a symbolic link that leads to itself".to_owned(), "remove the link"),
            FileProblem::LinkOutside => (
                "a symbolic link that leads out of the registry".to_owned(),
                "copy the target into the registry; what is outside is in no clone",
            ),
            FileProblem::Unreadable(message) => (message.clone(), "check the file's owner and mode"),
        }
    }
}
