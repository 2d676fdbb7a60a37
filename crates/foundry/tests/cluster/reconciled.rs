//! A cluster that the real Flux applies to: looked at from the registry, compared by dry runs in Flux's name.

use crate::{commit, push_on, ready, shop};

#[test]
fn what_flux_applied_is_seen_compared_and_started_anew() {
    let flux = testkit::need!(testkit::flux());
    let kube = flux.kube();
    let repo = shop::cluster(&format!("    kubeconfig: {}\n", kube.kubeconfig().display()));
    commit(&repo);
    let before = repo.run(&["status", "--env", "home", "--json"]).code(0).json();
    assert_eq!(
        (&before["domains"][0]["state"], &before["domains"][0]["tree"]),
        (&"absent".into(), &"written".into()),
        "{before:#}"
    );
    kube.apply(
        &kube.kubectl(&["kustomize", &repo.root().join("clusters/home/flux-system").display().to_string()]),
    );
    let revision = flux.publish("flux-system", &repo.root(), "main");
    flux.wait_for("flux-system", &revision);
    let rounds = std::cell::Cell::new(0);
    testkit::until("every domain is reconciled", 180, || {
        // A round that is asked for again begins anew: it gets the time to end.
        match rounds.replace(rounds.get() + 1) % 6 {
            0 => push_on(kube),
            _ => ready(kube),
        }
        let status = repo.run(&["status", "--env", "home", "--json"]).code(0).json();
        let all = status["domains"].as_array().expect("domains").clone();
        all.len() == 4
            && all.iter().all(|d| {
                let said = d["reconciled"].as_object().expect("a mapping");
                d["state"] == "running" && !said.is_empty() && said.values().all(|s| s == "ready")
            })
    });
    let plan = repo.run(&["plan", "--all", "--env", "home", "--live", "--exit-code"]).code(0);
    assert!(
        plan.stdout.contains("nothing to write")
            && plan.stdout.contains("Nothing to do; 7 services unchanged."),
        "{}",
        plan.stdout
    );

    repo.edit("domains/board/templates/compose.yml.tmpl", "board:1.0.0", "board:1.1.0");
    let plan = repo.run(&["plan", "board", "--env", "home", "--live", "--exit-code"]).code(3);
    assert!(
        plan.stdout.contains(
            "update  tenants/apps/dev-tools/board/base/deployment-board.yaml  rendered differently now"
        ),
        "{}",
        plan.stdout
    );
    assert!(
        plan.stdout.contains("containers[board].image example.org/board:1.0.0 → example.org/board:1.1.0"),
        "{}",
        plan.stdout
    );
    repo.edit("domains/board/templates/compose.yml.tmpl", "board:1.1.0", "board:1.0.0");

    // Nobody says here that the new pods are ready: asked for, and not waited for.
    let _ = repo.run(&["restart", "web", "--env", "home", "--yes", "--timeout", "0"]);
    ready(kube);
    let at = "jsonpath={.spec.template.metadata.annotations.kubectl\\.kubernetes\\.io/restartedAt}";
    assert!(kube.kubectl(&["-n", "apps-prod", "get", "deployment", "web", "-o", at]).starts_with("20"));
    let _ = repo.run(&["drift", "web", "--env", "home", "--exit-code"]).code(0);
    kube.kubectl(&[
        "-n",
        "apps-prod",
        "annotate",
        "deployment",
        "web",
        "kustomize.toolkit.fluxcd.io/reconcile=disabled",
    ]);
    kube.kubectl(&["-n", "apps-prod", "set", "image", "deployment/web", "web=example.org/web:other"]);
    let drift = repo.run(&["drift", "web", "--env", "home", "--exit-code"]).code(3).stdout;
    assert!(
        drift.contains(
            "containers[web].image example.org/web:other, wanted example.org/web:1.0.0  (by kubectl-set"
        ),
        "{drift}"
    );
    let refused = repo.run(&["teardown", "--env", "home", "--yes"]).code(1);
    assert!(
        refused.stderr.contains("home is reconciled by flux from Git, which would undo a teardown by hand"),
        "{}",
        refused.all()
    );
}
