//! Manifests: written and read back, compared field by field, and the images of an older one.

use foundry_core::compose;
use foundry_core::manifest::{
    Domain, ImagePin, Manifest, PinProblem, SCHEMA, Service, State, differences, pin_images, read, report,
    text, with,
};
use foundry_core::plan::{self, Desired, Observed, ObservedImage};
use std::collections::BTreeMap;
use std::sync::Arc;

fn sha(letter: &str) -> String {
    letter.repeat(64)
}

fn service(name: &str, image: &str, digest: Option<String>) -> Service {
    let config_hash = Some(sha("c"));
    Service { name: name.into(), image: image.into(), digest, config_hash, state: State::AsDeclared }
}

fn manifest(environment: &str) -> Manifest {
    let files = BTreeMap::from([("compose.yml".to_owned(), sha("1")), ("a | b\\c.txt".to_owned(), sha("2"))]);
    let domain = |name: &str, services: Vec<Service>| Domain {
        name: name.into(),
        source_hash: sha("a"),
        template_hash: sha("b"),
        services,
        files: files.clone(),
    };
    let absent = Service { state: State::Absent, config_hash: None, ..service("x", "x:1", None) };
    Manifest {
        environment: environment.into(),
        registry: "home".into(),
        engine: "compose".into(),
        commit: Some("f".repeat(40)),
        uncommitted: vec!["a %2C file, with a comma".into(), "b".into()],
        domains: vec![
            domain("db", vec![service("db", "postgres:16.8", Some(format!("postgres@sha256:{}", sha("d"))))]),
            domain("web", vec![service("web", "own:1", Some(format!("sha256:{}", sha("e")))), absent]),
        ],
    }
}

#[test]
fn a_file_says_what_the_manifests_say() {
    let all = vec![manifest("dev"), Manifest { commit: None, uncommitted: vec![], ..manifest("prod") }];
    assert_eq!(read(&text(&all)), Ok(all.clone()));
    let other = Manifest { registry: "other".into(), ..manifest("dev") };
    let new = with(&text(&all), &other).expect("it is a manifest");
    assert_eq!(read(&new), Ok(vec![other, all[1].clone()]), "only the section of dev is new");
    assert_eq!(with(&new, &all[1]).as_deref(), Ok(new.as_str()), "the same again changes no byte");
}

#[test]
fn what_somebody_else_wrote_is_not_overwritten() {
    let good = text(&[manifest("dev")]);
    for (bad, line) in [
        ("# Our services\n\nMANIFEST of things\n".to_owned(), 1),
        ("# Manifest\n".to_owned(), 1),
        (good.replace("| as declared |", "| as you like |"), 20),
        (good.replace("- source: ", "- sauce: "), 15),
        (format!("{good}\nand by the way\n"), good.lines().count() + 2),
        (format!("{good}{}", &good[good.find("## ").expect("a section")..]), good.lines().count() + 1),
    ] {
        assert_eq!(with(&bad, &manifest("dev")).map_err(|e| e.line), Err(line), "{bad}");
    }
}

#[test]
fn the_json_fits_the_schema() {
    let schema = serde_json::from_str(SCHEMA).expect("the schema is JSON");
    let validator = jsonschema::validator_for(&schema).expect("the schema is a schema");
    let mut json = serde_json::to_value(manifest("dev")).expect("JSON");
    assert!(
        validator.is_valid(&json),
        "{:?}",
        validator.iter_errors(&json).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    json["domains"][0]["services"][0]["time"] = "now".into();
    assert!(!validator.is_valid(&json), "the schema is closed");
}

#[test]
fn differences_name_the_field_and_both_values() {
    let (old, mut new) = (manifest("dev"), manifest("dev"));
    new.commit = None;
    new.uncommitted.clear();
    assert_eq!(differences(&old, &new), [], "where it comes from is no difference");
    new.domains[0].services[0].image = "postgres:16.9".into();
    new.domains[1].files.remove("compose.yml");
    new.domains[1].services.remove(1);
    new.domains.push(Domain { name: "x".into(), ..Domain::default() });
    let text = report(&differences(&old, &new));
    let expected = format!(
        "db/db image\n  - postgres:16.8\n  + postgres:16.9\nweb/x image\n  - x:1\nweb/x state\n  - absent\nweb file compose.yml\n  - {}\nx domain\n  + declared\n",
        sha("1")
    );
    assert_eq!(text, expected);
}

/// One domain `db` with `image`, and what the host has.
fn pins(image: &str, local: &[(&str, &[&str], &[&str])]) -> (Vec<ImagePin>, Vec<PinProblem>) {
    let compose = format!("name: db\nservices: {{db: {{image: '{image}'}}}}\n");
    let (project, _) = compose::read(&Arc::from("compose.yml"), compose.as_str(), &BTreeMap::new(), "db");
    let domain = plan::Domain { name: "db".into(), project, ..plan::Domain::default() };
    let desired = Desired { domains: vec![domain], selected: ["db".to_owned()].into(), ..Desired::default() };
    let owned = |all: &[&str]| all.iter().map(|s| (*s).to_owned()).collect();
    let images = local.iter().map(|(id, tags, digests)| ObservedImage {
        id: (*id).to_owned(),
        tags: owned(tags),
        digests: owned(digests),
    });
    pin_images(&manifest("dev"), &desired, &Observed { images: images.collect(), ..Observed::default() })
}

#[test]
fn an_image_is_pinned_where_its_tag_means_something_else() {
    let digest = format!("postgres@sha256:{}", sha("d"));
    let pinned = |present| {
        vec![ImagePin { domain: "db".into(), service: "db".into(), image: digest.clone(), present }]
    };
    let (own, other) = (("sha256:1", &["postgres:16.8"][..], &[digest.as_str()][..]), ["postgres:16.8"]);
    assert_eq!(pins("postgres:16.8", &[own]), (vec![], vec![]), "the tag means it");
    let moved = [("sha256:1", &[][..], own.2), ("sha256:2", &other[..], &[][..])];
    assert_eq!(pins("postgres:16.8", &moved), (pinned(true), vec![]), "the tag has moved");
    assert_eq!(pins("postgres:16.8", &[]), (pinned(false), vec![]), "it is gone and can be pulled");
    let unknown = vec![PinProblem::NotRecorded("db/db".into())];
    assert_eq!(pins("postgres:16.9", &[own]), (vec![], unknown), "another image than was recorded");
}
