//! One HTTP question at a time: TLS with the system's authorities, redirects, limits of time and size.

use crate::error::{Error, Kind, Result, lower};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::body::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, HOST, LOCATION, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// One question and its answer.
const LIMIT: Duration = Duration::from_secs(30);
/// The largest answer: a page of tags has some ten kilobytes.
const LARGEST: usize = 8 << 20;
const REDIRECTS: usize = 5;

/// Asks servers.
#[derive(Debug, Default)]
pub(super) struct Client {
    tls: OnceLock<TlsConnectorOf>,
}

/// A connector; printing it says nothing.
struct TlsConnectorOf(TlsConnector);

impl std::fmt::Debug for TlsConnectorOf {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TlsConnector")
    }
}

/// What a server answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    headers: hyper::HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub fn json(&self, host: &str) -> Result<Value> {
        serde_json::from_slice(&self.body)
            .map_err(|_| Error::new(Kind::Unreachable, format!("what {host} answered is no JSON")))
    }
}

impl Client {
    pub fn new() -> Client {
        Client::default()
    }

    /// Sends a request and follows redirects; `authorization` goes to the first host only.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        accept: &str,
        authorization: Option<&SecretString>,
    ) -> Result<Answer> {
        let mut uri = parse(url)?;
        let first = uri.authority().cloned();
        for _ in 0..REDIRECTS {
            let authorization = authorization.filter(|_| uri.authority() == first.as_ref());
            let host = uri.authority().map_or_else(String::new, ToString::to_string);
            let answer = tokio::time::timeout(LIMIT, self.once(method, &uri, accept, authorization)).await;
            let answer = answer.map_err(|_| {
                Error::new(Kind::Unreachable, format!("{host} did not answer in {} s", LIMIT.as_secs()))
            })??;
            let target = answer.headers.get(LOCATION).and_then(|l| l.to_str().ok());
            match (answer.status, target) {
                (301 | 302 | 303 | 307 | 308, Some(target)) => uri = redirected(&uri, target)?,
                _ => return Ok(answer),
            }
        }
        Err(Error::new(Kind::Unreachable, format!("{url} leads nowhere: too many redirects")))
    }

    async fn once(
        &self,
        method: &str,
        uri: &Uri,
        accept: &str,
        authorization: Option<&SecretString>,
    ) -> Result<Answer> {
        let host = uri.host().unwrap_or_default();
        let name = host.trim_matches(['[', ']']);
        let authority = uri.authority().map_or_else(String::new, ToString::to_string);
        let secure = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let failed = |what: &str, error: &dyn std::fmt::Display| {
            Error::new(Kind::Unreachable, format!("{what} {authority}: {}", lower(&error.to_string())))
        };
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(HOST, &authority)
            .header(USER_AGENT, concat!("foundry/", env!("CARGO_PKG_VERSION")))
            .header(ACCEPT, accept);
        if let Some(value) = authorization {
            request = request.header(AUTHORIZATION, value.expose_secret());
        }
        let request = request.body(Empty::<Bytes>::new()).map_err(|error| failed("asking", &error))?;
        let stream = TcpStream::connect((name, port)).await.map_err(|error| failed("reaching", &error))?;
        if !secure {
            return exchange(stream, request).await.map_err(|error| failed("asking", &error));
        }
        let server = ServerName::try_from(name.to_owned()).map_err(|error| failed("naming", &error))?;
        let stream = self.tls()?.connect(server, stream).await.map_err(|error| failed("trusting", &error))?;
        exchange(stream, request).await.map_err(|error| failed("asking", &error))
    }

    fn tls(&self) -> Result<&TlsConnector> {
        if let Some(known) = self.tls.get() {
            return Ok(&known.0);
        }
        let mut roots = RootCertStore::empty();
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if roots.is_empty() {
            return Err(Error::new(Kind::Host, "this machine has no certificate authorities to trust")
                .hint("install the package ca-certificates, or set SSL_CERT_FILE"));
        }
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| Error::new(Kind::Internal, format!("setting up TLS: {error}")))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(&self.tls.get_or_init(|| TlsConnectorOf(TlsConnector::from(Arc::new(config)))).0)
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    request: Request<Empty<Bytes>>,
) -> std::result::Result<Answer, Box<dyn std::error::Error + Send + Sync>> {
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let answer = async {
        let (parts, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, LARGEST).collect().await?.to_bytes();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    };
    let answer = answer.await;
    connection.abort();
    answer
}

/// An address that may be asked: TLS, or loopback.
fn parse(url: &str) -> Result<Uri> {
    let uri: Uri =
        url.parse().map_err(|_| Error::new(Kind::Unreachable, format!("{url} is no address of a server")))?;
    match (uri.scheme_str(), uri.authority()) {
        (Some("https"), Some(_)) => Ok(uri),
        (Some("http"), Some(authority)) if is_loopback(authority.as_str()) => Ok(uri),
        _ => Err(Error::new(
            Kind::Unreachable,
            format!("{url} is not asked: it is neither HTTPS nor loopback"),
        )),
    }
}

fn redirected(from: &Uri, target: &str) -> Result<Uri> {
    if target.starts_with('/') && !target.starts_with("//") {
        let (scheme, authority) = (from.scheme_str().unwrap_or_default(), from.authority());
        return parse(&format!("{scheme}://{}{target}", authority.map_or("", |a| a.as_str())));
    }
    parse(target)
}

/// Whether `host`, with or without a port, is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.rsplit_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
