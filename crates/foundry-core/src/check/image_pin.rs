//! IMG-001, IMG-002 and IMG-004: an image is one image, today and tomorrow.

use super::{Phase, Rendered, Rule};
use crate::compose::{Service, tag};
use crate::diag::{Finding, Findings, Severity, Spanned};

pub(super) const PINNED: &[Rule] = &[
    Rule {
        id: "IMG-001",
        severity: Severity::Error,
        phase: Phase::Rendered,
        title: "every image has a tag, and none that moves by design",
        why: "`latest`, `stable`, `main`, `edge` or `nightly`, or no tag at all, is another program on the next pull. \
              Nobody can say what runs, and nobody can go back. Images that are built here are not concerned.",
        fix: "write the exact version, or add a digest (`@sha256:…`)",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: ci}]
-- config-registry/env/overrides/dev.env --
-- generated/ci/compose.yml --
services:
  runner:
    image: example/runner:latest
#          ^^^^^^^^^^^^^^^^^^^^^ error IMG-001: the tag `latest` of example/runner:latest moves
  cache:
    image: registry.example.org:5000/cache
#          ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ error IMG-001: registry.example.org:5000/cache has no tag
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: ci}]
-- config-registry/env/overrides/dev.env --
-- generated/ci/compose.yml --
services:
  runner:
    image: example/runner:11.0.1
  own:
    build: .
",
    },
    Rule {
        id: "IMG-002",
        severity: Severity::Warning,
        phase: Phase::Rendered,
        title: "an image's tag is an exact version, or it has a digest",
        why: "`16-alpine` or `1.27` moves with every release of its series: two machines that deploy on two days run \
              two programs. Where two numbers are a whole version (`postgres:16.8`), the tag alone does not tell; a \
              digest does. An exact tag may still be pushed again; only a digest cannot.",
        fix: "write all parts of the version, or add a digest (`@sha256:…`, `foundry pin update`)",
        bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: db}]
-- config-registry/env/overrides/dev.env --
-- generated/db/compose.yml --
services:
  db:
    image: postgres:16-alpine
#          ^^^^^^^^^^^^^^^^^^ warning IMG-002: the tag `16-alpine` of postgres:16-alpine names a series
  other:
    image: postgres:16.8
#          ^^^^^^^^^^^^^ warning IMG-002: the tag `16.8` of postgres:16.8 may name a series
",
        good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: db}]
-- config-registry/env/overrides/dev.env --
-- generated/db/compose.yml --
services:
  db:
    image: postgres:16.4-alpine@sha256:5660c2cbfea50c7a9127d17dc4e48543eedd3d7a41a595a2dfa572471e37e64c
  exact:
    image: postgres:16.4.0-alpine3.20
",
    },
];

pub(super) const COMPLETE: &[Rule] = &[Rule {
    id: "IMG-004",
    severity: Severity::Error,
    phase: Phase::Rendered,
    title: "every image reference is complete after rendering",
    why: "Images are checked in the rendered file, where values from env files have taken their places. What is \
              still a placeholder there, or empty, can be neither checked nor pulled.",
    fix: "set the value that the template uses for the image",
    bad: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: \"{{ WEB_IMAGE }}\"
#          ^^^^^^^^^^^^^^^^^ error IMG-004: `{{ WEB_IMAGE }}` is no image reference
  api:
    image: \"\"
#          ^^ error IMG-004: the image is empty
",
    good: "\
# run: env=dev
-- config-registry/env/domains.yml --
domains: [{name: web}]
-- config-registry/env/overrides/dev.env --
-- generated/web/compose.yml --
services:
  web:
    image: web:1.2.3
",
}];

/// Words in a tag that move by design.
const MOVING: [&str; 22] = [
    "latest", "stable", "main", "master", "trunk", "edge", "nightly", "daily", "weekly", "dev", "devel",
    "develop", "rolling", "current", "lts", "testing", "unstable", "canary", "next", "release", "mainline",
    "beta",
];

/// How exact a tag is.
#[derive(Debug, PartialEq, Eq)]
enum Tag {
    Exact,
    Series,
    Moving,
}

pub(super) fn check(input: &Rendered<'_>, out: &mut Findings) {
    for project in input.projects.values() {
        for service in project.services.iter().chain(&project.inactive).filter(|s| s.build.is_none()) {
            if let Some(image) = &service.image {
                reference(service, image, out);
            }
        }
    }
}

