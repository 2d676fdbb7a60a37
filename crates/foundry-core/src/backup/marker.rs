//! A restore that has begun and not ended: enough to go on with it or to take it back, whatever ended the program.

use super::act::Piece;
use super::record::Manifest;
use serde::{Deserialize, Serialize};

/// Kept at the place from before the first change until the old data is not needed any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// Form of this file: 1.
    pub version: u32,
    /// The domain.
    pub domain: String,
    /// The snapshot that is restored.
    pub snapshot: String,
    /// What the snapshot says about itself.
    pub manifest: Manifest,
    /// What is replaced.
    pub pieces: Vec<Piece>,
    /// Where its dumps and what its script wrote are until the end.
    pub staging: String,
    /// Domains that are stopped and started again.
    pub stopped: Vec<String>,
}

impl Marker {
    /// Name of its file.
    pub fn file_name(domain: &str) -> String {
        format!("restore-{domain}.json")
    }

    /// Where the old data is kept, for messages.
    pub fn asides(&self) -> String {
        let kept = self.pieces.iter().filter(|p| p.had).map(Piece::aside);
        kept.collect::<Vec<_>>().join(", ")
    }
}
