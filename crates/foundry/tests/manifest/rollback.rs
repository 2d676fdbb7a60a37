//! Going back to what was recorded: configuration, images by digest, domains; data and the work tree stay.

use super::world::World;
use super::{commit, git};
use testkit::need;

/// Deploys, records and commits.
#[track_caller]
fn release(world: &World, message: &str) -> String {
    let _ = world.deploy().code(0);
    let _ = world.run(&["manifest"]).code(0);
    commit(&world.repo, message)
}

fn image_of(world: &World, domain: &str) -> String {
    world.inspect(domain, "{{.Image}}")
}

/// Another program under the name `image`.
#[track_caller]
fn change(world: &World, image: &str, label: &str) {
    let container = world.docker.name("change");
    world.docker.run(&["create", "--name", &container, world.docker.image_busybox()]);
    world.docker.run(&["commit", "--change", &format!("LABEL changed={label}"), &container, image]);
    world.docker.run(&["rm", &container]);
}

#[test]
fn configuration_and_images_go_back_and_data_and_work_tree_stay() {
    let world = World::new(need!(testkit::docker()));
    git(&world.repo, &["init", "-q"]);
    let image = format!("{}:1", world.docker.name("app"));
    change(&world, &image, "first");
    world.repo.edit("domains/app/templates/compose.yml.tmpl", "'{{ IMAGE }}'", &image);
    release(&world, "one");
    let (app, db, page) = (image_of(&world, "app"), world.id("db"), "hello from web");
    world.docker.run(&["exec", &world.container("db"), "sh", "-c", "echo kept >/data/file"]);

    // The second release: another value, another image under the same tag, one more domain.
    change(&world, &image, "second");
    world.repo.edit("config-registry/env/base.env", "GREETING=hello", "GREETING=welcome");
    world.repo.edit(
        "config-registry/env/domains.yml",
        "  - {name: mon",
        "  - {name: extra, standalone: true}\n  - {name: mon",
    );
    world.repo.write(
        "domains/extra/templates/compose.yml.tmpl",
        "name: '{{ PREFIX }}-extra'\nservices: {extra: {image: '{{ IMAGE }}', stop_grace_period: 0s, init: true}}\n",
    );
    let second = release(&world, "two");
    assert_ne!(image_of(&world, "app"), app);

    // Work that is not committed is neither used nor lost.
    world.repo.edit("config-registry/env/base.env", "GREETING=welcome", "GREETING=draft");
    world.repo.write("note.txt", "mine\n");
    let last = world.run(&["rollback"]).code(0);
    assert!(last.stderr.contains("two)") && last.stdout.contains("Nothing to do"), "{}", last.all());
    let refused = world.run(&["rollback", "--to", "HEAD~1"]).code(1);
    assert!(refused.stdout.contains("app/app") && refused.stderr.contains("say --yes"), "{}", refused.all());
    let ran = world.run(&["rollback", "--to", "HEAD~1", "--yes"]).code(0);
    for part in
        ["(two)", "one), 1 commit before", "app/app by digest: ", "volumes", "-db_data stay as they are"]
    {
        assert_eq!(ran.stderr.contains(part), part != "(two)", "{part}:\n{}", ran.stderr);
    }
    assert!(
        ran.stdout.contains("nobody declares") || ran.stdout.contains("--prune removes"),
        "{}",
        ran.stdout
    );
    assert_eq!(image_of(&world, "app"), app, "the image that ran then");
    assert_eq!(world.id("db"), db, "what is the same is not touched");
    assert_eq!(world.docker.out(&["exec", &world.container("db"), "cat", "/data/file"]), "kept");
    let served = world.docker.out(&["exec", &world.container("web"), "cat", "/www/index.html"]);
    assert_eq!(served.trim(), page);
    assert_eq!(world.repo.read("note.txt"), "mine\n");
    assert!(world.repo.read("config-registry/env/base.env").contains("GREETING=draft"));
    assert_eq!(git(&world.repo, &["rev-parse", "HEAD"]).trim(), second);
    assert_eq!(git(&world.repo, &["diff", "--cached", "--name-only"]), "", "the index is as it was");

    // Again: nothing to do. Everybody is told that the place is behind.
    let again = world.run(&["rollback", "--to", "HEAD~1", "--yes"]).code(0);
    assert!(again.stdout.contains("Nothing to do"), "{}", again.stdout);
    let status = world.run(&["status"]).code(0);
    assert!(status.stderr.contains("dev was rolled back to"), "{}", status.stderr);
    assert!(world.run(&["status", "--json"]).code(0).json()["rolled_back_to"].is_string());
    assert!(world.run(&["plan", "--all"]).code(0).stderr.contains("rolls it forward again"));

    // The other domain goes only when that is said.
    assert!(!world.id("extra").is_empty());
    let _ = world.run(&["rollback", "--to", "HEAD~1", "--prune", "--yes"]).code(0);
    assert!(world.id("extra").is_empty());

    git(&world.repo, &["checkout", "-q", "."]);
    let _ = world.deploy().code(0);
    assert_ne!(image_of(&world, "app"), app, "forward again");
    assert!(!world.run(&["status"]).code(0).stderr.contains("rolled back"));
    // Without --to: before the current record, although the files are the current ones.
    let ran = world.run(&["rollback", "--yes"]).code(0);
    assert_eq!(image_of(&world, "app"), app, "{}", ran.all());

    // An image that was built here and is gone cannot be had again.
    let _ = world.deploy().code(0);
    world.docker.run(&["image", "rm", &app]);
    let runs = world.id("app");
    let ran = world.run(&["rollback", "--yes"]).code(1);
    assert!(ran.stderr.contains("app/app ran the image sha256:"), "{}", ran.stderr);
    assert_eq!(world.id("app"), runs);
    let _ = world.run(&["destroy", "extra", "--yes"]).code(0);
}

