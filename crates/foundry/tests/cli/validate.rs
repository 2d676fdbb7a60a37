//! `foundry validate`: every finding at once, in four formats, with the exit code that belongs to it.

use super::{PROGRAM, two_domains};
use testkit::Repo;

#[test]
fn a_good_registry_has_no_errors() {
    let repo = two_domains();
    let ran = repo.run(&["validate"]).code(0);
    for domain in ["db", "app"] {
        assert!(
            ran.stdout.contains(&format!("warning[REG-015]: `{domain}` has no workload")),
            "{}",
            ran.all()
        );
        let service = "{image: x:1.2.3, restart: always, mem_limit: 9m, cpus: 1, logging: {driver: local}, healthcheck: {test: [CMD, x]}}";
        let text = format!("services:\n  {domain}: {service}\n");
        repo.write(&format!("domains/{domain}/templates/compose.yml.tmpl"), text);
    }
    repo.edit(
        "config-registry/env/ports.yml",
        "db: {sql: 5432}\napp: {http: 8080, admin: \"127.0.0.1:9000\"}",
        "{}",
    )
    .edit("domains/app/templates/app.conf.tmpl", "port {{ PORT_APP_HTTP }}\n", "");
    let ran = repo.run(&["validate"]).code(0);
    assert!(ran.stderr.contains("0 errors, 0 warnings in"), "{}", ran.all());
    assert!(ran.stderr.contains("Not checked: IMG-003"), "{}", ran.all());
}

#[test]
fn findings_of_several_files_come_together_with_place_line_and_way_out() {
    let repo = two_domains();
    repo.edit("config-registry/env/domains.yml", "exposes_to: [app]", "expose_to: [app]")
        .edit("config-registry/env/domains.yml", "requires: [db]", "requires: [bd]")
        .edit("config-registry/env/ports.yml", "5432", "70000");
    let ran = repo.run(&["validate"]).code(1);
    for part in [
        "error[REG-002]: unknown field `expose_to`",
        "--> config-registry/env/domains.yml:5:5",
        "write `exposes_to`",
        "error[REG-003]",
        "error[PORT-001]: port 70000 is outside 1 to 65535",
        "^^^^^",
    ] {
        assert!(ran.stdout.contains(part), "no {part:?} in\n{}", ran.stdout);
    }
}

#[test]
fn json_names_rule_severity_place_and_help() {
    let repo = two_domains();
    repo.edit("config-registry/env/domains.yml", "requires: [db]", "requires: [bd]");
    let json = repo.run(&["validate", "--format", "json"]).code(1).json();
    let found = json["findings"].as_array().unwrap();
    let finding = found.iter().find(|f| f["rule"] == "REG-003").expect("REG-003");
    assert_eq!(finding["severity"], "error");
    assert_eq!(finding["file"], "config-registry/env/domains.yml");
    assert_eq!((finding["line"].as_u64(), finding["column"].as_u64()), (Some(7), Some(16)));
    assert!(finding["help"].as_str().unwrap().contains("db"));
    assert!(json["not_checked"].as_array().unwrap().iter().any(|n| n["rule"] == "IMG-003"));
}

#[test]
fn sarif_and_github_say_the_same() {
    let repo = two_domains();
    repo.edit("config-registry/env/domains.yml", "requires: [db]", "requires: [bd]");
    let sarif = repo.run(&["validate", "--format", "sarif"]).code(1).json();
    assert_eq!(sarif["version"], "2.1.0");
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().any(|r| r["ruleId"] == "REG-003" && r["level"] == "error"));
    let github = repo.run(&["validate", "--format", "github"]).code(1).stdout;
    let line = "::error file=config-registry/env/domains.yml,line=7,col=16,title=REG-003::";
    assert!(github.contains(line), "{github}");
}

