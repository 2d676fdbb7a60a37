//! Every rule finds what its bad example marks and nothing in its good one; fixtures cover the rest.

mod rules_support;

use foundry_core::check::{self, Phase};
use rules_support::{differences, read};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Needs an image registry, or files that a command wrote before: tested where they are applied.
const WITHOUT_EXAMPLE: [&str; 2] = ["IMG-003", "TRN-006"];

#[test]
fn every_bad_example_is_found_and_every_good_one_is_not() {
    let mut wrong = String::new();
    // The examples of the live phase are plans: see the test `plan_cases`.
    for rule in check::RULES.iter().filter(|rule| rule.phase != Phase::Live) {
        if WITHOUT_EXAMPLE.contains(&rule.id) {
            assert!(rule.bad.is_empty() && rule.good.is_empty(), "{} has an example after all", rule.id);
            continue;
        }
        let bad = read(rule.bad);
        if !bad.marks.iter().any(|m| m.rule == rule.id) {
            wrong.push_str(&format!("{}: the bad example marks nothing\n", rule.id));
        }
        if !bad.marks.iter().any(|m| m.rule == rule.id && m.severity == rule.severity.word()) {
            wrong.push_str(&format!("{}: no finding has the rule's severity\n", rule.id));
        }
        let marked: Vec<&str> = bad.marks.iter().map(|m| m.rule.as_str()).chain([rule.id]).collect();
        let difference = differences(&bad, &marked);
        if !difference.is_empty() {
            wrong.push_str(&format!("{} bad:\n{difference}", rule.id));
        }
        let difference = differences(&read(rule.good), &[rule.id]);
        if rule.good.is_empty() || !difference.is_empty() {
            wrong.push_str(&format!("{} good:\n{difference}", rule.id));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// `tests/rules/<ID>.txt`: scenarios that begin with `== what it shows`.
#[test]
fn every_fixture_is_found_as_marked() {
    let mut wrong = String::new();
    let mut count = 0;
    for path in files_below(&manifest().join("tests/rules")) {
        let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or_default().to_owned();
        assert!(check::rule(&name).is_some(), "{} is named after no rule", path.display());
        let text = fs::read_to_string(&path).expect("a fixture is text");
        for part in format!("\n{text}").split("\n== ").skip(1) {
            let (title, body) = part.split_once('\n').expect("a scenario has a body");
            let scenario = read(body);
            let rules: Vec<&str> =
                scenario.marks.iter().map(|m| m.rule.as_str()).chain([name.as_str()]).collect();
            let difference = differences(&scenario, &rules);
            if !difference.is_empty() {
                wrong.push_str(&format!("{name} == {title}:\n{difference}"));
            }
            count += 1;
        }
    }
    assert!(count > 0, "no fixture was read");
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn every_rule_id_in_the_source_is_in_the_table() {
    let known: BTreeSet<&str> = check::RULES.iter().map(|r| r.id).collect();
    let mut unknown = BTreeSet::new();
    for krate in ["foundry-core", "foundry-runtime", "foundry"] {
        for path in files_below(&manifest().join("..").join(krate).join("src")) {
            let text = fs::read_to_string(&path).unwrap_or_default();
            for id in quoted_ids(&text).filter(|id| !known.contains(id)) {
                unknown.insert(format!("{id} in {}", path.display()));
            }
        }
    }
    assert!(unknown.is_empty(), "{unknown:#?}");
}

#[test]
fn ids_are_unique_and_texts_are_complete() {
    let mut seen = BTreeSet::new();
    let families: Vec<&str> =
        check::RULES.iter().map(|r| r.id.split('-').next().unwrap_or_default()).collect();
    let sorted = check::RULES.windows(2).zip(families.windows(2));
    for (rules, _) in sorted.filter(|(_, families)| families[0] == families[1]) {
        assert!(rules[0].id < rules[1].id, "{} stands before {}", rules[0].id, rules[1].id);
    }
    for rule in check::RULES {
        assert!(seen.insert(rule.id), "{} twice", rule.id);
        assert!(quoted_ids(&format!("\"{}\"", rule.id)).next().is_some(), "{} is no id", rule.id);
        assert!(rule.why.ends_with('.') && rule.why.len() > 40, "{}: why", rule.id);
        let lower = |s: &str| s.starts_with(|c: char| c.is_lowercase() || c == '`');
        assert!(lower(rule.title) && !rule.title.ends_with('.'), "{}: title {}", rule.id, rule.title);
        assert!(lower(rule.fix) && !rule.fix.ends_with('.'), "{}: fix {}", rule.id, rule.fix);
    }
}

#[test]
fn explain_shows_a_rule_with_its_examples() {
    let text = check::explain("reg-003").expect("REG-003 is a rule");
    for part in ["REG-003: ", "error, phase registry", "Way out: ", "Bad:", "Good:", "requires: [postgress]"]
    {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
    assert_eq!(check::explain("REG-999"), None);
}

/// `FOUNDRY_BLESS=1` rewrites what is generated.
#[test]
fn the_reference_in_docs_is_up_to_date() {
    let docs = manifest().join("../../docs/reference");
    let mut wanted = vec![
        ("rules.md".to_owned(), check::reference()),
        ("translation.md".to_owned(), foundry_core::kubernetes::reference()),
    ];
    for (name, _, text) in foundry_core::load::SCHEMAS {
        wanted.push((format!("{name}.schema.json"), text.to_owned()));
    }
    wanted.push(("manifest.schema.json".to_owned(), foundry_core::manifest::SCHEMA.to_owned()));
    for (name, text) in wanted {
        let path = docs.join(&name);
        if std::env::var_os("FOUNDRY_BLESS").is_some() {
            fs::create_dir_all(&docs).expect("docs/reference can be made");
            fs::write(&path, &text).expect("docs/reference can be written");
        }
        let there = fs::read_to_string(&path).unwrap_or_default();
        assert!(there == text, "docs/reference/{name} is stale: FOUNDRY_BLESS=1 cargo test -p foundry-core");
    }
}

fn manifest() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            match entry.path() {
                path if path.is_dir() => open.push(path),
                path => out.push(path),
            }
        }
    }
    out.sort();
    out
}

/// Texts in quotes that look like a rule's id.
fn quoted_ids(text: &str) -> impl Iterator<Item = &str> {
    text.split('"').filter(|word| {
        word.split_once('-').is_some_and(|(family, number)| {
            (3..=4).contains(&family.len())
                && family.bytes().all(|b| b.is_ascii_uppercase())
                && number.len() == 3
                && number.bytes().all(|b| b.is_ascii_digit())
        })
    })
}
