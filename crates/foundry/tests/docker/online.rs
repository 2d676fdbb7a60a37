//! `foundry validate --online` asks the registry of each image, through the engine that would pull it.

use super::world::World;
use testkit::need;

#[test]
fn images_that_exist_that_do_not_and_that_nobody_can_tell() {
    let (docker, registry) = (need!(testkit::docker()), need!(testkit::registry()));
    let world = World::new(docker);
    let there = format!("{}/page:1.0.0", registry.address());
    world.docker.run(&["tag", world.docker.image_busybox(), &there]);
    world.docker.run(&["push", "-q", &there]);
    world.docker.run(&["image", "rm", &there]);
    let use_image = |domain: &str, image: &str| {
        let path = format!("domains/{domain}/templates/compose.yml.tmpl");
        world.repo.edit(&path, "'{{ IMAGE }}'", image);
    };
    use_image("db", &there);
    use_image("app", &format!("{}/page:9.9.9", registry.address()));
    use_image("web", "127.0.0.1:9/nowhere:1.0.0");
    let offline = world.run(&["validate", "--json"]).code(0).json();
    assert!(offline["not_checked"].to_string().contains("say --online"), "{offline}");
    let json = world.run(&["validate", "--online", "--json"]).code(1).json();
    let found: Vec<_> =
        json["findings"].as_array().unwrap().iter().filter(|f| f["rule"] == "IMG-003").collect();
    assert_eq!(found.len(), 1, "{json:#}");
    assert!(found[0]["message"].as_str().unwrap().contains("page:9.9.9 does not exist"), "{json:#}");
    assert_eq!(found[0]["file"], "generated/app/compose.yml");
    let unknown = json["not_checked"].to_string();
    assert!(unknown.contains("127.0.0.1:9/nowhere:1.0.0") && !unknown.contains("page:1.0.0"), "{unknown}");
}
