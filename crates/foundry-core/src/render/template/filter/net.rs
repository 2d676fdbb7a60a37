//! `ipaddr` and its kind: questions about addresses and networks.

use super::super::error::{Eval, Fault};
use super::super::eval::args::{int, optional, required};
use super::super::eval::{Cx, Given};
use super::super::value::Value;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address, with its network where a prefix was given.
fn parse(text: &str) -> Option<(IpNet, bool)> {
    let text = text.trim();
    if let Ok(net) = text.parse::<IpNet>() {
        return Some((net, true));
    }
    if let Some((address, mask)) = text.split_once('/') {
        return IpNet::with_netmask(address.parse().ok()?, mask.parse().ok()?).ok().map(|net| (net, true));
    }
    text.parse::<IpAddr>().ok().map(|address| (IpNet::from(address), false))
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(u32::from(v4)),
        IpAddr::V6(v6) => u128::from(v6),
    }
}

/// The address `by` further than `address`, in its family.
fn shifted(address: IpAddr, by: i128) -> Option<IpAddr> {
    let number = number(address).checked_add_signed(by)?;
    Some(match address {
        IpAddr::V4(_) => Ipv4Addr::from(u32::try_from(number).ok()?).into(),
        IpAddr::V6(_) => Ipv6Addr::from(number).into(),
    })
}

/// The nth address of a network, from its end when negative.
fn nth(net: &IpNet, n: i128) -> Option<IpAddr> {
    let start = if n < 0 { shifted(net.broadcast(), n.checked_add(1)?)? } else { shifted(net.network(), n)? };
    net.contains(&start).then_some(start)
}

pub(super) fn ipaddr(cx: &Cx<'_>, value: &Value, given: Given, version: Option<u8>) -> Eval<Value> {
    let [query] = given.take(["query"])?;
    if matches!(value, Value::List(_) | Value::Tuple(_)) {
        let query = query.unwrap_or_else(|| Value::str(""));
        let mut kept = Vec::new();
        for item in value.elements(cx.budget())? {
            let one = ipaddr(cx, &item, Given::of(vec![query.clone()]), version)?;
            if one.truth()? {
                kept.push(one);
            }
        }
        return Ok(Value::list(kept));
    }
    let text = value.text(cx.budget())?;
    let Some((net, prefixed)) = parse(&text) else { return Ok(Value::Bool(false)) };
    let family = if net.addr().is_ipv4() { 4 } else { 6 };
    if version.is_some_and(|wanted| wanted != family) {
        return Ok(Value::Bool(false));
    }
    let query = match optional(query) {
        Some(number) if number.as_int().is_some() => {
            let address = nth(&net, number.as_int().unwrap_or(0));
            return Ok(
                address.map_or(Value::Bool(false), |a| Value::str(format!("{a}/{}", net.prefix_len())))
            );
        }
        query => cx.text_of(query, "")?,
    };
    answer(&net, prefixed, &text, &query)
}

fn answer(net: &IpNet, prefixed: bool, text: &str, query: &str) -> Eval<Value> {
    let address = net.addr();
    let is_host = !prefixed || address != net.network() || net.prefix_len() == net.max_prefix_len();
    let when = |ok: bool, value: Value| if ok { value } else { Value::Bool(false) };
    let show = |shown: &dyn std::fmt::Display| Value::str(shown.to_string());
    Ok(match query {
        "" => Value::str(text.trim()),
        "address" | "ip" => when(is_host, show(&address)),
        "host" => when(is_host, show(net)),
        "net" => when(prefixed && address == net.network(), show(net)),
        "network" | "network_id" => show(&net.network()),
        "network/prefix" | "subnet" => show(&net.trunc()),
        "netmask" => show(&net.netmask()),
        "hostmask" | "wildcard" => show(&net.hostmask()),
        "broadcast" => show(&net.broadcast()),
        "prefix" => Value::Int(i128::from(net.prefix_len())),
        "host/prefix" | "address/prefix" | "gateway" | "gw" => when(is_host, show(net)),
        "size" => {
            let bits = u32::from(net.max_prefix_len() - net.prefix_len());
            1_i128
                .checked_shl(bits)
                .filter(|n| *n > 0)
                .map_or_else(|| Value::Float(2_f64.powi(bits as i32)), Value::Int)
        }
        "first_usable" => nth(net, 1).map_or(Value::Bool(false), |a| show(&a)),
        "last_usable" => {
            nth(net, if address.is_ipv4() { -2 } else { -1 }).map_or(Value::Bool(false), |a| show(&a))
        }
        "version" => Value::Int(if address.is_ipv4() { 4 } else { 6 }),
        "int" => i128::try_from(number(address)).map_or(Value::Bool(false), Value::Int),
        "private" => when(is_private(address), Value::str(text.trim())),
        "public" => when(
            !is_private(address) && !address.is_loopback() && !address.is_multicast(),
            Value::str(text.trim()),
        ),
        "loopback" => when(address.is_loopback(), Value::str(text.trim())),
        "multicast" => when(address.is_multicast(), Value::str(text.trim())),
        "revdns" => Value::str(reverse_name(address)),
        other => match other.parse::<IpNet>() {
            Ok(within) => when(within.contains(net), Value::str(text.trim())),
            Err(_) => {
                return Err(Fault::new("unknown query")
                    .help("use address, network, netmask, prefix, broadcast, subnet, size, private, a number or a network"));
            }
        },
    })
}

fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}

fn reverse_name(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, d] = v4.octets();
            format!("{d}.{c}.{b}.{a}.in-addr.arpa.")
        }
        IpAddr::V6(v6) => {
            let digits: String =
                format!("{:032x}", u128::from(v6)).chars().rev().flat_map(|c| [c, '.']).collect();
            format!("{digits}ip6.arpa.")
        }
    }
}

fn network(cx: &Cx<'_>, value: &Value) -> Eval<IpNet> {
    let parsed = parse(&value.text(cx.budget())?);
    parsed.map(|(net, _)| net).ok_or_else(|| Fault::new("this is not an address or a network"))
}

pub(super) fn nthhost(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let n = int(Some(required(optional(Some(given.one("query")?)), "query")?), 0)?;
    Ok(nth(&network(cx, value)?, n).map_or(Value::Bool(false), |a| Value::str(a.to_string())))
}

pub(super) fn ipmath(cx: &Cx<'_>, value: &Value, given: Given) -> Eval<Value> {
    let by = int(Some(given.one("amount")?), 0)?;
    let moved =
        shifted(network(cx, value)?.addr(), by).ok_or_else(|| Fault::new("there is no such address"))?;
    Ok(Value::str(moved.to_string()))
}
