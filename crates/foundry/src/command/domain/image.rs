//! A domain that the catalogue does not have: one image, its ports, what it requires, and a template to go on from.

use clap::Args;
use foundry_core::edit::{Component, Setting};
use foundry_runtime::error::{Error, Kind, Result};
use serde_json::{Map, json};

/// What a domain without an entry in the catalogue is made of.
#[derive(Debug, Clone, Args)]
pub struct Image {
    /// Image with its tag: a domain of your own, with a template to go on from.
    #[arg(long, value_name = "IMAGE")]
    image: Option<String>,
    /// Port of the container, or HOST:CONTAINER; the first is called `http`. May be repeated.
    #[arg(long, value_name = "PORT", requires = "image")]
    port: Vec<String>,
    /// Domain that it cannot work without; may be repeated.
    #[arg(long, value_name = "DOMAIN", requires = "image", add = crate::complete::domains())]
    requires: Vec<String>,
}

/// A port of the container, its name, and the wish for the host's.
struct Published {
    name: String,
    container: u16,
    wish: String,
}

impl Image {
    /// The domain as the catalogue would describe it, and its template; nothing without `--image`.
    pub fn component(&self, domain: &str) -> Result<Option<(Component, String)>> {
        let Some(image) = &self.image else { return Ok(None) };
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
        if domain.is_empty() || !domain.chars().all(plain) {
            return Err(Error::new(Kind::Usage, format!("`{domain}` is no name of a domain"))
                .hint("use lower-case letters, digits, - and _"));
        }
        let last = image.rsplit('/').next().unwrap_or(image);
        let wrong = image.contains(char::is_whitespace) || image.contains(['"', '{', '$']);
        if wrong || !last.contains([':', '@']) || last.ends_with(":latest") {
            return Err(Error::new(Kind::Usage, format!("{image} is no image with a fixed tag")).hint(
                format!(
                    "name the version that is meant, such as {}:1.2.3",
                    last.split(':').next().unwrap_or(last)
                ),
            ));
        }
        let mut ports = Vec::new();
        for (number, text) in self.port.iter().enumerate() {
            ports.push(port(text, number)?);
        }
        let variable = format!("{}_IMAGE", domain.to_uppercase().replace('-', "_"));
        let mut record = Map::new();
        record.insert(
            "description".to_owned(),
            format!("The image {}", last.split([':', '@']).next().unwrap_or(last)).into(),
        );
        match self.requires.is_empty() {
            true => record.insert("standalone".to_owned(), true.into()),
            false => record.insert("requires".to_owned(), json!(self.requires)),
        };
        let setting =
            |key: &str, value: &str| Setting { key: key.to_owned(), value: value.to_owned(), about: None };
        let component = Component {
            summary: format!("{domain}, from {last}"),
            record,
            networks: Map::new(),
            ports: ports.iter().map(|p| (p.name.clone(), p.wish.clone())).collect(),
            env: vec![setting("LOG_MAX_SIZE", "10m"), setting(&variable, image)],
            secrets: Vec::new(),
        };
        Ok(Some((component, template(domain, &variable, &ports))))
    }
}

fn port(text: &str, number: usize) -> Result<Published> {
    let wrong = || {
        Error::new(Kind::Usage, format!("{text} is no port"))
            .hint("write CONTAINER or HOST:CONTAINER, such as 8080:80")
    };
    let (host, container) = match text.rsplit_once(':') {
        Some((host, container)) => (Some(host), container),
        None => (None, text),
    };
    let container: u16 = container.parse().ok().filter(|port| *port > 0).ok_or_else(wrong)?;
    // The low ones belong to other things on most hosts.
    let wish = match host {
        Some(host) => host.to_owned(),
        None if container >= 1024 => container.to_string(),
        None => "auto".to_owned(),
    };
    foundry_core::edit::Wish::parse(&wish).map_err(|_| wrong())?;
    let name = if number == 0 { "http".to_owned() } else { format!("port-{container}") };
    Ok(Published { name, container, wish })
}

fn template(domain: &str, variable: &str, ports: &[Published]) -> String {
    let mut published = String::new();
    for port in ports {
        let host = foundry_core::render::port_variable(domain, &port.name);
        published.push_str(&format!("      - \"{{{{ {host} }}}}:{}\"\n", port.container));
    }
    if !published.is_empty() {
        published.insert_str(0, "    ports:\n");
    }
    format!(
        r#"# {domain}: an ordinary Compose file; values of the registry stand in double braces.
name: {domain}

services:
  {domain}:
    image: "{{{{ {variable} }}}}"
    restart: unless-stopped
{published}    networks: [{{{{ metadata.networks | join(", ") }}}}]
    mem_limit: 256m
    logging:
      driver: json-file
      options: {{max-size: "{{{{ LOG_MAX_SIZE }}}}", max-file: "3"}}
    # Say when it is well, so that what requires it waits for that:
    # healthcheck: {{test: ["CMD", "program", "that-ends-with-0"], interval: 15s}}

networks:
{{% for network in metadata.networks %}}
  {{{{ network }}}}: {{name: {{{{ network }}}}, external: true}}
{{% endfor %}}
"#
    )
}
