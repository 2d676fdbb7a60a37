//! A small web server that shows how its upstreams are doing: the hello example runs it as each of its services.
//!
//! Settings come from the environment: `NAME`, `PORT` (8080), `UPSTREAMS` (`api=http://api:8080,…`),
//! `COUNT_URL` (ask there for the number of visits) or `DATA_DIR` (keep the number in this directory).
//! `server healthcheck` asks the server in the same container for its health and exits 0 or 1.

mod count;
mod http;
mod page;
mod probe;

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;

use count::Visits;
use http::{Request, Response};
use probe::Upstream;

/// What one server was told by its environment.
struct Settings {
    name: String,
    port: u16,
    upstreams: Vec<Upstream>,
    visits: Visits,
}

impl Settings {
    fn from_env() -> Result<Self, String> {
        let var = |key: &str| std::env::var(key).ok().filter(|value| !value.is_empty());
        let port = match var("PORT") {
            Some(text) => text.parse().map_err(|_| format!("PORT is not a port number: {text}"))?,
            None => 8080,
        };
        let visits = match (var("DATA_DIR"), var("COUNT_URL")) {
            (Some(_), Some(_)) => return Err("set DATA_DIR or COUNT_URL, not both".into()),
            (Some(dir), None) => Visits::kept_in(dir.into()),
            (None, Some(url)) => Visits::asked_of(url),
            (None, None) => Visits::Uncounted,
        };
        Ok(Settings {
            name: var("NAME").unwrap_or_else(|| "hello".into()),
            port,
            upstreams: probe::parse_upstreams(&var("UPSTREAMS").unwrap_or_default())?,
            visits,
        })
    }

    fn answer(&self, request: &Request) -> Response {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET" | "HEAD", "/health") => match self.visits.check() {
                Ok(()) => Response::text(200, "ok\n"),
                Err(error) => Response::text(503, format!("{error}\n")),
            },
            ("GET" | "HEAD", "/") => {
                let visits = self.visits.next();
                Response::html(page::html(&self.name, &probe::all(&self.upstreams), &visits))
            }
            ("GET" | "HEAD", "/status.json") => {
                Response::json(page::json(&self.name, &probe::all(&self.upstreams)))
            }
            ("POST", "/count") => match self.visits.next() {
                Some(Ok(number)) => Response::text(200, format!("{number}\n")),
                Some(Err(error)) => Response::text(503, format!("{error}\n")),
                None => Response::text(404, "this server counts nothing\n"),
            },
            (_, "/" | "/health" | "/status.json" | "/count") => Response::text(405, "wrong method\n"),
            _ => Response::text(404, "no such page\n"),
        }
    }
}

fn main() -> ExitCode {
    let settings = match Settings::from_env() {
        Ok(settings) => settings,
        Err(error) => return complain(&error, 2),
    };
    match std::env::args().nth(1).as_deref() {
        None => serve(settings),
        Some("healthcheck") => healthcheck(settings.port),
        Some(other) => complain(&format!("unknown command {other}; the only one is healthcheck"), 2),
    }
}

fn serve(settings: Settings) -> ExitCode {
    // A container's first process is killed by SIGTERM only if it asks to be: every write is complete
    // when it has been answered, so leaving at once loses nothing.
    let always = Arc::new(AtomicBool::new(true));
    for signal in [signal_hook::consts::SIGTERM, signal_hook::consts::SIGINT] {
        if let Err(error) = signal_hook::flag::register_conditional_shutdown(signal, 0, always.clone()) {
            return complain(&format!("cannot handle signal {signal}: {error}"), 1);
        }
    }
    let listener = match TcpListener::bind(("0.0.0.0", settings.port)) {
        Ok(listener) => listener,
        Err(error) => return complain(&format!("cannot listen on port {}: {error}", settings.port), 1),
    };
    let port = listener.local_addr().map_or(settings.port, |address| address.port());
    log(&format!("{} listens on port {port}", settings.name));
    let settings = Arc::new(settings);
    for stream in listener.incoming().flatten() {
        let settings = settings.clone();
        let handled = thread::Builder::new().spawn(move || converse(stream, &settings));
        if let Err(error) = handled {
            log(&format!("a connection was refused: {error}"));
        }
    }
    ExitCode::SUCCESS
}

fn converse(mut stream: TcpStream, settings: &Settings) {
    let (head_only, response) = match http::read_request(&mut stream) {
        Ok(request) => {
            let response = settings.answer(&request);
            if request.path != "/health" {
                log(&format!("{} {} {}", request.method, request.path, response.status));
            }
            (request.method == "HEAD", response)
        }
        Err(error) => (false, Response::text(400, format!("{error}\n"))),
    };
    // The other side may have gone away: nothing is left to tell it.
    let _ = response.write_to(&mut stream, head_only);
}

fn healthcheck(port: u16) -> ExitCode {
    match http::fetch("GET", &format!("http://127.0.0.1:{port}/health")) {
        Ok((200, _)) => ExitCode::SUCCESS,
        Ok((status, body)) => complain(&format!("{status}: {}", body.trim()), 1),
        Err(error) => complain(&error, 1),
    }
}

fn complain(message: &str, code: u8) -> ExitCode {
    log(&format!("error: {message}"));
    ExitCode::from(code)
}

fn log(line: &str) {
    // Nothing can be done about a closed standard error.
    let _ = writeln!(io::stderr(), "{line}");
}
