//! A waiver: a finding that is accepted, for a reason and until a day.

use crate::diag::{Span, Spanned};

/// One accepted finding of a domain.
#[derive(Debug, Clone)]
pub struct Waiver {
    /// Rule id.
    pub rule: Spanned<String>,
    /// The file it is for; `None` means every file of the domain.
    pub path: Option<String>,
    /// Why it is accepted.
    pub reason: String,
    /// Last day, `YYYY-MM-DD`.
    pub expires: Spanned<String>,
    /// The place of the whole entry.
    pub span: Span,
}
