//! Asking an HTTP server from a test, over TLS when it has its own certificate authority; curl does the work.

use crate::system;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;

/// An HTTP server's address, what it trusts and what it wants to see.
#[derive(Debug, Clone)]
pub struct Http {
    /// `http://127.0.0.1:PORT` or `https://…`, without a slash at the end.
    pub url: String,
    /// The certificate authority's file, for `https`.
    pub ca: Option<PathBuf>,
    /// Sent with every request.
    pub headers: Vec<String>,
}

impl Http {
    /// A server without TLS and without credentials.
    #[must_use]
    pub fn plain(url: &str) -> Self {
        Self { url: url.to_owned(), ca: None, headers: Vec::new() }
    }

    /// The same server with one more header, `Name: value`.
    #[must_use]
    pub fn with(&self, header: &str) -> Self {
        let mut with = self.clone();
        with.headers.push(header.to_owned());
        with
    }

    /// Sends a request and returns the status and the body; the status is 0 when nothing answers.
    #[track_caller]
    #[must_use]
    pub fn text(&self, method: &str, path: &str, body: Option<&str>) -> (u16, String) {
        let mut curl = Command::new("curl");
        curl.args(["-sS", "--max-time", "30", "-w", "\n%{http_code}", "-X", method]);
        for header in &self.headers {
            curl.args(["-H", header]);
        }
        if let Some(ca) = &self.ca {
            curl.arg("--cacert").arg(ca);
        }
        if let Some(body) = body {
            curl.args(["--data-binary", body]);
        }
        let output = system::run(curl.arg(format!("{}{path}", self.url)));
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let (body, status) = text.rsplit_once('\n').unwrap_or(("", "0"));
        (status.parse().unwrap_or(0), body.to_owned())
    }

    /// Sends JSON and reads JSON; an answer that is none is `null`.
    #[track_caller]
    #[must_use]
    pub fn json(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let with = if body.is_some_and(|_| !self.has_content_type()) {
            self.with("Content-Type: application/json")
        } else {
            self.clone()
        };
        let (status, answer) = with.text(method, path, body.map(Value::to_string).as_deref());
        (status, serde_json::from_str(&answer).unwrap_or(Value::Null))
    }

    fn has_content_type(&self) -> bool {
        self.headers.iter().any(|header| header.to_ascii_lowercase().starts_with("content-type:"))
    }
}
