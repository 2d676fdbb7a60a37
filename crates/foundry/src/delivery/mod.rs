//! Delivery through Git: the tree of an environment is written, committed and pushed, and a reconciler takes it from there.

mod axis;
mod deploy;
mod inputs;
mod mode;
mod publish;
mod tree;
mod wait;

pub use axis::{Axis, show_modes};
pub use deploy::{Options, deploy};
pub use inputs::{InputAct, runtime_inputs};
pub use mode::{ModeOptions, change_mode};
pub use publish::Publish;
pub use tree::{is_delivered, tree_files};
