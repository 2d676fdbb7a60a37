//! OpenBAO: initialise, unseal, write, read; sealed it refuses, and its development mode has a store.

use serde_json::json;

#[test]
fn a_secret_is_written_and_read_after_init_and_unseal() {
    let mut bao = testkit::need!(testkit::openbao_uninitialised());
    assert_eq!(bao.anonymous().text("GET", "/v1/sys/health", None).0, 501, "not initialised");
    bao.initialise();
    assert_eq!(bao.anonymous().text("GET", "/v1/sys/health", None).0, 503, "sealed");
    assert_eq!(bao.keys().len(), 3);
    bao.unseal();
    let root = bao.root();
    let mount = json!({"type": "kv", "options": {"version": "2"}});
    assert_eq!(root.json("POST", "/v1/sys/mounts/foundry", Some(&mount)).0, 204);
    let secret = json!({"data": {"password": "correct horse"}});
    // A new KV v2 store upgrades itself for a moment.
    testkit::until("the store", 20, || root.json("POST", "/v1/foundry/data/db", Some(&secret)).0 == 200);
    let (status, answer) = root.json("GET", "/v1/foundry/data/db", None);
    assert_eq!((status, &answer["data"]["data"]["password"]), (200, &json!("correct horse")));
    assert_eq!(bao.anonymous().text("GET", "/v1/foundry/data/db", None).0, 403);
    bao.seal();
    assert_eq!(root.text("GET", "/v1/foundry/data/db", None).0, 503);
    bao.unseal();
    assert_eq!(root.text("GET", "/v1/foundry/data/db", None).0, 200);
}

#[test]
fn a_sealed_server_has_keys_and_answers_nothing() {
    let bao = testkit::need!(testkit::openbao_sealed());
    assert_eq!(bao.root().text("GET", "/v1/sys/mounts", None).0, 503);
    bao.unseal();
    assert_eq!(bao.root().text("GET", "/v1/sys/mounts", None).0, 200);
}

#[test]
fn development_mode_has_a_store_and_a_known_token() {
    let bao = testkit::need!(testkit::openbao_dev());
    let secret = json!({"data": {"a": "b"}});
    assert_eq!(bao.root().json("POST", "/v1/secret/data/x", Some(&secret)).0, 200);
    let output = std::process::Command::new(bao.program())
        .args(["kv", "get", "-field=a", "secret/x"])
        .env("BAO_ADDR", bao.address())
        .env("BAO_TOKEN", bao.token())
        .output()
        .expect("bao");
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "b");
}
