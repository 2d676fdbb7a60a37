//! Machines: run a program, read and write files, here or over SSH. The only place that starts processes.

mod address;
mod cleaner;
mod command;
mod editor;
mod local;
mod output;
mod process;
pub mod quote;
mod remote;
mod ssh;

pub use address::Address;
pub use cleaner::Cleaner;
pub use command::{Command, Line, Output, Watch};
pub use editor::edit_file;
pub use output::{Ended, ended, output_of, output_with};
pub use ssh::{Ssh, SshOptions};

use crate::error::Result;
use foundry_core::plan::FileStat;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// A machine. Clones share the connection; it is ended when the last one is dropped.
#[derive(Debug, Clone)]
pub enum Host {
    /// This machine.
    Local,
    /// Another machine, through one SSH connection.
    Ssh(Arc<Ssh>),
}

impl Host {
    /// Opens the one connection to a machine that all later calls share.
    ///
    /// # Errors
    /// `Unreachable` when the machine does not answer, its key is unknown or ours is refused.
    pub async fn connect(address: &Address, options: &SshOptions) -> Result<Host> {
        Ok(Host::Ssh(Arc::new(Ssh::connect(address, options).await?)))
    }

    /// The machine's name for people.
    pub fn name(&self) -> String {
        match self {
            Host::Local => "this machine".to_string(),
            Host::Ssh(ssh) => ssh.address().to_string(),
        }
    }

    /// Runs a program to its end; its exit status is in the output and no error.
    ///
    /// # Errors
    /// `Host` when the program does not exist or cannot be started, `Unreachable` when the machine is gone.
    pub async fn run(&self, command: &Command, watch: &Watch<'_>) -> Result<Output> {
        match self {
            Host::Local => local::run(command, watch).await,
            Host::Ssh(ssh) => ssh.run(command, watch).await,
        }
    }

    /// The content of a file, or nothing when there is no such file.
    ///
    /// # Errors
    /// `Host` when it exists and cannot be read.
    pub async fn read(&self, path: &Path) -> Result<Option<Vec<u8>>> {
        match self {
            Host::Local => local::read(path).await,
            Host::Ssh(ssh) => remote::read(ssh, path).await,
        }
    }

    /// Replaces a file atomically; makes its folders; `mode` holds from the first moment on.
    ///
    /// # Errors
    /// `Host` when the folder cannot be written to.
    pub async fn write(&self, path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
        match self {
            Host::Local => local::write(path, bytes, mode).await,
            Host::Ssh(ssh) => remote::write(ssh, path, bytes, mode).await,
        }
    }

    /// SHA-256 (hex) of every regular file below a folder, by path below it; empty when there is no folder.
    ///
    /// # Errors
    /// `Host` when a file cannot be read.
    pub async fn hashes(&self, folder: &Path) -> Result<BTreeMap<String, String>> {
        match self {
            Host::Local => local::hashes(folder).await,
            Host::Ssh(ssh) => remote::hashes(ssh, folder).await,
        }
    }

    /// Mode and time of every regular file below a folder, by path below it; empty when there is no folder.
    ///
    /// # Errors
    /// `Host` when a folder cannot be read.
    pub async fn stats(&self, folder: &Path) -> Result<BTreeMap<String, FileStat>> {
        match self {
            Host::Local => local::stats(folder).await,
            Host::Ssh(ssh) => remote::stats(ssh, folder).await,
        }
    }

    /// Removes a file and its folders that are empty then, up to and without `above`. A missing file is no error.
    ///
    /// # Errors
    /// `Host` when it cannot be removed.
    pub async fn remove(&self, path: &Path, above: &Path) -> Result<()> {
        match self {
            Host::Local => local::remove(path, above).await,
            Host::Ssh(ssh) => remote::remove(ssh, path, above).await,
        }
    }
}
