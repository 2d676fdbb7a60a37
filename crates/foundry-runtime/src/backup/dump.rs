//! Dumps of databases, out of containers and into them.

use super::Keeper;
use crate::engine::compose::During;
use crate::error::{Error, Kind, Result};
use crate::host::{Command, Watch};
use foundry_core::backup::{Dump, Kind as Database};

/// `$1` folder, `$2` file, `$3` container, `$4` script, `$5` its argument. The file gets its name when it is whole.
const OUT: &str = r#"
umask 077; mkdir -p -- "$1" || exit 1
docker exec -i "$3" sh -c "$4" foundry "$5" </dev/null >"$1/$2.part" && [ -s "$1/$2.part" ] && mv -f -- "$1/$2.part" "$1/$2"
s=$?; rm -f -- "$1/$2.part"; [ "$s" = 0 ] || exit "$s"
"#;

/// `$1` folder, `$2` file, `$3` the database's path on this host.
const SQLITE: &str = r#"
[ -f "$3" ] || { echo "there is no database $3" >&2; exit 1; }
umask 077; mkdir -p -- "$1" && rm -f -- "$1/$2" && sqlite3 "$3" ".backup '$1/$2'"
"#;

/// `$1` container, `$2` script, `$3` its argument, `$4` file.
const IN: &str = r#"exec docker exec -i "$1" sh -c "$2" foundry "$3" <"$4""#;

impl Keeper {
    pub(super) async fn dump(
        &self,
        profile: &str,
        dump: &Dump,
        container: &str,
        file: Option<&str>,
        during: &During<'_>,
    ) -> Result<()> {
        let folder = format!("{}/dumps", self.staging(&dump.domain, profile)?);
        let (name, argument) = (dump.file_name(), dump.argument());
        let (script, action) = (dump.kind.save_script(), format!("dumping {}/{}", dump.domain, dump.service));
        let own = self.has(container, "sqlite3").await;
        let words = match (dump.kind, file) {
            (Database::Sqlite, Some(file)) if !own => {
                vec!["sh", "-c", SQLITE, "foundry", &folder, &name, file]
            }
            _ => vec!["sh", "-c", OUT, "foundry", &folder, &name, container, &script, &argument],
        };
        let command = Command::new(words).env("DOCKER_HOST", self.engine.address().to_owned());
        let watch = Watch { on_line: None, cancel: Some(during.cancel), limit: None };
        let done = self.checked(&action, &command, &watch).await.map(|_| ());
        done.map_err(|error| match dump.kind {
            Database::Sqlite if !own => error.hint("install sqlite3 on the host, or into the image"),
            _ => error,
        })
    }

    /// Whether a container has a program.
    async fn has(&self, container: &str, program: &str) -> bool {
        let words = ["docker", "exec", container, "sh", "-c", r#"command -v "$1""#, "foundry", program];
        let command = Command::new(words).env("DOCKER_HOST", self.engine.address().to_owned());
        let ran = self.engine.host().run(&command, &Watch::default()).await;
        ran.is_ok_and(|output| output.ok())
    }

    pub(super) async fn load(
        &self,
        dump: &Dump,
        project: &str,
        file: &str,
        during: &During<'_>,
    ) -> Result<()> {
        let Some(script) = dump.kind.load_script() else { return Ok(()) };
        let container = self.container(project, &dump.service).await?;
        let argument = dump.argument();
        let words = ["sh", "-c", IN, "foundry", &container, &script, &argument, file];
        let command = Command::new(words).env("DOCKER_HOST", self.engine.address().to_owned());
        let watch = Watch { on_line: None, cancel: Some(during.cancel), limit: None };
        let action = format!("reading the dump into {}/{}", dump.domain, dump.service);
        self.checked(&action, &command, &watch).await.map(|_| ())
    }

    async fn container(&self, project: &str, service: &str) -> Result<String> {
        let observed = self.engine.observe(crate::engine::compose::Scope::Containers).await?;
        let mut own =
            observed.containers.into_iter().filter(|c| c.project == project && c.service == service);
        own.next()
            .map(|c| c.id)
            .ok_or_else(|| Error::new(Kind::Step, format!("{project}/{service} has no container")))
    }
}
