//! Units, command lines, image names and digests, each by example.

use super::{
    Marks, Project, config_hash, familiar, fields, overlay, print_fields, read, shorten, tag, units, words,
};
use std::collections::BTreeMap;

fn project(text: &str) -> Project {
    let (project, findings) = read(&"compose.yml".into(), text, &BTreeMap::new(), "case");
    assert!(!findings.has_errors(), "{findings:#?}");
    project.unwrap()
}

fn files(all: &[(&str, &str)]) -> BTreeMap<String, String> {
    all.iter().map(|(path, digest)| ((*path).to_owned(), (*digest).to_owned())).collect()
}

fn hash(text: &str, all: &[(&str, &str)]) -> String {
    let project = project(text);
    config_hash(&project, &project.services[0], &files(all))
}

#[test]
fn durations_print_as_compose_prints_them() {
    for (text, printed) in [
        ("90s", "1m30s"),
        ("1h", "1h0m0s"),
        ("1.5s", "1.5s"),
        ("500ms", "500ms"),
        ("100us", "100µs"),
        ("1500us", "1.5ms"),
        ("7ns", "7ns"),
        ("0", "0s"),
        ("-90s", "-1m30s"),
        ("1h0.5s", "1h0m0.5s"),
        ("100h", "100h0m0s"),
    ] {
        assert_eq!(units::duration(text).map(units::print_duration).as_deref(), Some(printed), "{text}");
    }
    for text in ["", "5", "s", "1d", "1 s", "1m30", "..s", "1.2.3s"] {
        assert_eq!(units::duration(text), None, "{text}");
    }
}

#[test]
fn sizes_are_binary() {
    for (text, bytes) in [
        ("512m", 512 << 20),
        ("1gb", 1 << 30),
        ("1.5g", 3 << 29),
        ("64KiB", 64 << 10),
        ("12 MB", 12 << 20),
        ("7", 7),
        ("7b", 7),
        ("2t", 2 << 40),
    ] {
        assert_eq!(units::bytes(text), Some(bytes), "{text}");
    }
    for text in ["", "m", "1x", "-1", "much", "1e3"] {
        assert_eq!(units::bytes(text), None, "{text}");
    }
}

