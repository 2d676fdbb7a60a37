//! A shared network.

use crate::diag::{Span, Spanned};

/// One entry of `networks.yml`.
#[derive(Debug, Clone)]
pub struct Network {
    /// Name on the host.
    pub name: Spanned<String>,
    /// The domain whose Compose file defines it; `None`: Foundry creates it.
    pub owner: Option<Spanned<String>>,
    /// CIDR notation, unchecked.
    pub subnet: Option<Spanned<String>>,
    /// Gateway address, unchecked.
    pub gateway: Option<Spanned<String>>,
    /// Whether it has no way out.
    pub internal: bool,
    /// Driver; `bridge` when absent.
    pub driver: Option<String>,
    /// The place of the whole entry.
    pub span: Span,
}
