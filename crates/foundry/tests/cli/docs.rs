//! `foundry docs` and `foundry adr`: pages that follow the registry, and records that nobody changes unnoticed.

use super::shop::cluster;

const RUNBOOK: &str = "docs/reference/runbooks/web.md";

#[test]
fn pages_follow_the_registry_and_keep_what_people_wrote() {
    let repo = cluster("");
    let ran = repo.run(&["docs", "--check"]);
    assert!(ran.code(0).stderr.contains("no generated page yet"));
    assert!(!repo.root().join("docs").exists(), "a check writes nothing");
    let ran = repo.run(&["docs"]);
    assert!(ran.code(0).stdout.contains(&format!("{RUNBOOK}  written")));
    let _ = repo.run(&["docs", "--check"]).code(0);
    assert!(repo.run(&["docs"]).code(0).stderr.contains("0 written, 0 removed"));
    let runbook = repo.read(RUNBOOK);
    repo.write(RUNBOOK, format!("{runbook}\nCall the plumber.\n"));
    let domains = repo.read("config-registry/env/domains.yml");
    let changed = domains.replacen("name: web\n", "name: web\n    description: What visitors see\n", 1);
    assert_ne!(domains, changed, "{domains}");
    repo.write("config-registry/env/domains.yml", &changed);
    let ran = repo.run(&["docs", "--check"]);
    let ran = ran.code(1);
    assert!(ran.stdout.contains("+What visitors see."), "{}", ran.stdout);
    let _ = repo.run(&["docs"]).code(0);
    let runbook = repo.read(RUNBOOK);
    assert!(
        runbook.contains("What visitors see.\n") && runbook.ends_with("Call the plumber.\n"),
        "{runbook}"
    );
    let svg = repo.read("docs/reference/graph.svg");
    assert!(svg.contains(">web</text>"), "{svg}");
}

#[test]
fn what_is_not_generated_is_never_written_over() {
    let repo = cluster("");
    repo.write("docs/reference/ports.md", "# My own ports\n");
    let ran = repo.run(&["docs"]);
    let ran = ran.code(1);
    assert!(
        ran.stderr.contains("docs/reference/ports.md") && ran.stderr.contains("not generated"),
        "{}",
        ran.stderr
    );
    assert!(!repo.root().join(RUNBOOK).exists(), "nothing was written");
    std::fs::remove_file(repo.root().join("docs/reference/ports.md")).unwrap();
    let _ = repo.run(&["docs"]).code(0);
    let page = repo.read(RUNBOOK);
    repo.write(RUNBOOK, page.replacen("## Relations", "## Friends", 1));
    assert!(repo.run(&["docs"]).code(1).stderr.contains("was edited"));
    assert!(repo.run(&["docs", "--check"]).code(1).stdout.contains("+## Relations"));
    let _ = repo.run(&["docs", "--overwrite"]).code(0);
    assert_eq!(repo.read(RUNBOOK), page);
    repo.write("docs/reference/runbooks/ours.md", "# Ours\n");
    let _ = repo.run(&["docs", "--check"]).code(0);
    assert_eq!(repo.read("docs/reference/runbooks/ours.md"), "# Ours\n");
}

#[test]
fn accepted_records_stay_as_they_are() {
    let repo = cluster("");
    assert!(repo.run(&["adr", "list"]).code(0).stderr.contains("No decision"));
    let _ = repo.run(&["adr", "new", "PostgreSQL for everything"]).code(0);
    let path = "docs/adr/0001-postgresql-for-everything.md";
    repo.write(
        path,
        repo.read(path).replace("What makes a decision necessary?", "Three databases are two too many."),
    );
    let _ = repo.run(&["adr", "check"]).code(0);
    assert!(repo.run(&["adr", "supersede", "1"]).code(1).stderr.contains("not accepted"));
    let _ = repo.run(&["adr", "accept", "1"]).code(0);
    let accepted = repo.read(path);
    repo.write(path, accepted.replace("two too many", "just right"));
    assert!(repo.run(&["adr", "check"]).code(1).stdout.contains("changed after it had been accepted"));
    assert!(
        repo.run(&["adr", "accept", "1"]).code(1).stderr.contains("changed after"),
        "no new seal over a change"
    );
    assert!(repo.run(&["adr", "supersede", "1"]).code(1).stderr.contains("changed after"));
    repo.write(path, &accepted);
    let _ = repo.run(&["adr", "supersede", "1", "--title", "SQLite for small things"]).code(0);
    assert!(repo.read(path).contains("- Status: superseded by [2](0002-sqlite-for-small-things.md)\n"));
    let _ = repo.run(&["adr", "check"]).code(0);
    let index = repo.read("docs/adr/README.md");
    assert!(
        index.contains(
            "| [0001 PostgreSQL for everything](0001-postgresql-for-everything.md) | superseded by"
        ),
        "{index}"
    );
    assert!(index.contains("| proposed |"), "{index}");
    assert!(repo.run(&["adr", "accept", "7"]).code(2).stderr.contains("no record 7"));
    repo.write("docs/adr/0002-another.md", "# 2. Another\n\n- Status: proposed\n");
    assert!(repo.run(&["adr", "check"]).code(1).stdout.contains("the number 2 is there twice"));
}
