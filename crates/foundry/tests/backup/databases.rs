//! Databases are dumped, not copied; a restore and a proof begin empty and read the dump.

use crate::world::World;
use testkit::need;

const SERVER: &str = r#"
name: '{{ PREFIX }}-wiki'
services:
  wiki:
    image: '{{ IMAGE }}'
    stop_grace_period: 0s
    environment: {PATH: 'POSTGRES:/usr/bin:/bin', PGHOST: 127.0.0.1, PGDATA: /var/lib/postgresql/data}
    volumes: ['data:/var/lib/postgresql/data', './passwd:/etc/passwd:ro', MOUNTS]
    command:
      - sh
      - -c
      - |
        chown 70:70 "$$PGDATA" && chmod 700 "$$PGDATA"
        exec setpriv --reuid 70 --regid 70 --clear-groups sh -c '
          [ -s "$$PGDATA/PG_VERSION" ] || initdb -U postgres --auth=trust --no-sync >/dev/null
          exec postgres -k /tmp -c fsync=off'
    healthcheck: {test: [CMD, pg_isready, -q], interval: 200ms, timeout: 5s, retries: 100}
  app:
    image: '{{ IMAGE }}'
    stop_grace_period: 0s
    init: true
    depends_on: {wiki: {condition: service_healthy}}
    volumes: ['app:/data']
    healthcheck: {test: [CMD, 'true'], interval: 200ms, timeout: 5s, retries: 5}
volumes: {data: {}, app: {}}
"#;

#[test]
fn postgresql_and_sqlite_come_back_from_their_dumps() {
    let databases = need!(testkit::databases());
    let world = World::bare(need!(testkit::docker()), need!(testkit::restic()));
    let template = SERVER.replace("MOUNTS", databases.mounts()).replace("POSTGRES", databases.postgres());
    world.repo.write("domains/wiki/templates/compose.yml.tmpl", template);
    world
        .repo
        .write("domains/wiki/templates/passwd.tmpl", "root:x:0:0::/:/bin/sh\npostgres:x:70:70::/:/bin/sh\n");
    let dumps = "    volumes: [app]\n    dumps:\n      - {domain: wiki, kind: postgresql}\n      - {domain: wiki, service: app, kind: sqlite, file: /data/app.db}\n";
    let repository = world.restic.repository().display().to_string();
    world.repo.write("backup/policy.yml", format!("repository: {repository}\nbackups:\n  full:\n{dumps}"));
    let save = ["backup", "run", "wiki", "--yes", "--init"];
    let ran = world.run(&save).code(1);
    assert!(ran.stderr.contains("does not run, so its database cannot be dumped"), "{}", ran.all());
    let _ = world.run(&["deploy", "wiki", "--yes"]).code(0);
    let container = format!("{}-wiki-wiki-1", world.docker.prefix());
    let sql = |text: &str| world.docker.out(&["exec", &container, "psql", "-U", "postgres", "-XAtc", text]);
    let _ = sql("CREATE ROLE me LOGIN PASSWORD 'made-up'");
    let _ = sql("CREATE TABLE pages AS SELECT generate_series(1, 1000) AS n, 'one' AS text");
    let volume = world.docker.out(&[
        "volume",
        "inspect",
        "-f",
        "{{.Mountpoint}}",
        &format!("{}-wiki_app", world.docker.prefix()),
    ]);
    let app = format!("{volume}/app.db");
    let sqlite = |text: &str| {
        let ran = std::process::Command::new("sqlite3").args([&app, text]).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim().to_owned()
    };
    let _ = sqlite("PRAGMA journal_mode=WAL; CREATE TABLE notes (text); INSERT INTO notes VALUES ('one');");

    let ran = world.run(&save).code(0);
    assert!(ran.stdout.contains("postgresql, before the backup"), "{}", ran.stdout);
    let files = world.restic.out(&["ls", "latest", "--tag", "domain:wiki"]);
    assert!(files.contains("dumps/wiki-postgresql.sql") && !files.contains("PG_VERSION"), "{files}");
    assert!(!files.contains("_data/app.db"), "the dump stands for the file: {files}");
    assert!(
        !world.repo.root().join(".foundry/backup/dev/wiki-full").exists(),
        "dumps are in the snapshot only"
    );
    let ran = world.run(&["backup", "verify", "wiki", "--yes"]).code(0);
    assert!(ran.stdout.contains("postgresql begins empty"), "{}", ran.stdout);
    assert!(world.list()[0]["verified"].is_string());

    let _ = sql("UPDATE pages SET text = 'two'");
    let _ = sql("DROP ROLE me");
    let _ = sqlite("DELETE FROM notes;");
    let _ = world.run(&["backup", "restore", "wiki", "--yes"]).code(0);
    assert_eq!(sql("SELECT count(*), min(text) FROM pages"), "1000|one");
    assert_eq!(sql("SELECT count(*) FROM pg_roles WHERE rolname = 'me'"), "1");
    assert_eq!(sqlite("SELECT text FROM notes"), "one");

    // A dump that is not there is no backup.
    world.repo.edit("backup/policy.yml", "/data/app.db", "/data/other.db");
    let ran = world.run(&save);
    assert_eq!(ran.code, 5, "{}", ran.all());
    assert!(ran.stderr.contains("dumping wiki/app: there is no database"), "{}", ran.stderr);
    assert_eq!(world.list().len(), 1);
}
