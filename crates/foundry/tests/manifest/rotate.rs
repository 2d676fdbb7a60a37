//! `foundry secret rotate --restart`: exactly the domains that use the value, in order, and it is shown nowhere.

use super::world::{HEALTHY, World};
use testkit::need;

const OLD: &str = "kanarienvogel-7391";
const NEW: &str = "papageientaucher-4482";

#[test]
fn exactly_the_domains_that_use_a_value_are_made_anew_in_order() {
    let world = World::new(need!(testkit::docker()));
    world.repo.write(".vault_pass", "correct horse\n");
    let vault = "config-registry/env/secrets.env.vault";
    world.repo.write(vault, format!("DB_SECRET={OLD}\nOTHER=unused-value\n"));
    let _ = world.run(&["vault", "encrypt"]).code(0);
    world.repo.write(
        "config-registry/env/base.env",
        format!("{}URL=db://me:${{DB_SECRET}}@db\n", world.repo.read("config-registry/env/base.env")),
    );
    world.domain(
        "db",
        &format!("{HEALTHY}\n    environment: {{PW: '{{{{ DB_SECRET }}}}'}}\n    volumes: ['data:/data']"),
        "volumes: {data: {}}",
    );
    world.domain("app", &format!("{HEALTHY}\n    environment: {{URL: '{{{{ URL }}}}'}}"), "");
    let _ = world.deploy().code(0);
    let ids = || ["db", "app", "web", "mon"].map(|d| world.id(d));
    let before = ids();
    world.repo.write("new", format!("{NEW}\n"));

    // What would keep the domains from being deployed keeps the value from being changed.
    let sealed = world.repo.read(vault);
    world.repo.edit("domains/app/templates/compose.yml.tmpl", "{{ URL }}", "{{ URL }}{{ NO_SUCH_NAME }}");
    let ran = world.run(&["secret", "rotate", "DB_SECRET", "--from", "new", "--restart", "--yes"]).code(1);
    assert!(ran.stderr.contains("NO_SUCH_NAME") && !ran.all().contains(OLD), "{}", ran.all());
    assert_eq!(world.repo.read(vault), sealed);
    world.repo.edit("domains/app/templates/compose.yml.tmpl", "{{ NO_SUCH_NAME }}", "");

    let ran = world.run(&["secret", "rotate", "DB_SECRET", "--from", "new", "--restart", "--yes"]).code(0);
    assert!(ran.stdout.contains("DB_SECRET is used by db, app."), "{}", ran.stdout);
    let at = |text: &str| ran.stdout.find(text).unwrap_or_else(|| panic!("{text}:\n{}", ran.stdout));
    assert!(at("db/db ") < at("app/app "), "what is needed first");
    assert!(!ran.all().contains(OLD) && !ran.all().contains(NEW), "{}", ran.all());
    let after = ids();
    assert_eq!([0, 1, 2, 3].map(|at| before[at] == after[at]), [false, false, true, true]);
    assert!(world.inspect("app", "{{.Config.Env}}").contains(NEW));
    let journals = std::fs::read_dir(world.repo.root().join(".foundry/journal")).expect("a journal");
    for file in journals.map(|entry| entry.expect("an entry").path()) {
        let text = std::fs::read_to_string(&file).expect("readable");
        assert!(!text.contains(OLD) && !text.contains(NEW), "{}", file.display());
    }

    // Without a terminal and without --yes the value is changed and the way on is named.
    let ran = world.run(&["secret", "rotate", "DB_SECRET", "--restart"]).code(1);
    assert!(ran.stderr.contains("go on with: foundry deploy db app --env dev"), "{}", ran.stderr);
    let ran = world.run(&["secret", "rotate", "OTHER", "--restart", "--yes"]).code(0);
    assert!(ran.stdout.contains("OTHER is used by no domain of dev."), "{}", ran.stdout);
}
