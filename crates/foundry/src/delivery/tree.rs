//! The tree that an environment's cluster reads from Git, as files in memory.

use crate::pipeline::Rendered;
use crate::session::Loaded;
use foundry_core::kubernetes::{Input, Settings, TreeFile, translate, tree};
use foundry_core::model::{Engine, Environment};

/// Whether a reconciler brings the environment's tree to its cluster.
pub fn is_delivered(environment: &Environment) -> bool {
    environment.engine == Engine::Kubernetes && Settings::read(environment).gitops != "none"
}

/// Every file of the environment's tree, by path.
pub fn tree_files(loaded: &Loaded, environment: &Environment, rendered: &Rendered) -> Vec<TreeFile> {
    let registry = &loaded.registry;
    let (env, artifacts, projects) = (&rendered.env, &rendered.artifacts, &rendered.projects);
    let input = Input { registry, environment, env, artifacts, projects };
    let (translations, _) = translate(&input);
    tree(&input, &translations)
}
