//! OpenTofu: apply once, and a second plan that has nothing to do.

#[test]
fn what_was_applied_needs_no_second_time() {
    let tofu = testkit::need!(testkit::tofu());
    let text = "resource \"terraform_data\" \"site\" { input = \"one\" }\noutput \"site\" { value = terraform_data.site.output }\n";
    std::fs::write(tofu.folder().join("main.tf"), text).expect("written");
    tofu.run(&["init", "-input=false"]);
    tofu.run(&["apply", "-input=false", "-auto-approve"]);
    assert_eq!(tofu.run(&["output", "-raw", "site"]), "one");
    let plan = || {
        tofu.command()
            .args(["plan", "-input=false", "-detailed-exitcode"])
            .output()
            .expect("tofu")
            .status
            .code()
    };
    assert_eq!(plan(), Some(0));
    std::fs::write(tofu.folder().join("main.tf"), text.replace("\"one\"", "\"two\"")).expect("written");
    assert_eq!(plan(), Some(2));
}

#[test]
fn the_incus_provider_is_in_the_mirror() {
    let tofu = testkit::need!(testkit::tofu());
    if std::fs::read_dir(tofu.mirror()).expect("a folder").next().is_none() {
        testkit::skip!("incus-provider", "its Go module is not available");
    }
    tofu.run(&["init", "-input=false"]);
}