#[test]
fn a_command_line_is_split_without_a_shell() {
    let split = |line| words::split(line).map(|(words, cut)| (words.join("¦"), cut));
    for (line, expected, cut) in [
        ("a  b\tc", "a¦b¦c", None),
        (r#"'a b' "c d" e\ f"#, "a b¦c d¦e f", None),
        (r"'a\b'", r"a\b", None),
        (r#"g"h"i '' "#, "ghi¦", None),
        ("a $(b c) d", "a¦$(b c)¦d", None),
        ("`q z` x", "`q z`¦x", None),
        ("a | b", "a", Some('|')),
        ("a>b", "a", Some('>')),
        ("a 2>b", "a", Some('>')),
        ("a && b", "a", Some('&')),
        ("", "", None),
    ] {
        assert_eq!(split(line), Some((expected.to_owned(), cut)), "{line}");
    }
    for line in ["a 'b", "a \"b", "a (b)", "a b)", "a\\", "`a", "$(a"] {
        assert_eq!(split(line), None, "{line}");
    }
}

#[test]
fn images_have_one_spelling() {
    for (reference, name) in [
        ("nginx", "nginx:latest"),
        ("docker.io/library/nginx:1.27", "nginx:1.27"),
        ("index.docker.io/grafana/loki", "grafana/loki:latest"),
        ("localhost:5000/a", "localhost:5000/a:latest"),
        ("localhost:5000/a:1", "localhost:5000/a:1"),
        ("a:1@sha256:ff", "a@sha256:ff"),
        ("docker.io/a/b@sha256:ff", "a/b@sha256:ff"),
    ] {
        assert_eq!(familiar(reference), name);
    }
    assert_eq!(tag("localhost:5000/a"), None);
    assert_eq!(tag("a:13-alpine@sha256:ff"), Some("13-alpine"));
    assert_eq!(shorten("a:1@sha256:0123456789abcdef0"), "a:1@sha256:0123456789ab");
    assert_eq!(shorten("a:1"), "a:1");
}

#[test]
fn the_hash_covers_what_containers_are_made_from_and_nothing_else() {
    let base = hash("services: {a: {image: x, environment: {A: 1}, ports: ['80:80']}}", &[]);
    let same = [
        "services:\n  a:\n    ports:\n      - {target: 80, published: 80}\n    environment: [A=1]\n    image: x\n",
        "services: {a: {image: x, environment: {A: '1'}, ports: ['80:80'], labels: {foundry.x: y}}}",
        "services: {a: {image: x, environment: {A: 1}, ports: ['80:80'], depends_on: [b]}, b: {image: x}}",
        "services: {a: {image: x, environment: {A: 1}, ports: ['80:80'], scale: 3, pull_policy: always}}",
        "services: {a: {image: x, environment: {A: 1}, ports: ['80:80'], read_only: false}}",
        "networks: {default: {internal: true}}\nservices: {a: {image: x, environment: {A: 1}, ports: ['80:80']}}",
    ];
    for text in same {
        assert_eq!(hash(text, &[]), base, "{text}");
    }
    let other = [
        "services: {a: {image: y, environment: {A: 1}, ports: ['80:80']}}",
        "services: {a: {image: x, environment: {A: 2}, ports: ['80:80']}}",
        "services: {a: {image: x, environment: {A: 1}, ports: ['81:80']}}",
        "services: {a: {image: x, environment: {A: 1}, ports: ['80:80'], x-foundry: {probe: tcp}}}",
        "networks: {default: {name: n}}\nservices: {a: {image: x, environment: {A: 1}, ports: ['80:80']}}",
    ];
    for text in other {
        assert_ne!(hash(text, &[]), base, "{text}");
    }
}

#[test]
fn files_take_part_where_they_are_used() {
    let text = "services: {a: {image: x, volumes: ['./conf:/c', './one.yml:/one.yml'], env_file: a.env, \
                secrets: [s], build: ./ctx}}\nsecrets: {s: {file: ./s.txt}}";
    let base = hash(text, &[]);
    for path in ["conf/a", "conf/deep/b", "one.yml", "a.env", "s.txt", "ctx/Dockerfile"] {
        assert_ne!(hash(text, &[(path, "d1")]), base, "{path}");
        assert_ne!(hash(text, &[(path, "d1")]), hash(text, &[(path, "d2")]), "{path}");
    }
    for path in ["conf.d/a", "two.yml", "one.yml.bak", "compose.yml"] {
        assert_eq!(hash(text, &[(path, "d1")]), base, "{path}");
    }
    let whole = "services: {a: {image: x, volumes: ['.:/all']}}";
    assert_ne!(hash(whole, &[("any/file", "d")]), hash(whole, &[]));
    assert_eq!(hash(whole, &[("compose.foundry.yml", "d"), ("compose.yml", "e")]), hash(whole, &[]));
}

#[test]
fn the_overlay_labels_started_services_only() {
    let project = project(
        "services: {a: {image: x, environment: {SECRET: hunter2}}, b: {image: x, profiles: [debug]}}",
    );
    let marks = Marks { registry: "my $home".into(), environment: "dev".into(), domain: "d".into() };
    let text = overlay(&project, &marks, &files(&[("my file", "00112233445566")]));
    let (nodes, findings) = crate::yaml::parse(&"o".into(), &text, &crate::yaml::Limits::default());
    assert!(findings.is_empty());
    let services: Vec<_> = nodes[0].get("services").unwrap().entries().iter().map(|e| e.key.text()).collect();
    assert_eq!(services, [Some("a")]);
    assert!(text.contains("foundry.registry: my $$home") && !text.contains("hunter2"), "{text}");
    let labels = fields(&project, &project.services[0], &BTreeMap::new());
    let line = print_fields(&labels);
    assert!(line.contains("environment.SECRET:") && line.contains("image:"), "{line}");
}

#[test]
fn printing_a_project_shows_no_value() {
    let project = project(
        "services: {a: {image: x, command: [hunter2], environment: {A: hunter2}, labels: {b: hunter2}}}\n\
         configs: {c: {content: hunter2}}\nsecrets: {s: {environment: HUNTER}}",
    );
    let text = format!("{project:?} {:?} {:?}", project.services[0], project.configs);
    assert!(text.contains("Service") && !text.contains("hunter2"), "{text}");
}
