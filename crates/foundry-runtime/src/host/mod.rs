//! Hosts: the only place that starts processes.

mod output;

pub use output::output_of;
