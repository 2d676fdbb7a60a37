//! `foundry runtime-inputs check|show`: the tree declares who needs which key; values come from the layers and stay masked.

use super::shop::cluster;

const CHECK: [&str; 4] = ["runtime-inputs", "check", "--env", "home"];

#[test]
fn what_is_missing_is_said_without_a_value_and_holds_up_nothing_else() {
    let repo = cluster("    secrets: runtime-inputs\n");
    repo.write(".env", "DB_PASSWORD=made-up-s3cret\n");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    assert!(repo.run(&CHECK).code(0).stderr.contains("All 1 keys have values."));
    let shown = repo.run(&["runtime-inputs", "show", "--env", "home"]).code(0).all();
    assert!(
        shown.contains("DB_PASSWORD  ••••") && shown.contains(".env") && shown.contains("apps"),
        "{shown}"
    );
    assert!(shown.contains("tenants/apps/db/base/secret-db-secrets.yaml"), "{shown}");
    assert!(!shown.contains("made-up"), "{shown}");
    let json = repo.run(&["runtime-inputs", "show", "--env", "home", "--json"]).code(0);
    assert!(!json.stdout.contains("made-up") && json.json()["keys"][0]["state"] == "set", "{}", json.stdout);

    repo.write(".env", "");
    let missing = repo.run(&CHECK).code(1).all();
    assert!(missing.contains("DB_PASSWORD has no value; needed by tenants/apps/db/base"), "{missing}");
    assert!(missing.contains("foundry secret set DB_PASSWORD"), "{missing}");
    assert!(missing.contains("Infrastructure needs none of these."), "{missing}");
    // It stands alone in one place and inside of a text in another: no way of writing suits both.
    repo.write(".env", "DB_PASSWORD=12345678\n");
    let lost = repo.run(&CHECK).code(1).all();
    assert!(lost.contains("Flux would change") && !lost.contains("12345678"), "{lost}");
}

#[test]
fn other_ways_of_secrets_have_no_runtime_inputs() {
    let refused = cluster("").run(&CHECK).code(2).stderr;
    assert!(
        refused.contains("home has no runtime inputs") && refused.contains("secrets: runtime-inputs"),
        "{refused}"
    );
}
