//! Events to a URL: in order, each tried a few times, never in the way of looking on.

use super::Metrics;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// How many events wait at most; newer ones are dropped and counted.
const WAITING: usize = 256;
/// Pauses between the tries of one event.
const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_secs(1), Duration::from_secs(4)];
/// How long one try may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where events go. It is not printed: its path may be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    host: String,
    port: u16,
    path: String,
}

impl Target {
    /// Reads `http://HOST[:PORT]/PATH`.
    ///
    /// # Errors
    /// A text that says what is wrong and does not repeat the URL.
    pub fn parse(url: &str) -> Result<Target, String> {
        if url.starts_with("https://") {
            return Err(
                "https is not spoken here: name a relay on this machine, http://127.0.0.1:PORT/…".into()
            );
        }
        let rest = url.strip_prefix("http://").ok_or("a webhook begins with http://")?;
        let (authority, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        if authority.contains('@') {
            return Err("a login in the URL is not supported: put what is secret into the path".into());
        }
        if url.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return Err("a URL has no blanks".into());
        }
        let ported = authority.rsplit_once(':').filter(|(_, port)| !port.contains(']'));
        let (host, port) = match ported {
            Some((host, port)) => (host, port.parse().map_err(|_| "the port is no number".to_owned())?),
            None => (authority, 80),
        };
        if host.is_empty() {
            return Err("the host is missing".into());
        }
        Ok(Target { host: host.to_owned(), port, path: path.to_owned() })
    }

    async fn post(&self, body: &str) -> std::io::Result<bool> {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        let mut stream = TcpStream::connect((host, self.port)).await?;
        let head = format!(
            "POST {} HTTP/1.1\r\nHost: {}:{}\r\nUser-Agent: foundry\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.path,
            self.host,
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(body.as_bytes()).await?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).await?;
        // `HTTP/1.1 204`
        Ok(answer.starts_with(b"HTTP/1.") && answer[9] == b'2')
    }
}

/// Takes events and sends them on.
#[derive(Debug)]
pub struct Webhook {
    queue: mpsc::Sender<String>,
    metrics: Metrics,
    done: tokio::task::JoinHandle<()>,
}

impl Webhook {
    /// Begins to send; has to be called inside the async runtime.
    pub fn start(target: Target, metrics: Metrics) -> Webhook {
        let (queue, mut waiting) = mpsc::channel::<String>(WAITING);
        let counted = metrics.clone();
        let done = tokio::spawn(async move {
            while let Some(body) = waiting.recv().await {
                counted.webhook(if deliver(&target, &body).await { "sent" } else { "failed" });
            }
        });
        Webhook { queue, metrics, done }
    }

    /// Takes one event, a JSON text; drops it when too many wait.
    pub fn send(&self, body: String) {
        if self.queue.try_send(body).is_err() {
            self.metrics.webhook("dropped");
        }
    }

    /// Gives what waits a last chance, for `limit` at most.
    pub async fn end(self, limit: Duration) {
        drop(self.queue);
        let _ = tokio::time::timeout(limit, self.done).await;
    }
}

async fn deliver(target: &Target, body: &str) -> bool {
    for pause in PAUSES {
        tokio::time::sleep(pause).await;
        if matches!(tokio::time::timeout(PATIENCE, target.post(body)).await, Ok(Ok(true))) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_and_never_repeated_in_errors() {
        let target = Target::parse("http://127.0.0.1:9000/hook/abc?x=1").unwrap();
        assert_eq!(
            (target.host.as_str(), target.port, target.path.as_str()),
            ("127.0.0.1", 9000, "/hook/abc?x=1")
        );
        let target = Target::parse("http://[::1]:81").unwrap();
        assert_eq!((target.host.as_str(), target.port, target.path.as_str()), ("[::1]", 81, "/"));
        assert_eq!(Target::parse("http://relay").unwrap().port, 80);
        for wrong in [
            "https://a/token-1",
            "a/token-1",
            "http://u:token-1@a/",
            "http://:1/token-1",
            "http://a:b/token-1",
            "http://a/token-1 x",
        ] {
            let message = Target::parse(wrong).err().unwrap();
            assert!(!message.contains("token-1"), "{message}");
        }
    }

    #[tokio::test]
    async fn a_refused_event_is_tried_again_and_one_that_never_arrives_is_given_up() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let metrics = Metrics::new("home", "dev");
        let hook =
            Webhook::start(Target::parse(&format!("http://127.0.0.1:{port}/x")).unwrap(), metrics.clone());
        hook.send("{\"a\":1}".to_owned());
        for status in ["500 No", "204 Fine"] {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut text = Vec::new();
            while !String::from_utf8_lossy(&text).contains("{\"a\":1}") {
                let mut part = [0; 512];
                let count = stream.read(&mut part).await.unwrap();
                text.extend_from_slice(&part[..count]);
            }
            assert!(String::from_utf8_lossy(&text).starts_with("POST /x HTTP/1.1\r\n"));
            stream.write_all(format!("HTTP/1.1 {status}\r\n\r\n").as_bytes()).await.unwrap();
        }
        drop(listener);
        hook.send("{\"b\":2}".to_owned());
        hook.end(Duration::from_secs(60)).await;
        let text = metrics.text();
        assert!(text.contains("result=\"sent\"") && text.contains("result=\"failed\""), "{text}");
    }
}
