//! Where a machine is reached: `ssh://user@host:port`.

use crate::error::{Error, Kind, Result};
use std::fmt;

/// The parts of an SSH address; what is missing is left to the user's SSH configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Login name.
    pub user: Option<String>,
    /// Host name, IP address (without brackets) or alias of the SSH configuration.
    pub host: String,
    /// Port.
    pub port: Option<u16>,
}

impl Address {
    /// Reads `ssh://[user@]host[:port]`, also without the scheme.
    ///
    /// # Errors
    /// `Usage` when it is not of that form or a part could be taken for an option.
    pub fn parse(text: &str) -> Result<Address> {
        let wrong = |why: &str| {
            Error::new(Kind::Usage, format!("the address {text} {why}"))
                .hint("write it as ssh://user@host or ssh://user@host:port")
        };
        let rest = text.strip_prefix("ssh://").unwrap_or(text);
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('/') {
            return Err(wrong("has a path"));
        }
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        if user.is_some_and(|user| user.contains(':')) {
            return Err(wrong("has a password in it"));
        }
        let (host, port) = match rest.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((host, "")) => (host, None),
            Some((host, port)) => {
                (host, Some(port.strip_prefix(':').ok_or_else(|| wrong("has no port after ]"))?))
            }
            None => rest.rsplit_once(':').map_or((rest, None), |(host, port)| (host, Some(port))),
        };
        let port =
            port.map(str::parse::<u16>).transpose().map_err(|_| wrong("has a port that is no number"))?;
        let plain = |part: &str, more: &str| {
            !part.is_empty()
                && !part.starts_with('-')
                && part.chars().all(|c| c.is_alphanumeric() || more.contains(c))
        };
        if !plain(host, "-._:%") {
            return Err(wrong("has no plain host name"));
        }
        if !user.is_none_or(|user| plain(user, "-._\\")) {
            return Err(wrong("has no plain user name"));
        }
        Ok(Address { user: user.map(str::to_string), host: host.to_string(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.host.contains(':') {
            true => write!(f, "[{}]", self.host)?,
            false => f.write_str(&self.host)?,
        }
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_back() {
        for (text, shown) in [
            ("ssh://pi@pi.example.org", "pi@pi.example.org"),
            ("ssh://pi.example.org:2222/", "pi.example.org:2222"),
            ("ssh://root@[fd00::1]:22", "root@[fd00::1]:22"),
            ("alias", "alias"),
        ] {
            assert_eq!(Address::parse(text).unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_could_be_an_option_or_holds_a_password_is_refused() {
        for (text, why) in [
            ("ssh://-oProxyCommand=id", "no plain host name"),
            ("ssh://-l@host", "no plain user name"),
            ("ssh://a:b@host", "a password in it"),
            ("ssh://host:ssh", "a port that is no number"),
            ("ssh://host/srv", "a path"),
            ("ssh://", "no plain host name"),
            ("ssh://ho st", "no plain host name"),
        ] {
            let error = Address::parse(text).unwrap_err();
            assert!(error.message.ends_with(why), "{text}: {}", error.message);
            assert_eq!(error.kind.exit_code(), 2);
        }
    }
}
