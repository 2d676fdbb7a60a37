//! What a visitor sees: one page for people, one document for programs.

use crate::probe::Probed;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem}\
table{border-collapse:collapse;width:100%}td{border-top:1px solid #ccc;padding:.4rem .6rem}\
.healthy{color:#17692b}.unhealthy{color:#a11414}";

/// The page: the server's name, its upstreams with their health, the number of visits.
pub fn html(name: &str, probed: &[Probed<'_>], visits: &Option<Result<u64, String>>) -> String {
    let name = escape(name);
    let mut body = format!("<h1>{name}</h1>\n");
    if probed.is_empty() {
        body.push_str("<p>No upstreams.</p>\n");
    } else {
        body.push_str("<table>\n");
        for probe in probed {
            let (class, detail) = match &probe.health {
                Ok(()) => ("healthy", "healthy".to_owned()),
                Err(why) => ("unhealthy", format!("unhealthy: {}", escape(why))),
            };
            let (upstream, url) = (escape(&probe.upstream.name), escape(&probe.upstream.url));
            body.push_str(&format!(
                "<tr><td>{upstream}</td><td>{url}</td><td class={class}>{detail}</td></tr>\n"
            ));
        }
        body.push_str("</table>\n");
    }
    match visits {
        None => {}
        Some(Ok(number)) => body.push_str(&format!("<p>Visits: {number}</p>\n")),
        Some(Err(why)) => {
            body.push_str(&format!("<p class=unhealthy>Visits: unknown ({})</p>\n", escape(why)))
        }
    }
    format!(
        "<!doctype html>\n<html lang=en>\n<meta charset=utf-8>\n<title>{name}</title>\n<style>{STYLE}</style>\n{body}</html>\n"
    )
}

/// The same as JSON, without counting a visit.
pub fn json(name: &str, probed: &[Probed<'_>]) -> String {
    let upstreams: Vec<String> = probed
        .iter()
        .map(|probe| {
            let detail = match &probe.health {
                Ok(()) => "null".to_owned(),
                Err(why) => quote(why),
            };
            format!(
                "{{\"name\":{},\"url\":{},\"healthy\":{},\"detail\":{detail}}}",
                quote(&probe.upstream.name),
                quote(&probe.upstream.url),
                probe.health.is_ok()
            )
        })
        .collect();
    format!("{{\"name\":{},\"upstreams\":[{}]}}\n", quote(name), upstreams.join(","))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c < ' ' => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::{escape, quote};

    #[test]
    fn foreign_text_cannot_leave_its_place() {
        assert_eq!(escape("<b>\"&"), "&lt;b&gt;&quot;&amp;");
        assert_eq!(quote("a\"b\\c\n"), r#""a\"b\\c\u000a""#);
    }
}
