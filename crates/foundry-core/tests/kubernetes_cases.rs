//! The cases of `tests/kubernetes/*.case`: a registry, and the objects that it becomes, literally.
//! `BLESS=1 cargo test -p foundry-core --test kubernetes_cases` writes what comes out into the files.

mod rules_support;

use foundry_core::kubernetes::{self, Input};
use rules_support::{Scenario, read};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const BEHIND: &str = "== objects ==\n";

#[test]
fn cases_give_the_objects_that_they_show() {
    let bless = std::env::var_os("BLESS").is_some();
    let (mut failed, mut count) = (Vec::new(), 0);
    for path in cases() {
        let text = std::fs::read_to_string(&path).unwrap();
        let (head, shown) = text.split_once(BEHIND).unwrap_or((&text, ""));
        let out = objects(&read(head));
        count += out.matches("\nkind: ").count();
        if out != shown {
            if bless {
                std::fs::write(&path, format!("{head}{BEHIND}{out}")).unwrap();
            }
            failed.push(format!("{}\n{}", path.display(), difference(shown, &out)));
        }
    }
    assert!(failed.is_empty() || bless, "{}", failed.join("\n"));
    assert!(count >= 15, "only {count} objects are shown");
}

fn objects(scenario: &Scenario) -> String {
    let name = scenario.environment.as_deref().expect("a case says `# run: env=…`");
    let (registry, loading) = scenario.load();
    assert!(!loading.has_errors(), "{loading:?}");
    let environment = registry.environment(name).expect("a declared environment");
    let world = scenario.world(&registry, name);
    assert!(!world.findings.has_errors(), "{:?}", world.findings);
    let (env, artifacts, projects) = (&world.env, &world.artifacts, &world.projects);
    let (all, findings) =
        kubernetes::translate(&Input { registry: &registry, environment, env, artifacts, projects });
    let mut out = String::new();
    for finding in findings.iter() {
        let place = finding.span.as_ref().map(ToString::to_string).unwrap_or_default();
        let help = finding.help.as_deref().unwrap_or_default();
        writeln!(out, "# {} {} {place}: {}; {help}", finding.severity.word(), finding.rule, finding.message)
            .unwrap();
    }
    for (domain, translation) in &all {
        writeln!(out, "# {domain}").unwrap();
        out.push_str(&kubernetes::documents(&translation.objects));
    }
    out
}

fn cases() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubernetes");
    let all = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path());
    let mut all: Vec<PathBuf> = all.filter(|p| p.extension().is_some_and(|e| e == "case")).collect();
    all.sort();
    all
}

fn difference(old: &str, new: &str) -> String {
    let diff = similar::TextDiff::from_lines(old, new);
    diff.unified_diff().context_radius(3).header("expected", "result").to_string()
}