#[test]
fn a_file_that_cannot_be_read_makes_no_findings_elsewhere() {
    for file in ["domains", "ports", "networks", "environments"] {
        let repo = two_domains();
        repo.write(&format!("config-registry/env/{file}.yml"), "a:\n\t- b\n");
        for more in [&[][..], &["--env", "dev"]] {
            let json = repo.run(&[&["validate", "--json"], more].concat()).code(1).json();
            let found = json["findings"].as_array().unwrap();
            assert!(found.iter().all(|f| f["rule"] == "YML-001"), "{found:#?}");
            let reason = json["not_checked"][0]["reason"].as_str().unwrap();
            assert_eq!(reason, format!("config-registry/env/{file}.yml could not be read"));
        }
    }
}

#[test]
fn what_is_wrong_in_a_rendered_file_names_the_template_and_the_line_that_sets_the_value() {
    let repo = two_domains();
    let template = "domains/app/templates/compose.yml.tmpl";
    let text =
        "services:\n  app:\n    image: \"{{ APP_IMAGE }}\"\n    environment: {P: \"{{ DB_PASSWORD }}\"}\n";
    repo.write(template, text)
        .write("config-registry/env/base.env", "APP_IMAGE=nginx:latest\nURL=x\nDB_PASSWORD=open-sesame-1\n");
    let json = repo.run(&["validate", "--env", "dev", "--json"]).code(1).json();
    let found = json["findings"].as_array().unwrap();
    let finding = found.iter().find(|f| f["rule"] == "IMG-001").unwrap_or_else(|| panic!("{found:#?}"));
    assert_eq!(finding["file"], "generated/app/compose.yml");
    assert_eq!(finding["origin"]["file"], template);
    assert_eq!(finding["origin"]["column"], 12);
    assert_eq!(finding["related"][0]["file"], "config-registry/env/base.env");
    assert_eq!(finding["related"][0]["line"], 1);
    let ran = repo.run(&["validate", "--env", "dev"]).code(1);
    assert!(ran.stdout.contains("rendered from here"), "{}", ran.stdout);
    assert!(!ran.stdout.contains("open-sesame"), "a secret is drawn: {}", ran.stdout);
    let github = repo.run(&["validate", "--env", "dev", "--format", "github"]).code(1).stdout;
    assert!(github.contains(&format!("::error file={template},line=")), "{github}");
}

#[test]
fn strict_makes_warnings_fail() {
    let repo = Repo::new(PROGRAM);
    repo.write("config-registry/env/domains.yml", "domains:\n  - name: my_app\n    standalone: true\n");
    let ran = repo.run(&["validate"]).code(0);
    assert!(ran.stdout.contains("warning[REG-001]") && ran.stdout.contains("my-app"), "{}", ran.all());
    let _ = repo.run(&["validate", "--strict"]).code(1);
}

#[test]
fn an_environment_that_is_declared_nowhere_is_an_error() {
    let ran = two_domains().run(&["validate", "--env", "dve"]).code(2);
    assert!(
        ran.stderr.contains("there is no environment `dve`") && ran.stderr.contains("--env dev"),
        "{}",
        ran.all()
    );
}

#[test]
fn outside_a_registry_the_way_in_is_named() {
    let repo = two_domains();
    let mut command = repo.command(&["validate"]);
    let ran = testkit::Ran::from(command.current_dir("/").output().unwrap()).code(2);
    assert!(
        ran.stderr.contains("no registry here or above") && ran.stderr.contains("--registry"),
        "{}",
        ran.all()
    );
    let below = repo.root().join("domains/app/templates");
    let _ = testkit::Ran::from(repo.command(&["validate"]).current_dir(below).output().unwrap()).code(0);
}

#[test]
fn every_rule_explains_itself() {
    let repo = two_domains();
    let rules = repo.run(&["explain", "--json"]).code(0).json();
    let rules = rules.as_array().unwrap().clone();
    assert!(rules.len() > 40, "{} rules", rules.len());
    for rule in rules {
        let id = rule["id"].as_str().unwrap();
        let text = repo.run(&["explain", &id.to_lowercase()]).code(0).stdout;
        assert!(text.contains(id) && text.lines().count() > 5, "{text}");
    }
    let ran = repo.run(&["explain", "REG-0O3"]).code(2);
    assert!(ran.stderr.contains("foundry explain REG-003"), "{}", ran.all());
}
