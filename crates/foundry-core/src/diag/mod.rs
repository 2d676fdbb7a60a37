//! What a check has to say: spans, findings and their collection.

mod finding;
mod span;

pub use finding::{Finding, Findings, NotChecked, Severity};
pub use span::{Span, Spanned};
