//! Looking on for days: what changes in files, who holds the lock, metrics for Prometheus, events for a webhook.

mod busy;
mod files;
mod metrics;
mod webhook;

pub use busy::{Stillness, stillness};
pub use files::Files;
pub use metrics::{Metrics, serve};
pub use webhook::{Target, Webhook};
