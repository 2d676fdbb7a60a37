//! The command line on registries of every kind; no engine is needed.

mod argocd;
mod delivery;
mod docs;
mod env;
mod git;
mod graph;
mod hostile;
mod kubernetes;
mod metadata;
mod mode;
mod render;
mod runtime_inputs;
#[path = "../shop/mod.rs"]
mod shop;
mod validate;
mod validate_tree;

use testkit::Repo;

/// The program under test.
const PROGRAM: &str = env!("CARGO_BIN_EXE_foundry");

/// Two domains, a port each and one template that uses them.
fn two_domains() -> Repo {
    let repo = Repo::new(PROGRAM);
    repo.write(
        "config-registry/env/domains.yml",
        "domains:\n  - name: db\n    description: Data\n    standalone: true\n    exposes_to: [app]\n  - name: app\n    requires: [db]\n",
    )
    .write("config-registry/env/ports.yml", "db: {sql: 5432}\napp: {http: 8080, admin: \"127.0.0.1:9000\"}\n")
    .write("config-registry/env/base.env", "# layers\nDOMAIN=example.org\nURL=https://${DOMAIN}\n")
    .write("domains/app/templates/app.conf.tmpl", "url {{ URL }}\nport {{ PORT_APP_HTTP }}\nname {{ domain.name }}\n");
    repo
}
