//! Databases that are dumped before they are saved: which kinds there are, and what is said to each.

use crate::yaml::Node;
use serde::{Deserialize, Serialize};

/// One database of a domain, as `dumps` of a profile names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dump {
    /// The domain.
    pub domain: String,
    /// Its service.
    pub service: String,
    /// What sort of database it is.
    pub kind: Kind,
    /// Account that dumps, where the image's own variable does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// SQLite: the file's path in the container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

/// Kinds of databases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// All databases and roles of a PostgreSQL server.
    Postgresql,
    /// All databases of a MySQL server.
    Mysql,
    /// All databases of a MariaDB server.
    Mariadb,
    /// One SQLite file.
    Sqlite,
    /// GitLab, by its own `gitlab-backup`, with its secrets.
    Gitlab,
}

/// Password and client of MySQL or MariaDB, whichever the image has.
const MYSQL: &str = r#"
p=${MYSQL_ROOT_PASSWORD:-${MARIADB_ROOT_PASSWORD:-}}
f=${MYSQL_ROOT_PASSWORD_FILE:-${MARIADB_ROOT_PASSWORD_FILE:-}}
[ -n "$p" ] || [ -z "$f" ] || p=$(cat "$f")
export MYSQL_PWD="$p"
u=${1:-root}
"#;

impl Kind {
    /// The word in the policy.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Postgresql => "postgresql",
            Kind::Mysql => "mysql",
            Kind::Mariadb => "mariadb",
            Kind::Sqlite => "sqlite",
            Kind::Gitlab => "gitlab",
        }
    }

    fn of(word: &str) -> Option<Kind> {
        let all = [Kind::Postgresql, Kind::Mysql, Kind::Mariadb, Kind::Sqlite, Kind::Gitlab];
        all.into_iter().find(|kind| kind.word() == word)
    }

    /// What a shell in the container runs to write the dump to its standard output; `$1` is the account or the file.
    pub fn save_script(self) -> String {
        match self {
            Kind::Postgresql => {
                r#"exec pg_dumpall --no-password -U "${1:-${POSTGRES_USER:-postgres}}""#.to_owned()
            }
            Kind::Mysql | Kind::Mariadb => format!(
                "{MYSQL}d=$(command -v mariadb-dump || command -v mysqldump) || exit 127\nexec \"$d\" -u \"$u\" --all-databases --single-transaction --flush-privileges --routines --events --triggers"
            ),
            Kind::Sqlite => r#"[ -f "$1" ] || { echo "there is no database $1" >&2; exit 1; }
t=$(mktemp) && trap 'rm -f "$t"' EXIT && sqlite3 "$1" ".backup '$t'" && cat "$t""#
                .to_owned(),
            Kind::Gitlab => r#"b=var/opt/gitlab/backups/foundry_gitlab_backup.tar
trap 'rm -f "/$b"' EXIT
gitlab-backup create BACKUP=foundry STRATEGY=copy >&2 && tar -C / -cf - "$b" etc/gitlab/gitlab-secrets.json"#
                .to_owned(),
        }
    }

    /// What a shell in a container with a new, empty database runs to read the dump from its standard input.
    /// `None`: the dump is a file that is put in its place before the service starts.
    pub fn load_script(self) -> Option<String> {
        Some(match self {
            // The image starts a first server for its set-up, on its socket only; the real one listens.
            // What exists already is what the set-up made: the account and its database.
            Kind::Postgresql => r#"u=${1:-${POSTGRES_USER:-postgres}}
n=0; until pg_isready -q -h 127.0.0.1; do n=$((n+1)); [ "$n" -lt 120 ] || exit 1; sleep 1; done
e=$(psql -X -q -U "$u" -d postgres -f - 2>&1 >/dev/null) || { echo "$e" >&2; exit 1; }
e=$(echo "$e" | grep -E 'ERROR|FATAL' | grep -v 'already exists'); [ -z "$e" ] || { echo "$e" >&2; exit 1; }"#
                .to_owned(),
            Kind::Mysql | Kind::Mariadb => format!(
                "{MYSQL}c=$(command -v mariadb || command -v mysql) || exit 127\na=$(command -v mariadb-admin || command -v mysqladmin) || exit 127\nn=0; until \"$a\" -u \"$u\" -h 127.0.0.1 ping >/dev/null 2>&1; do n=$((n+1)); [ \"$n\" -lt 120 ] || exit 1; sleep 1; done\nexec \"$c\" -u \"$u\""
            ),
            Kind::Sqlite => return None,
            Kind::Gitlab => r#"b=/var/opt/gitlab/backups/foundry_gitlab_backup.tar
trap 'rm -f "$b"' EXIT
tar -C / -xf - && chown git:git "$b" && gitlab-ctl stop puma && gitlab-ctl stop sidekiq &&
gitlab-backup restore BACKUP=foundry force=yes && gitlab-ctl reconfigure && gitlab-ctl restart"#
                .to_owned(),
        })
    }

    /// Whether the dump stands for the server's own files, so that those are not saved.
    pub fn replaces_files(self) -> bool {
        matches!(self, Kind::Postgresql | Kind::Mysql | Kind::Mariadb)
    }
}

impl Dump {
    /// Name of the file that it is written to.
    pub fn file_name(&self) -> String {
        let suffix = match self.kind {
            Kind::Sqlite => "sqlite",
            Kind::Gitlab => "tar",
            _ => "sql",
        };
        let of = self.file.as_deref().map(|f| f.replace('/', "_")).unwrap_or_default();
        format!("{}-{}{of}.{suffix}", self.service, self.kind.word())
    }

    /// What the script gets as `$1`.
    pub fn argument(&self) -> String {
        self.file.clone().or_else(|| self.user.clone()).unwrap_or_default()
    }
}

/// The `dumps` of a profile; an entry without domain or kind was found when the file was loaded.
pub(super) fn dumps(node: Option<&Node>) -> Vec<Dump> {
    let one = |item: &Node| {
        let text = |key: &str| item.get(key).and_then(|n| n.text()).map(str::to_owned);
        let domain = text("domain")?;
        let service = text("service").unwrap_or_else(|| domain.clone());
        Some(Dump {
            kind: Kind::of(&text("kind")?)?,
            user: text("user"),
            file: text("file"),
            service,
            domain,
        })
    };
    node.map(Node::items).unwrap_or_default().iter().filter_map(|item| one(item)).collect()
}
