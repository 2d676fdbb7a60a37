//! What one render may cost: fuel for time, bytes for memory.

use super::error::{Eval, Fault};
use std::cell::Cell;

/// What one render may cost. Beyond a limit is an error with the template's place, never an abort.
///
/// Bounded: evaluation steps and elements visited (`fuel`), the bytes of every text, list and mapping that the
/// render makes, added up and never given back (`memory`), one value (`value`) and the output (`output`).
/// Not bounded here: the context itself (its owner made it) and the time of one regular expression (linear
/// in the text, and its compiled size is limited).
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Steps: about 50 million per second of one core.
    pub fuel: u64,
    /// Bytes of all values made during the render, output included.
    pub memory: u64,
    /// Bytes of one text, list or mapping.
    pub value: u64,
    /// Bytes of the output.
    pub output: u64,
    /// Nesting of macro calls, includes and loops.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { fuel: 20_000_000, memory: 256 << 20, value: 32 << 20, output: 32 << 20, depth: 64 }
    }
}

/// What is left of the limits during one render.
pub(super) struct Budget {
    limits: Limits,
    fuel: Cell<u64>,
    memory: Cell<u64>,
    depth: Cell<u32>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Self {
        Budget { limits, fuel: Cell::new(limits.fuel), memory: Cell::new(limits.memory), depth: Cell::new(0) }
    }

    /// Pays for `steps` of work.
    pub(super) fn work(&self, steps: usize) -> Eval<()> {
        match self.fuel.get().checked_sub(steps as u64) {
            Some(left) => {
                self.fuel.set(left);
                Ok(())
            }
            None => Err(Fault::new(format!("more than {} steps", self.limits.fuel))
                .help("look for a loop over far too much, or for two that multiply")),
        }
    }

    /// Pays for a value of `bytes`, before it is made.
    pub(super) fn make(&self, bytes: usize) -> Eval<()> {
        if bytes as u64 > self.limits.value {
            return Err(too_large("one value", self.limits.value));
        }
        match self.memory.get().checked_sub(bytes as u64) {
            Some(left) => {
                self.memory.set(left);
                Ok(())
            }
            None => Err(too_large("the values of this render", self.limits.memory)),
        }
    }

    /// Checks the size that the output is about to have.
    pub(super) fn output(&self, bytes: usize) -> Eval<()> {
        if bytes as u64 > self.limits.output {
            return Err(too_large("the output", self.limits.output));
        }
        Ok(())
    }

    /// Goes one level down; [`Budget::leave`] goes up again.
    pub(super) fn enter(&self) -> Eval<()> {
        if self.depth.get() >= self.limits.depth {
            return Err(Fault::new(format!("nested more than {} levels deep", self.limits.depth))
                .help("look for a macro or an include that calls itself without an end"));
        }
        self.depth.set(self.depth.get() + 1);
        Ok(())
    }

    pub(super) fn leave(&self) {
        self.depth.set(self.depth.get().saturating_sub(1));
    }
}

fn too_large(what: &str, most: u64) -> Box<Fault> {
    let size = if most >= 1 << 20 { format!("{} MiB", most >> 20) } else { format!("{most} bytes") };
    Fault::new(format!("{what} would be larger than {size}"))
        .help("look for a text or list that a loop keeps doubling")
}
