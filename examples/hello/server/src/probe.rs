//! Asks the upstreams how they are, all at the same time.

use std::thread;

use crate::http;

/// A server that this one names on its page.
#[derive(Debug, PartialEq)]
pub struct Upstream {
    pub name: String,
    pub url: String,
}

/// What one upstream had to say.
pub struct Probed<'a> {
    pub upstream: &'a Upstream,
    /// `Err` says why it is not healthy.
    pub health: Result<(), String>,
}

/// Reads `name=http://host:port,…`; spaces around the commas are allowed.
pub fn parse_upstreams(text: &str) -> Result<Vec<Upstream>, String> {
    let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    entries
        .map(|entry| match entry.split_once('=') {
            Some((name, url)) if !name.is_empty() && url.starts_with("http://") => {
                Ok(Upstream { name: name.into(), url: url.trim_end_matches('/').into() })
            }
            _ => Err(format!("UPSTREAMS: expected name=http://host:port, found {entry}")),
        })
        .collect()
}

/// Probes every upstream's `/health`; the slowest one decides how long it takes.
pub fn all(upstreams: &[Upstream]) -> Vec<Probed<'_>> {
    thread::scope(|scope| {
        let asked: Vec<_> =
            upstreams.iter().map(|upstream| (upstream, scope.spawn(move || one(upstream)))).collect();
        asked
            .into_iter()
            .map(|(upstream, answer)| {
                let health = answer.join().unwrap_or_else(|_| Err("the probe broke".into()));
                Probed { upstream, health }
            })
            .collect()
    })
}

fn one(upstream: &Upstream) -> Result<(), String> {
    match http::fetch("GET", &format!("{}/health", upstream.url))? {
        (200, _) => Ok(()),
        (status, body) => Err(format!("{status}: {}", body.trim())),
    }
}

#[cfg(test)]
mod tests {
    use super::parse_upstreams;

    #[test]
    fn upstreams_are_names_with_addresses() {
        let parsed = parse_upstreams("store=http://store:8080, api=http://api:8080/").unwrap();
        let pairs: Vec<_> = parsed.iter().map(|u| (u.name.as_str(), u.url.as_str())).collect();
        assert_eq!(pairs, [("store", "http://store:8080"), ("api", "http://api:8080")]);
        assert_eq!(parse_upstreams("").unwrap(), []);
        assert!(parse_upstreams("store").is_err());
        assert!(parse_upstreams("store=ftp://store").is_err());
    }
}
