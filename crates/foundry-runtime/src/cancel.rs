//! A flag that the caller raises once (Ctrl-C) and that running work waits for or asks.

use std::sync::Arc;
use tokio::sync::watch;

/// Clones share the flag; once raised it stays raised.
#[derive(Debug, Clone)]
pub struct Cancel(Arc<watch::Sender<bool>>);

impl Default for Cancel {
    fn default() -> Self {
        Cancel(Arc::new(watch::Sender::new(false)))
    }
}

impl Cancel {
    /// A flag that is not raised.
    pub fn new() -> Self {
        Self::default()
    }

    /// Raises the flag.
    pub fn cancel(&self) {
        self.0.send_replace(true);
    }

    /// Whether the flag is raised.
    pub fn is_cancelled(&self) -> bool {
        *self.0.borrow()
    }

    /// Returns when the flag is raised.
    pub async fn cancelled(&self) {
        // The sender lives in `self`, so waiting cannot end for another reason.
        let _ = self.0.subscribe().wait_for(|raised| *raised).await;
    }
}
