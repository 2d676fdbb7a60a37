//! A registry in a folder of a test's own, and `foundry` run in it with nothing of the person's environment.

// Each test program uses a part of this.
#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder that is removed at the end.
pub struct Registry {
    folder: tempfile::TempDir,
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Registry {
    /// One domain without ports, one environment.
    pub fn small() -> Registry {
        let registry = Registry::empty();
        registry
            .write("config-registry/env/domains.yml", "domains:\n  - name: web\n    description: A page\n");
        registry.write("config-registry/env/base.env", "DOMAIN=example.org\n");
        registry.write("config-registry/env/overrides/dev.env", "");
        registry
    }

    /// A folder without anything.
    pub fn empty() -> Registry {
        Registry { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    #[track_caller]
    pub fn write(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.path(relative);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        std::fs::write(&path, text).expect("written");
        path
    }

    /// A shell script that can be run.
    #[track_caller]
    pub fn script(&self, relative: &str, text: &str) -> PathBuf {
        use std::os::unix::fs::PermissionsExt;
        let path = self.write(relative, &format!("#!/bin/sh\n{text}\n"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).expect("mode");
        path
    }

    #[track_caller]
    pub fn read(&self, relative: &str) -> String {
        std::fs::read_to_string(self.path(relative)).unwrap_or_else(|e| panic!("{relative}: {e}"))
    }

    /// `foundry ARGS…` in the folder, with a cleared environment.
    pub fn foundry(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_foundry"));
        command.args(args).current_dir(self.root()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.root());
        command.stdin(Stdio::null());
        command
    }

    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Run {
        run(&mut self.foundry(args))
    }

    /// Runs and expects exit code 0; gives standard output.
    #[track_caller]
    pub fn ok(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!(run.code, 0, "foundry {args:?}\n{}{}", run.out, run.err);
        run.out
    }
}

#[track_caller]
pub fn run(command: &mut Command) -> Run {
    let Output { status, stdout, stderr } = command.output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    Run { code: status.code().unwrap_or(-1), out: text(stdout), err: text(stderr) }
}