#[test]
fn an_image_that_is_only_in_its_registry_is_pulled_by_digest() {
    let (docker, registry) = (need!(testkit::docker()), need!(testkit::registry()));
    let world = World::new(docker);
    git(&world.repo, &["init", "-q"]);
    let image = format!("{}/page:1.0.0", registry.address());
    let push = |from: &str| {
        world.docker.run(&["tag", from, &image]);
        world.docker.run(&["push", "-q", &image]);
    };
    push(world.docker.image_busybox());
    world.repo.edit("domains/mon/templates/compose.yml.tmpl", "'{{ IMAGE }}'", &image);
    release(&world, "one");
    let digest = world.docker.out(&["image", "inspect", "-f", "{{index .RepoDigests 0}}", &image]);
    assert!(world.repo.read("MANIFEST.md").contains(digest.trim()), "{digest}");

    // Somebody pushes another program under the same tag.
    let other = world.docker.name("other");
    change(&world, &other, "other");
    world.docker.run(&["image", "rm", &image]);
    push(&other);
    let after = image_of(&world, "mon");
    release(&world, "two");
    assert_ne!(image_of(&world, "mon"), after, "the new program runs");
    world.docker.command().args(["image", "rm", digest.trim()]).output().expect("docker runs");

    let ran = world.run(&["rollback", "--yes"]).code(0);
    assert!(ran.stderr.contains("mon/mon by digest: 127.0.0.1"), "{}", ran.stderr);
    assert_eq!(world.inspect("mon", "{{.Config.Image}}"), digest.trim());

    // Gone from the host and from the registry: refused before anything is touched.
    let _ = world.deploy().code(0);
    let runs = world.id("mon");
    world.docker.run(&["image", "rm", digest.trim()]);
    let (status, _) = registry.http().text(
        "DELETE",
        &format!("/v2/page/manifests/{}", digest.trim().rsplit_once('@').expect("a digest").1),
        None,
    );
    assert_eq!(status, 202);
    let ran = world.run(&["rollback", "--yes"]).code(1);
    assert!(
        ran.stderr.contains("which is no longer here, and its registry does not have it"),
        "{}",
        ran.stderr
    );
    assert_eq!(world.id("mon"), runs);
    world.docker.run(&["image", "rm", "-f", &other, &image]);
}
