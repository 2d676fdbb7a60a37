//! PowerDNS: an authoritative server with its API, and the recursor in front of it.

use crate::server::Server;
use crate::{Http, Missing, free_port, system};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A running authoritative server and recursor of one test.
///
/// Who asks the recursor from 127.0.0.1 is inside; who asks the authoritative server from 127.0.0.2 is outside.
#[derive(Debug)]
pub struct PowerDns {
    authoritative: u16,
    recursor: u16,
    api: Http,
    key: String,
    config: PathBuf,
    zones: Vec<String>,
    _servers: [Server; 2],
    _folder: tempfile::TempDir,
}

/// Both servers, with an empty database and no zone.
///
/// # Errors
/// When the packages cannot be installed here.
pub fn powerdns() -> Result<PowerDns, Missing> {
    let system = system::up("powerdns")?;
    let folder = crate::folder::folder();
    let database = folder.path().join("pdns.sqlite");
    let schema = format!(".read {}", system.get("SCHEMA"));
    system::text(Command::new("sqlite3").arg(&database).arg(&schema));
    let (authoritative, recursor, web) = (free_port(), free_port(), free_port());
    let key = crate::unique();
    let config = format!(
        "launch=gsqlite3\ngsqlite3-database={}\nlocal-address=127.0.0.1,127.0.0.2\nlocal-port={authoritative}\n\
         api=yes\napi-key={key}\nwebserver=yes\nwebserver-address=127.0.0.1\nwebserver-port={web}\n\
         enable-lua-records=yes\nedns-subnet-processing=yes\nsocket-dir={}\ncache-ttl=0\nquery-cache-ttl=0\n\
         negquery-cache-ttl=0\nzone-cache-refresh-interval=0\nsecurity-poll-suffix=\nguardian=no\ndaemon=no\n",
        database.display(),
        folder.path().display()
    );
    write(&folder.path().join("pdns.conf"), &config);
    let mut server = start(system.get("PDNS_SERVER"), folder.path());
    let api = Http::plain(&format!("http://127.0.0.1:{web}"));
    server.ready("PowerDNS's API", || api.text("GET", "/api", None).0 == 401);
    let file = folder.path().join("recursor.conf");
    write(&file, &recursor_config(folder.path(), recursor, authoritative, &[]));
    let mut front = start(system.get("PDNS_RECURSOR"), folder.path());
    front.listens("the recursor", &format!("127.0.0.1:{recursor}"));
    let api = api.with(&format!("X-API-Key: {key}"));
    Ok(PowerDns {
        authoritative,
        recursor,
        api,
        key,
        config: file,
        zones: Vec::new(),
        _servers: [server, front],
        _folder: folder,
    })
}

fn start(program: &str, folder: &Path) -> Server {
    let name = if program.ends_with("recursor") { "recursor" } else { "pdns" };
    Server::start(name, Command::new(program).arg(format!("--config-dir={}", folder.display())), folder)
}

fn write(file: &Path, text: &str) {
    std::fs::write(file, text).expect("the test's folder is writable");
}

fn recursor_config(folder: &Path, port: u16, authoritative: u16, zones: &[String]) -> String {
    let mut text = format!(
        "local-address=127.0.0.1\nlocal-port={port}\nallow-from=127.0.0.0/8\nsocket-dir={}\ndaemon=no\n\
         dnssec=off\nsecurity-poll-suffix=\nhint-file=no\nmax-cache-ttl=1\nmax-negative-ttl=1\nquery-local-address=127.0.0.1\n\
         dont-query=\n",
        folder.display()
    );
    let forwards: Vec<String> =
        zones.iter().map(|zone| format!("{zone}=127.0.0.1:{authoritative}")).collect();
    let _ = writeln!(text, "forward-zones={}", forwards.join(","));
    text
}

impl PowerDns {
    /// The authoritative server's port, on 127.0.0.1 and 127.0.0.2, for UDP and TCP.
    #[must_use]
    pub fn authoritative(&self) -> u16 {
        self.authoritative
    }

    /// The recursor's port on 127.0.0.1.
    #[must_use]
    pub fn recursor(&self) -> u16 {
        self.recursor
    }

    /// The authoritative server's API, with its key.
    #[must_use]
    pub fn api(&self) -> &Http {
        &self.api
    }

    /// The API's key.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Lets the recursor send a zone's questions to the authoritative server.
    ///
    /// # Panics
    /// When the recursor does not take its new configuration.
    pub fn forward(&mut self, zone: &str) {
        self.zones.push(zone.to_owned());
        let folder = self.config.parent().expect("a folder");
        write(&self.config, &recursor_config(folder, self.recursor, self.authoritative, &self.zones));
        let directory = folder.display();
        let control = [
            format!("--config-dir={directory}"),
            format!("--socket-dir={directory}"),
            "reload-zones".to_owned(),
        ];
        system::text(Command::new("rec_control").args(control));
    }

    /// What someone inside is told: the recursor asked from 127.0.0.1. One answer per line.
    #[must_use]
    pub fn inside(&self, name: &str, kind: &str) -> String {
        dig("127.0.0.1", "127.0.0.1", self.recursor, name, kind)
    }

    /// What someone outside is told: the authoritative server asked from 127.0.0.2. One answer per line.
    #[must_use]
    pub fn outside(&self, name: &str, kind: &str) -> String {
        dig("127.0.0.2", "127.0.0.2", self.authoritative, name, kind)
    }
}

#[track_caller]
fn dig(source: &str, server: &str, port: u16, name: &str, kind: &str) -> String {
    let (server, port) = (format!("@{server}"), port.to_string());
    system::text(
        Command::new("dig")
            .args(["+short", "+tries=2", "+time=3", "-b", source, "-p", &port, &server, name, kind]),
    )
}
