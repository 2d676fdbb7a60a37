//! `foundry mode`: one line in the registry, what follows from it in the tree, and nothing of another axis.

use super::git::published;
use super::shop::{cluster, reconciled_by};
use testkit::Repo;

const ENVIRONMENTS: &str = "config-registry/env/environments.yml";
const PLATFORM: [&str; 5] = ["mode", "platform-certs", "letsencrypt-prod", "--env", "home"];
const APP: [&str; 9] =
    ["mode", "app", "web", "--env", "home", "--app-env", "staging", "--issuer", "letsencrypt-prod"];

fn with<'a>(command: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    command.iter().chain(more).copied().collect()
}

/// The files that a diff is about.
fn changed(diff: &str) -> Vec<&str> {
    diff.lines().filter_map(|line| line.strip_prefix("+++ ")).collect()
}

/// The lines that a diff takes away and puts in, headers of generated files aside.
fn lines(diff: &str) -> Vec<&str> {
    let is_change = |l: &&str| {
        (l.starts_with('-') || l.starts_with('+')) && !l.starts_with("--- ") && !l.starts_with("+++ ")
    };
    diff.lines().filter(is_change).filter(|l| !l.contains("# foundry home ")).collect()
}

#[test]
fn the_platforms_issuer_is_one_line_in_the_registry_and_one_in_the_tree() {
    let repo = cluster("");
    repo.edit(ENVIRONMENTS, "    platform:", "    # axis 2: who signs for the platform\n    platform:");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let before = repo.read(ENVIRONMENTS);
    let ran = repo.run(&PLATFORM).code(0);
    let settings = "clusters/home/flux-system/configmap-platform-settings.yaml";
    assert_eq!(changed(&ran.stdout), [ENVIRONMENTS, settings], "{}", ran.stdout);
    assert_eq!(
        lines(&ran.stdout),
        [
            "-    platform: {cert_issuer: letsencrypt-staging}",
            "+    platform: {cert_issuer: letsencrypt-prod}",
            "-  CERT_ISSUER: letsencrypt-staging",
            "+  CERT_ISSUER: letsencrypt-prod"
        ]
    );
    let wanted = before.replace("{cert_issuer: letsencrypt-staging}", "{cert_issuer: letsencrypt-prod}");
    assert_eq!(repo.read(ENVIRONMENTS), wanted, "comments and everything else stay");
    let rendered = repo.run(&["render", "--all", "--env", "home", "--json"]).code(0).json();
    assert_eq!(rendered["written"], serde_json::json!([]), "the tree follows the registry already");
    let again = repo.run(&PLATFORM).code(0);
    assert_eq!(again.stdout, "", "a second run changes nothing");
}

