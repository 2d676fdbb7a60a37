//! `foundry env show|explain`: layers, expansion, masks.

use super::two_domains;

#[test]
fn the_winner_stands_first_and_every_layer_is_named() {
    let repo = two_domains();
    repo.write("config-registry/env/overrides/dev.env", "DOMAIN=dev.example.org\n")
        .write(".env", "DOMAIN=\"here.example.org\"\n");
    let ran = repo.run(&["env", "explain", "DOMAIN", "--env", "dev"]).code(0);
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert_eq!(lines[0], "DOMAIN = here.example.org");
    assert!(lines[2].contains("host") && lines[2].contains(".env:1:1"), "{}", ran.stdout);
    assert!(lines[3].contains("override") && lines[3].contains("overrides/dev.env:1:1"), "{}", ran.stdout);
    assert!(lines[4].contains("base") && lines[4].contains("base.env:2:1"), "{}", ran.stdout);
    let json = repo.run(&["env", "explain", "URL", "--env", "dev", "--json"]).code(0).json();
    assert_eq!(json["value"]["value"], "https://here.example.org");
}

#[test]
fn secrets_are_masked_also_where_others_refer_to_them() {
    let repo = two_domains();
    repo.write(".env", "DB_PASSWORD=hunter-22\nDSN=postgres://u:${DB_PASSWORD}@db\n");
    for arguments in [
        &["env", "show"][..],
        &["env", "show", "--json"],
        &["env", "explain", "DSN"],
        &["env", "explain", "DB_PASSWORD", "--json"],
    ] {
        let ran = repo.run(arguments).code(0);
        assert!(!ran.all().contains("hunter-22"), "{}", ran.all());
    }
}

#[test]
fn circles_and_unknown_references_are_findings() {
    let repo = two_domains();
    repo.write("config-registry/env/base.env", "DOMAIN=x\nURL=${DOMAIM}\nA=${B}\nB=${A}\n");
    let ran = repo.run(&["validate"]).code(1);
    assert!(
        ran.stdout.contains("error[ENV-004]: values refer to each other in a circle: A → B → A"),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout.contains("`${DOMAIM}` is set in no layer") && ran.stdout.contains("${DOMAIN}"),
        "{}",
        ran.stdout
    );
}

#[test]
fn an_extra_file_wins_over_all() {
    let repo = two_domains();
    repo.write("extra/one.env", "DOMAIN=extra.example.org\n");
    let ran = repo.run(&["env", "explain", "DOMAIN", "--extra-env", "extra/one.env"]).code(0);
    assert!(ran.stdout.starts_with("DOMAIN = extra.example.org"), "{}", ran.stdout);
    let _ = repo.run(&["env", "explain", "DOMAIN", "--extra-env", "extra/none.env"]).code(4);
}

#[test]
fn a_key_that_nothing_sets_is_an_error_with_the_nearest_one() {
    let ran = two_domains().run(&["env", "explain", "DOMIAN"]).code(1);
    assert!(ran.stderr.contains("foundry env explain DOMAIN"), "{}", ran.all());
}
