//! Published ports, short (`"127.0.0.1:8080-8081:80-81/udp"`) and long.

use super::normal::Reader;
use super::project::Port;
use super::units;
use crate::diag::{Finding, Span};
use crate::yaml::{Kind, Node};
use serde_json::{Map, Value};

/// Each published port costs the engine a process or a rule; nobody means so many.
const MOST: usize = 10_000;

/// Every port of a `ports` list with its normal form; a range becomes one entry per port.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Vec<(Port, Value)> {
    let mut out = Vec::new();
    for item in reader.items("ports", node) {
        if matches!(item.kind, Kind::Mapping(_)) {
            out.extend(long(reader, item));
        } else if let Some(text) = units::text(item) {
            match short(&text, &item.span) {
                Ok(ports) if out.len() + ports.len() > MOST => {
                    let message = format!("more than {MOST} published ports");
                    let help = "publish fewer, or use `network_mode: host`";
                    reader.findings.push(Finding::error("SVC-005", &item.span, message).help(help));
                    break;
                }
                Ok(ports) => out.extend(ports),
                Err(message) => {
                    reader.findings.push(Finding::error("SVC-005", &item.span, message).help(
                        "write [ADDRESS:][HOST:]CONTAINER[/PROTOCOL], such as \"127.0.0.1:8080:80/tcp\"",
                    ))
                }
            }
        } else {
            reader.wrong(item, "a port", "a text or a mapping");
        }
    }
    out
}

fn long(reader: &mut Reader<'_>, node: &Node) -> Option<(Port, Value)> {
    let mut config = reader.section("port", node)?;
    let text = |key: &str| config.get(key).and_then(Value::as_str).map(str::to_owned);
    let Some(target) = config.get("target").and_then(Value::as_u64).and_then(|t| u16::try_from(t).ok())
    else {
        let message = "a port without a `target` between 1 and 65535";
        reader.findings.push(Finding::error("SVC-005", &node.span, message).help("add `target: PORT`"));
        return None;
    };
    let published = text("published");
    let range = match published.as_deref().filter(|p| !p.is_empty()).map(range) {
        Some(None) => {
            reader.wrong(node, "`published` of a port", "a port or a range");
            return None;
        }
        range => range.flatten().filter(|r| *r != (0, 0)),
    };
    let protocol = text("protocol").unwrap_or_else(|| "tcp".to_owned());
    let port = Port { host_ip: text("host_ip"), published: range, target, protocol, span: node.span.clone() };
    config.entry("protocol").or_insert_with(|| "tcp".into());
    config.entry("mode").or_insert_with(|| "ingress".into());
    Some((port, Value::Object(config)))
}

fn short(text: &str, span: &Span) -> Result<Vec<(Port, Value)>, String> {
    let (rest, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let protocol = protocol.to_ascii_lowercase();
    if !matches!(protocol.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("unknown protocol `{protocol}` of a port"));
    }
    let (rest, container) = match rest.rsplit_once(':') {
        Some((rest, container)) => (Some(rest), container),
        None => (None, rest),
    };
    let (ip, host) = match rest.map(|r| r.rsplit_once(':').map_or((None, r), |(ip, host)| (Some(ip), host))) {
        Some((ip, host)) => (ip.map(|ip| ip.trim_start_matches('[').trim_end_matches(']')), host),
        None => (None, ""),
    };
    let ip = ip.filter(|ip| !ip.is_empty());
    if ip.is_some_and(|ip| ip.parse::<std::net::IpAddr>().is_err()) {
        return Err("the address of a port is no IP address".to_owned());
    }
    let targets = range(container).ok_or_else(|| format!("`{container}` is no port"))?;
    let hosts = match host {
        "" => None,
        host => Some(range(host).ok_or_else(|| format!("`{host}` is no port"))?),
    };
    let width = |r: (u16, u16)| r.1 - r.0;
    if hosts.is_some_and(|h| width(h) != width(targets) && width(targets) != 0) {
        return Err("the two ranges of a port differ in length".to_owned());
    }
    let mut out = Vec::new();
    for (i, target) in (targets.0..=targets.1).enumerate() {
        let published = hosts.map(|h| if width(targets) == 0 { h } else { (h.0 + i as u16, h.0 + i as u16) });
        let port = Port {
            host_ip: ip.map(str::to_owned),
            published: published.filter(|p| *p != (0, 0)),
            target,
            protocol: protocol.clone(),
            span: span.clone(),
        };
        out.push((port, config(ip, published, target, &protocol)));
    }
    Ok(out)
}

fn config(ip: Option<&str>, published: Option<(u16, u16)>, target: u16, protocol: &str) -> Value {
    let mut config = Map::new();
    config.insert("mode".into(), "ingress".into());
    if let Some(ip) = ip {
        config.insert("host_ip".into(), ip.into());
    }
    config.insert("target".into(), target.into());
    if let Some((first, last)) = published {
        let text = if first == last { first.to_string() } else { format!("{first}-{last}") };
        config.insert("published".into(), text.into());
    }
    config.insert("protocol".into(), protocol.into());
    Value::Object(config)
}

fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last).then_some((first, last))
}