/// Both reconcilers: the platform's axis changes no file of an app, and an app's none of the platform or another app.
#[test]
fn the_axes_stay_separate() {
    for reconciler in ["flux", "argocd"] {
        let repo = reconciled_by(reconciler, "");
        let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
        let platform = repo.run(&PLATFORM).code(0).stdout;
        assert!(changed(&platform).len() > 1, "{platform}");
        assert!(changed(&platform).iter().all(|path| !path.starts_with("tenants/")), "{platform}");
        let app = repo.run(&APP).code(0).stdout;
        assert_eq!(changed(&app), [ENVIRONMENTS, "tenants/apps/web/overlays/staging/ingress-web.yaml"]);
        assert!(app.contains("-    cert-manager.io/cluster-issuer: letsencrypt-staging\n"), "{app}");
        let ingress = repo.read("tenants/apps/web/overlays/prod/ingress-web.yaml");
        assert!(ingress.contains("cluster-issuer: letsencrypt-prod"));
        let all = ["mode", "app", "--env", "home", "--app-env", "prod", "--issuer", "letsencrypt-staging"];
        let all = repo.run(&all).code(0).stdout;
        assert_eq!(changed(&all), [ENVIRONMENTS, "tenants/apps/web/overlays/prod/ingress-web.yaml"]);
        let shown = repo.run(&["mode", "show", "--env", "home", "--json"]).code(0).json();
        let issuers: Vec<(&str, &str)> = shown["modes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| (m["scope"].as_str().unwrap(), m["issuer"].as_str().unwrap()))
            .collect();
        assert_eq!(
            issuers,
            [
                ("-", "letsencrypt-prod"),
                ("staging", "letsencrypt-staging"),
                ("staging / web", "letsencrypt-prod"),
                ("prod", "letsencrypt-staging")
            ]
        );
    }
}

#[test]
fn environment_and_application_environment_are_not_confused() {
    let repo = cluster("");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let short = ["mode", "app", "web", "--env", "staging", "--issuer", "letsencrypt-prod", "--dry-run"];
    let diff = repo.run(&short).code(0).stdout;
    assert_eq!(changed(&diff), [ENVIRONMENTS, "tenants/apps/web/overlays/staging/ingress-web.yaml"]);
    let which = repo.run(&["mode", "app", "web", "--env", "home", "--issuer", "x"]).code(2).stderr;
    assert!(which.contains("which application environment of home? There are staging, prod"), "{which}");
    // As soon as it can mean something else too, it has to be said in full.
    repo.write("config-registry/env/overrides/staging.env", "");
    let other = repo.run(&short).code(2).stderr;
    assert!(other.contains("staging runs on compose"), "{other}");
    let typo =
        repo.run(&["mode", "app", "web", "--env", "home", "--app-env", "stagin", "--issuer", "x"]).code(2);
    assert!(typo.stderr.contains("say --app-env staging"), "{}", typo.stderr);
}

#[test]
fn what_cannot_be_switched_is_refused_with_a_way_out() {
    let repo = cluster("");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let app = |name: &str| {
        let command =
            ["mode", "app", name, "--env", "home", "--app-env", "prod", "--issuer", "letsencrypt-prod"];
        repo.run(&command)
    };
    assert!(app("proxy").code(1).stderr.contains("foundry mode platform-certs ISSUER --env home"));
    assert!(app("db").code(1).stderr.contains("no way in"));
    assert!(app("wep").code(2).stderr.contains("write web"));
    // Issuers are known once the tree declares some.
    repo.write(
        "infrastructure/issuers.yaml",
        "apiVersion: cert-manager.io/v1\nkind: ClusterIssuer\nmetadata: {name: letsencrypt-prod}\nspec: {selfSigned: {}}\n",
    );
    let before = repo.read(ENVIRONMENTS);
    let typo = repo.run(&["mode", "platform-certs", "letsencrypt-prd", "--env", "home"]).code(1).stderr;
    assert!(typo.contains("error[REF-002]") && typo.contains("write `letsencrypt-prod`"), "{typo}");
    assert_eq!(repo.read(ENVIRONMENTS), before);
    let _ = repo.run(&PLATFORM).code(0);
    // A tree that lags behind the registry would carry its other changes along.
    let repo = cluster("");
    let _ = repo.run(&["render", "--all", "--env", "home"]).code(0);
    let settings = "clusters/home/flux-system/configmap-platform-settings.yaml";
    repo.edit(settings, "CLUSTER: home", "CLUSTER: other");
    assert!(repo.run(&PLATFORM).code(1).stderr.contains("foundry render --all"));
    assert!(repo.read(ENVIRONMENTS).contains("cert_issuer: letsencrypt-staging"), "nothing was written");
}

#[test]
fn an_issuer_for_an_app_that_is_not_there_is_found() {
    let repo = cluster("");
    repo.edit(ENVIRONMENTS, "staging: {issuer: letsencrypt-staging,", "staging: {issuers: {wep: x},");
    let found = repo.run(&["validate", "--env", "home"]).code(1).all();
    assert!(
        found.contains("error[TRN-004]: apps.staging.issuers names `wep`") && found.contains("write `web`"),
        "{found}"
    );
}

#[test]
fn a_mode_is_committed_alone_and_pushed_when_that_is_said() {
    let at = published(cluster(""));
    // What the person has staged and changed stays as it is.
    at.repo.write("notes.md", "mine\n").write("README.md", "staged\n");
    at.git(&["add", "README.md"]);
    let first = at.remote_head();
    let plain = at.repo.run(&PLATFORM).code(0);
    assert!(plain.stderr.contains("Not committed: 2 files. foundry mode platform-certs letsencrypt-prod --env home --push --wait does the rest."), "{}", plain.stderr);
    assert_eq!(at.git(&["rev-parse", "HEAD"]), first);
    let twice = at.repo.run(&PLATFORM).code(0).stderr;
    assert!(twice.contains("nothing to change") && twice.contains("Not committed: 2 files."), "{twice}");
    let ran = at.repo.run(&with(&PLATFORM, &["--commit"])).code(0);
    assert_eq!(ran.stdout, "", "written before: {}", ran.all());
    assert_eq!(at.committed(), ["clusters/home/flux-system/configmap-platform-settings.yaml", ENVIRONMENTS]);
    assert_eq!(
        at.git(&["log", "-1", "--format=%s"]),
        "home: the platform's certificates by letsencrypt-prod"
    );
    assert_eq!(at.git(&["status", "--porcelain"]), "A  README.md\n?? notes.md");
    assert_eq!(at.remote_head(), first);
    let pushed = at.repo.run(&with(&PLATFORM, &["--push"])).code(0);
    assert!(pushed.stderr.contains("Pushed."), "{}", pushed.stderr);
    assert_eq!(at.remote_head(), at.git(&["rev-parse", "HEAD"]));
    let again = at.repo.run(&with(&PLATFORM, &["--push"])).code(0);
    assert!(again.stderr.contains("origin/main has everything already."), "{}", again.stderr);
    let app = at.repo.run(&with(&APP, &["--push", "--json"])).code(0).json();
    assert_eq!(
        (app["git"]["pushed"].as_bool(), app["files"].as_array().map(Vec::len)),
        (Some(true), Some(2))
    );
}

#[test]
fn nothing_of_somebody_else_is_committed_or_lost() {
    let at = published(cluster(""));
    let before = at.repo.read(ENVIRONMENTS);
    at.repo.write(ENVIRONMENTS, format!("{before}# a thought\n"));
    let mixed = at.repo.run(&with(&PLATFORM, &["--commit"])).code(1).stderr;
    assert!(mixed.contains("environments.yml has other changes that no commit has"), "{mixed}");
    assert_eq!(at.repo.read(ENVIRONMENTS), format!("{before}# a thought\n"), "nothing was written");
    at.repo.write(ENVIRONMENTS, before);

    at.someone_else_pushes();
    let refused = at.repo.run(&with(&PLATFORM, &["--push"])).code(5).stderr;
    assert!(
        refused.contains("committed as") && refused.contains("origin/main has commits that are not here"),
        "{refused}"
    );
    assert!(refused.contains("git pull --rebase"), "{refused}");
    at.git(&["pull", "-q", "--rebase"]);
    let _ = at.repo.run(&with(&PLATFORM, &["--push"])).code(0);
    assert_eq!(at.remote_head(), at.git(&["rev-parse", "HEAD"]));

    at.git(&["switch", "-q", "-c", "idea"]);
    let branch = at.repo.run(&with(&APP, &["--push"])).code(1).stderr;
    assert!(branch.contains("the cluster reads the branch main, and idea is checked out"), "{branch}");
    assert!(at.git(&["status", "--porcelain"]).is_empty(), "refused before anything was written");
    at.git(&["switch", "-q", "main"]);
    std::fs::remove_dir_all(at.remote()).expect("removed");
    let gone = at.repo.run(&with(&APP, &["--push"])).code(5).stderr;
    assert!(gone.contains("origin does not answer"), "{gone}");

    let plain = cluster("");
    let _ = plain.run(&["render", "--all", "--env", "home"]).code(0);
    assert!(plain.run(&with(&PLATFORM, &["--commit"])).code(1).stderr.contains("git init"));
}

#[test]
fn a_hook_that_refuses_leaves_everything_as_it_was() {
    let at = published(cluster(""));
    let hook: &std::path::Path = &at.repo.root().join(".git/hooks/pre-commit");
    std::fs::write(hook, "#!/bin/sh\necho no commits on Fridays >&2\nexit 1\n").expect("written");
    let status = std::process::Command::new("chmod").arg("+x").arg(hook).status().expect("chmod");
    assert!(status.success());
    let refused = at.repo.run(&with(&PLATFORM, &["--commit"])).code(5).stderr;
    assert!(refused.contains("no commits on Fridays"), "{refused}");
    assert_eq!(at.git(&["diff", "--cached", "--name-only"]), "", "nothing is staged");
    std::fs::remove_file(hook).expect("removed");
    let _ = at.repo.run(&with(&PLATFORM, &["--commit"])).code(0);
    assert!(at.git(&["status", "--porcelain"]).is_empty());
}

#[test]
fn without_a_tree_only_the_registry_changes() {
    let repo: Repo = cluster("");
    let ran = repo.run(&PLATFORM).code(0);
    assert_eq!(changed(&ran.stdout), [ENVIRONMENTS]);
    assert!(ran.stderr.contains("The tree is not rendered yet"), "{}", ran.stderr);
    assert!(!repo.root().join("clusters").exists());
}
