//! The image registry: push, list, pull.

#[test]
fn an_image_is_pushed_and_pulled() {
    let registry = testkit::need!(testkit::registry());
    let docker = testkit::need!(testkit::docker());
    let path = docker.name("image");
    let image = format!("{}/{path}:1", registry.address());
    docker.run(&["tag", docker.image_busybox(), &image]);
    docker.run(&["push", "-q", &image]);
    let (status, answer) = registry.http().json("GET", &format!("/v2/{path}/tags/list"), None);
    assert_eq!((status, &answer["tags"][0]), (200, &serde_json::json!("1")));
    docker.run(&["image", "rm", &image]);
    docker.run(&["pull", "-q", &image]);
    assert_eq!(docker.out(&["run", "--rm", &image, "echo", "pulled"]), "pulled");
    docker.run(&["image", "rm", &image]);
}
