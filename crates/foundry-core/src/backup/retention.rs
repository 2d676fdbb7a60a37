//! How long snapshots are kept, as the policy says it and as restic wants it.

use crate::yaml::Node;
use serde::{Deserialize, Serialize};

/// Units of `keep`, in restic's order.
const UNITS: [&str; 7] = ["last", "hourly", "daily", "weekly", "monthly", "yearly", "within"];

/// The `keep` of a profile: unit and number (or, for `within`, a time such as `30d`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep(Vec<(String, String)>);

impl Keep {
    /// Reads the mapping; units are in one order, whatever the file's is.
    pub(super) fn read(node: Option<&Node>) -> Keep {
        let value = |unit: &str| {
            let node = node?.get(unit)?;
            node.int().map(|n| n.to_string()).or_else(|| node.text().map(str::to_owned))
        };
        Keep(UNITS.iter().filter_map(|unit| Some(((*unit).to_owned(), value(unit)?))).collect())
    }

    /// Whether nothing says how long: then nothing is ever removed.
    pub fn is_forever(&self) -> bool {
        self.0.is_empty()
    }

    /// The options of `restic forget`.
    pub fn arguments(&self) -> Vec<String> {
        self.0.iter().flat_map(|(unit, value)| [format!("--keep-{unit}"), value.clone()]).collect()
    }

    /// `7 daily, 4 weekly`.
    pub fn words(&self) -> String {
        let word = |(unit, value): &(String, String)| match unit.as_str() {
            "within" => format!("all of {value}"),
            unit => format!("{value} {unit}"),
        };
        self.0.iter().map(word).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml::{Limits, parse};

    #[test]
    fn options_have_one_order_and_nothing_said_is_forever() {
        let (documents, _) = parse(&"x".into(), "{monthly: 6, daily: 7, within: 30d}", &Limits::default());
        let keep = Keep::read(Some(&documents[0]));
        assert_eq!(keep.words(), "7 daily, 6 monthly, all of 30d");
        let arguments = keep.arguments().join(" ");
        assert_eq!(arguments, "--keep-daily 7 --keep-monthly 6 --keep-within 30d");
        assert!(Keep::read(None).is_forever());
    }
}
