//! Images that cannot be written, and registries that are not there.

use testkit::{Repo, need};

#[test]
fn a_registry_that_is_not_there_is_said_and_nothing_is_written() {
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    repo.write("config-registry/env/domains.yml", "domains: [{name: web, standalone: true}]\n").write(
        "domains/web/templates/compose.yml.tmpl",
        "services: {web: {image: 'localhost:1/team/web:1.0.0'}}\n",
    );
    let ran = repo.run(&["pin", "update"]).code(4);
    assert!(ran.stdout.contains("was not checked: reaching localhost:1: "), "{}", ran.all());
    assert!(repo.read("domains/web/templates/compose.yml.tmpl").contains("web:1.0.0'"));
}

#[test]
fn a_value_that_makes_other_images_too_is_left_to_the_person() {
    let (docker, registry) = (need!(testkit::docker()), need!(testkit::registry()));
    for name in ["server:1.0.0", "server:1.0.1", "client:1.0.0", "client:1.0.1"] {
        let full = format!("{}/{name}", registry.address());
        docker.run(&["tag", docker.image_busybox(), &full]);
        docker.run(&["push", "-q", &full]);
        docker.run(&["image", "rm", &full]);
    }
    let repo = Repo::new(env!("CARGO_BIN_EXE_foundry"));
    let address = registry.address();
    repo.write("config-registry/env/domains.yml", "domains: [{name: web, standalone: true}]\n")
        .write("config-registry/env/base.env", "VERSION=1.0.0\n")
        .write("domains/web/templates/compose.yml.tmpl", format!("services:\n  a: {{image: '{address}/server:{{{{ VERSION }}}}'}}\n  b: {{image: '{address}/client:{{{{ VERSION }}}}'}}\n"));
    let ran = repo.run(&["pin", "update"]).code(1);
    assert!(ran.stdout.contains("the same value also makes web/b"), "{}", ran.stdout);
    assert_eq!(repo.read("config-registry/env/base.env"), "VERSION=1.0.0\n");
}