fn reference(service: &Service, image: &Spanned<String>, out: &mut Findings) {
    let name = image.value.as_str();
    if name.is_empty() {
        let finding = Finding::error("IMG-004", &image.span, "the image is empty");
        return out.push(finding.help(format!("set the value that the template uses for {}", service.name)));
    }
    if !is_reference(name) {
        let finding = Finding::error("IMG-004", &image.span, format!("`{name}` is no image reference"));
        return out.push(finding.help("write [REGISTRY/]NAME:TAG[@sha256:DIGEST]"));
    }
    if name.contains("@sha256:") {
        return;
    }
    let help = "write the exact version, or add @sha256: and the digest: foundry pin update";
    match tag(name) {
        None => out.push(Finding::error("IMG-001", &image.span, format!("{name} has no tag")).help(help)),
        Some(tag) => match exactness(tag) {
            Tag::Exact => {}
            Tag::Moving => {
                let message = format!("the tag `{tag}` of {name} moves");
                out.push(Finding::error("IMG-001", &image.span, message).help(help));
            }
            Tag::Series => {
                // Of some programs two numbers are a whole version, of others a series: the tag alone does not tell.
                let word = if two_numbers(tag) { "may name a series" } else { "names a series" };
                let message = format!("the tag `{tag}` of {name} {word}");
                out.push(Finding::warning("IMG-002", &image.span, message).help(help));
            }
        },
    }
}

fn is_reference(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "._-/:@+".contains(c);
    name.chars().all(allowed) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn two_numbers(tag: &str) -> bool {
    let first = tag.split(['-', '_', '+']).next().unwrap_or_default().trim_start_matches(['v', 'V']);
    let mut numbers = first.split('.');
    let is_number = |n: &str| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit());
    numbers.by_ref().take(2).filter(|n| is_number(n)).count() == 2 && numbers.next().is_none()
}

/// Three numbers are a version, eight digits a day, seven hexadecimal ones a commit.
fn exactness(tag: &str) -> Tag {
    let digits = tag.bytes().filter(u8::is_ascii_digit).count();
    let parts: Vec<&str> = tag.split(['-', '_', '+']).collect();
    let version = |part: &&str| {
        let part = part.trim_start_matches(['v', 'V', 'r', 'b']);
        let numbers: Vec<&str> = part.split('.').collect();
        let leading = numbers.iter().take_while(|n| n.starts_with(|c: char| c.is_ascii_digit())).count();
        leading >= 3 || (numbers.len() == 1 && part.len() >= 4 && part.bytes().all(|b| b.is_ascii_digit()))
    };
    let commit = |part: &&str| part.len() >= 7 && digits > 0 && part.bytes().all(|b| b.is_ascii_hexdigit());
    let moves = parts.iter().any(|part| MOVING.iter().any(|word| part.eq_ignore_ascii_case(word)));
    // A year before a moving word (`2022-latest`) is a series, not a build.
    let year = moves && parts.iter().all(|part| !part.contains('.')) && digits < 8;
    if !year && (digits >= 8 || parts.iter().any(version) || parts.iter().any(commit)) {
        Tag::Exact
    } else if moves {
        Tag::Moving
    } else {
        Tag::Series
    }
}

#[cfg(test)]
mod tests {
    use super::{Tag, exactness};

    #[test]
    fn tags_are_exact_a_series_or_moving() {
        let exact = [
            "1.2.3",
            "v3.3.0",
            "17.11.1-ce.0",
            "alpine-v17.11.1",
            "2025.04.0",
            "RELEASE.2024-05-01T01-11-10Z",
            "nightly-20240115",
            "sha-3f2a9bc",
            "16.4.0-alpine3.20",
            "20240115",
            "b4567",
            "1.27.0-stable",
        ];
        let series = ["16-alpine", "3.19", "13", "v1", "16-alpine3.19", "bookworm", "24.04"];
        let moving = ["latest", "stable-alpine", "2022-latest", "Nightly", "main", "lts"];
        for (tags, wanted) in
            [(&exact[..], Tag::Exact), (&series[..], Tag::Series), (&moving[..], Tag::Moving)]
        {
            for tag in tags {
                assert_eq!(exactness(tag), wanted, "{tag}");
            }
        }
    }
}
