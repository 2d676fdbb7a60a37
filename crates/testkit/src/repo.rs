//! A registry in a folder of its own, and runs of the program on it in a clean environment.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

/// A registry to try the program on; removed when dropped.
pub struct Repo {
    folder: TempDir,
    program: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a run of the program gave.
#[derive(Debug, Clone)]
#[must_use]
pub struct Ran {
    /// Exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Repo {
    /// An empty registry called `home` for runs of `program`: no domain, environment `dev`.
    ///
    /// # Panics
    /// When the folder cannot be made.
    #[must_use]
    pub fn new(program: &str) -> Repo {
        let folder = tempfile::Builder::new().prefix("foundry-test-").tempdir().expect("a temporary folder");
        let repo = Repo { folder, program: program.into(), variables: Vec::new() };
        repo.write("config-registry/env/domains.yml", "domains: []\n")
            .write("config-registry/env/base.env", "")
            .write("config-registry/env/overrides/dev.env", "")
            .write(".gitignore", "generated/\n.foundry/\nconfig-registry/state/\n.env\n.vault_pass\n");
        repo
    }

    /// A copy of the registry in `folder`.
    ///
    /// # Panics
    /// When it cannot be copied.
    #[must_use]
    pub fn copy_of(program: &str, folder: &Path) -> Repo {
        let repo = Repo::new(program);
        let source = format!("{}/.", folder.display());
        let status = Command::new("cp").args(["-r", &source]).arg(repo.root()).status();
        assert!(status.expect("cp runs").success(), "copying {}", folder.display());
        repo
    }

    /// The registry's folder.
    #[must_use]
    pub fn root(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Writes a file, making its folders.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Repo {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().expect("a parent folder")).expect("folders");
        std::fs::write(path, text).expect("a written file");
        self
    }

    /// The text of a file; empty when there is none.
    #[must_use]
    pub fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.root().join(path)).unwrap_or_default()
    }

    /// Replaces a text in a file that must have it.
    ///
    /// # Panics
    /// When the file does not have `from`.
    pub fn edit(&self, path: &str, from: &str, to: &str) -> &Repo {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no {from:?}:\n{text}");
        self.write(path, text.replace(from, to))
    }

    /// Sets a variable for every later run.
    pub fn variable(&mut self, name: &str, value: &str) -> &mut Repo {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The program, ready to run in the registry: a cleared environment, no terminal, no colours.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        let home = self.folder.path();
        command
            .args(arguments)
            .current_dir(self.root())
            .env_clear()
            .env("HOME", home)
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(self.variables.iter().map(|(k, v)| (k, v)))
            .stdin(Stdio::null());
        for name in ["DOCKER_HOST", "DOCKER_CONFIG", "LLVM_PROFILE_FILE"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        command
    }

    /// Runs the program to its end.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::from(self.command(arguments).output().expect("the program starts"))
    }

    /// Starts the program and returns at once.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts")
    }
}

impl Ran {
    /// The same, when it ended with this exit code.
    ///
    /// # Panics
    /// When it ended with another one.
    #[track_caller]
    pub fn code(self, code: i32) -> Ran {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// When it is none.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("no JSON ({e}):\n{}\n{}", self.stdout, self.stderr))
    }

    /// Both outputs.
    #[must_use]
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Ran {
        Ran {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}
