//! The logs of containers, line by line, without secrets.

use super::{Compose, problem};
use crate::Cancel;
use crate::error::{Error, Kind, Result};
use bollard::container::LogOutput;
use bollard::query_parameters::LogsOptions;
use foundry_core::plan::Container;
use futures_util::StreamExt;
use futures_util::stream;

/// Which part of the logs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogOptions {
    /// Go on until the containers end or the flag is raised.
    pub follow: bool,
    /// Only so many of the last lines of each container.
    pub tail: Option<usize>,
    /// Only what was written at or after this time, in seconds since 1970.
    pub since: Option<i32>,
    /// With the time before each line.
    pub timestamps: bool,
}

/// A line that a container wrote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLine<'a> {
    /// Who wrote it.
    pub container: &'a Container,
    /// Whether it was written to the standard error.
    pub error: bool,
    /// The line without its end.
    pub text: &'a str,
}

impl Compose {
    /// Reads the logs of these containers, all at once; the lines of one container keep their order.
    ///
    /// # Errors
    /// `Engine` when a container is gone or its log driver keeps nothing to read.
    pub async fn logs(
        &self,
        containers: &[Container],
        options: &LogOptions,
        cancel: &Cancel,
        on_line: &(dyn Fn(LogLine<'_>) + Send + Sync),
    ) -> Result<()> {
        let each = stream::iter(containers.iter().map(|container| async move {
            let mut each = |error: bool, text: &str| on_line(LogLine { container, error, text });
            let read = self.read_log(&container.id, options, &mut each).await;
            read.map_err(|error| error.context(format!("the log of {}", container.name)))
        }));
        let mut each = std::pin::pin!(each.buffer_unordered(containers.len().max(1)));
        loop {
            tokio::select! {
                () = cancel.cancelled() => return Ok(()),
                read = each.next() => match read {
                    None => return Ok(()),
                    Some(read) => read?,
                },
            }
        }
    }

    /// The last lines of a container's log; what cannot be read is left out, for this only explains a failure.
    pub(super) async fn log_tail(&self, id: &str, lines: usize) -> Vec<String> {
        let options = LogOptions { tail: Some(lines), ..LogOptions::default() };
        let mut out = Vec::new();
        let _ = self.read_log(id, &options, &mut |_, line| out.push(line.to_string())).await;
        out.split_off(out.len().saturating_sub(lines))
    }

    async fn read_log(
        &self,
        id: &str,
        options: &LogOptions,
        each: &mut (dyn FnMut(bool, &str) + Send),
    ) -> Result<()> {
        let query = LogsOptions {
            follow: options.follow,
            stdout: true,
            stderr: true,
            since: options.since.unwrap_or(0),
            timestamps: options.timestamps,
            tail: options.tail.map_or_else(|| "all".to_string(), |lines| lines.to_string()),
            ..LogsOptions::default()
        };
        let mut chunks = std::pin::pin!(self.docker.logs(id, Some(query)));
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|error| {
                if problem::is_absent(&error) {
                    return Error::new(Kind::Engine, "the container is gone");
                }
                problem::engine("reading the log", &error)
            })?;
            let error = matches!(chunk, LogOutput::StdErr { .. });
            let rest = if error { &mut err } else { &mut out };
            rest.extend_from_slice(chunk.as_ref());
            while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = rest.drain(..=end).collect();
                self.tell(&line, error, each);
            }
        }
        for (rest, error) in [(out, false), (err, true)] {
            if !rest.is_empty() {
                self.tell(&rest, error, each);
            }
        }
        Ok(())
    }

    fn tell(&self, line: &[u8], error: bool, each: &mut (dyn FnMut(bool, &str) + Send)) {
        let line = String::from_utf8_lossy(line);
        each(error, &self.redactor.text(line.trim_end_matches(['\n', '\r'])));
    }
}
