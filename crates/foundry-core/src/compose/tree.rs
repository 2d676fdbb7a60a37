//! The nodes of a compose file: they are many and seldom asked for, so its text is kept and read again.

use super::interpolate::interpolate;
use crate::diag::Findings;
use crate::yaml::{self, Limits, Node};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

/// A compose file's nodes after interpolation, read when they are first asked for.
/// It has no `Debug`: what it holds may be secret.
#[derive(Clone)]
pub struct Tree {
    file: Arc<str>,
    text: Arc<str>,
    variables: BTreeMap<String, String>,
    root: OnceLock<Arc<Node>>,
}

impl Tree {
    /// The nodes of `text`, which was read once without an error.
    pub(super) fn new(file: Arc<str>, text: Arc<str>, variables: BTreeMap<String, String>) -> Tree {
        Tree { file, text, variables, root: OnceLock::new() }
    }

    fn read(&self) -> Arc<Node> {
        let (documents, _) = yaml::parse(&self.file, &self.text, &Limits::default());
        let root = documents.into_iter().next().unwrap_or_else(|| Arc::new(Node::nothing(&self.file)));
        // Everything that is wrong with it was found when it was read first.
        interpolate(&root, &self.variables, &mut Findings::new())
    }
}

impl Deref for Tree {
    type Target = Node;

    fn deref(&self) -> &Node {
        self.root.get_or_init(|| self.read())
    }
}
