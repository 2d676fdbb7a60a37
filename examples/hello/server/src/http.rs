//! Just enough HTTP/1.1: one request and one answer per connection, with limits on size and time.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

const CLIENT_PATIENCE: Duration = Duration::from_secs(5);
const UPSTREAM_PATIENCE: Duration = Duration::from_secs(1);
const MAX_BYTES: u64 = 64 * 1024;

/// The two words of a request that this server looks at.
pub struct Request {
    pub method: String,
    pub path: String,
}

/// An answer that is ready to be written.
pub struct Response {
    pub status: u16,
    kind: &'static str,
    body: String,
}

impl Response {
    pub fn text(status: u16, body: impl Into<String>) -> Self {
        Response { status, kind: "text/plain; charset=utf-8", body: body.into() }
    }

    pub fn html(body: String) -> Self {
        Response { status: 200, kind: "text/html; charset=utf-8", body }
    }

    pub fn json(body: String) -> Self {
        Response { status: 200, kind: "application/json", body }
    }

    pub fn write_to(&self, stream: &mut TcpStream, head_only: bool) -> io::Result<()> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            404 => "Not Found",
            405 => "Method Not Allowed",
            _ => "Service Unavailable",
        };
        let head = format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
            self.status,
            self.kind,
            self.body.len()
        );
        stream.write_all(head.as_bytes())?;
        if !head_only {
            stream.write_all(self.body.as_bytes())?;
        }
        stream.flush()
    }
}

/// Reads a request up to the empty line after its headers.
pub fn read_request(stream: &mut TcpStream) -> Result<Request, String> {
    let broken = |error: io::Error| format!("cannot read the request: {error}");
    stream.set_read_timeout(Some(CLIENT_PATIENCE)).map_err(broken)?;
    stream.set_write_timeout(Some(CLIENT_PATIENCE)).map_err(broken)?;
    let mut lines = BufReader::new(stream.take(MAX_BYTES)).lines();
    let first = lines.next().ok_or("empty request")?.map_err(broken)?;
    for line in lines {
        if line.map_err(broken)?.is_empty() {
            let mut words = first.split(' ');
            return match (words.next(), words.next(), words.next()) {
                (Some(method), Some(target), Some(version)) if version.starts_with("HTTP/1.") => {
                    let path = target.split('?').next().unwrap_or_default();
                    Ok(Request { method: method.into(), path: path.into() })
                }
                _ => Err(format!("not an HTTP request line: {first}")),
            };
        }
    }
    Err("the request ends in its headers".into())
}

/// Sends a request without a body; returns the status and the body of the answer.
pub fn fetch(method: &str, url: &str) -> Result<(u16, String), String> {
    let (authority, path) = split_url(url)?;
    let addresses = authority.to_socket_addrs().map_err(|_| format!("cannot resolve {authority}"))?;
    let mut failure = format!("{authority} has no address");
    for address in addresses {
        match TcpStream::connect_timeout(&address, UPSTREAM_PATIENCE) {
            Ok(stream) => return converse(stream, method, authority, path),
            Err(error) => failure = format!("cannot connect: {}", plain(&error)),
        }
    }
    Err(failure)
}

fn converse(
    mut stream: TcpStream,
    method: &str,
    authority: &str,
    path: &str,
) -> Result<(u16, String), String> {
    let mut exchange = || -> io::Result<String> {
        stream.set_read_timeout(Some(UPSTREAM_PATIENCE))?;
        stream.set_write_timeout(Some(UPSTREAM_PATIENCE))?;
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        (&stream).take(MAX_BYTES).read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|error| format!("no answer: {}", plain(&error)))?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or("no answer: it is not HTTP")?;
    let status =
        head.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or("no answer: it is not HTTP")?;
    Ok((status, body.to_owned()))
}

fn plain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "connection refused".into(),
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "timed out".into(),
        _ => error.to_string(),
    }
}

/// Splits `http://host[:port][/path]` into what to connect to and what to ask for.
fn split_url(url: &str) -> Result<(&str, &str), String> {
    let rest = url.strip_prefix("http://").ok_or_else(|| format!("not an http:// address: {url}"))?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => {
            Ok((authority, if path.is_empty() { "/" } else { path }))
        }
        _ => Err(format!("an address needs a host and a port: {url}")),
    }
}

#[cfg(test)]
mod tests {
    use super::split_url;

    #[test]
    fn an_address_is_split_into_host_and_path() {
        assert_eq!(split_url("http://api:8080"), Ok(("api:8080", "/")));
        assert_eq!(split_url("http://api:80/count"), Ok(("api:80", "/count")));
        for wrong in ["https://api:8080", "http://api", "http://:80", "http://api:99999", "api:8080"] {
            assert!(split_url(wrong).is_err(), "{wrong}");
        }
    }
}
