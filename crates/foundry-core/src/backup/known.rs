//! What restic answers, as values: snapshots with what is known about them.

use super::record::FILE;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One snapshot of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// Its full id.
    pub id: String,
    /// The domain.
    pub domain: String,
    /// The profile.
    pub profile: String,
    /// When it was taken, RFC 3339 in UTC.
    pub time: String,
    /// Bytes that a restore writes; `None` where nobody has counted yet.
    pub size: Option<u64>,
    /// When a restore of it was last proved.
    pub verified: Option<String>,
    /// The repository as the policy names it.
    pub repository: String,
    /// Path of the manifest in it.
    #[serde(default)]
    pub manifest: String,
    /// Ids of the records that say that it was verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub records: Vec<String>,
}

impl Backup {
    /// The id as people write it.
    pub fn short(&self) -> &str {
        self.id.get(..8).unwrap_or(&self.id)
    }
}

/// Every snapshot of one registry and environment: what `status` shows without asking the repository.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Known {
    /// Oldest first.
    pub backups: Vec<Backup>,
}

impl Known {
    /// The newest snapshot of a domain.
    pub fn newest(&self, domain: &str) -> Option<&Backup> {
        self.backups.iter().filter(|b| b.domain == domain).max_by(|a, b| a.time.cmp(&b.time))
    }

    /// When a restore of the domain was last proved.
    pub fn verified(&self, domain: &str) -> Option<&str> {
        let own = self.backups.iter().filter(|b| b.domain == domain);
        own.filter_map(|b| b.verified.as_deref()).max()
    }

    /// Takes over the sizes that an earlier list has: what an id stands for never changes.
    pub fn with_sizes_of(mut self, earlier: &Known) -> Known {
        let sizes: BTreeMap<&str, u64> =
            earlier.backups.iter().filter_map(|b| Some((b.id.as_str(), b.size?))).collect();
        for backup in &mut self.backups {
            backup.size = backup.size.or_else(|| sizes.get(backup.id.as_str()).copied());
        }
        self
    }
}

/// Reads `restic snapshots --json`: snapshots of domains, with what our records say of them. Others are left out.
///
/// # Errors
/// When the text is not what restic prints.
pub fn snapshots(text: &str, repository: &str) -> Result<Vec<Backup>, String> {
    let all: Vec<Value> = match text.trim() {
        // An empty repository.
        "" | "null" => Vec::new(),
        text => serde_json::from_str(text).map_err(|e| format!("restic's list is not understood: {e}"))?,
    };
    let mut backups = Vec::new();
    let mut records: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for snapshot in &all {
        let text = |key: &str| snapshot.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let tag = |name: &str| {
            let tags = snapshot.get("tags").and_then(Value::as_array).into_iter().flatten();
            tags.filter_map(Value::as_str).find_map(|t| t.strip_prefix(name)).map(str::to_owned)
        };
        if let Some(of) = tag("verifies:") {
            records.entry(of).or_default().push((utc(&text("time")), text("id")));
            continue;
        }
        let (Some(domain), Some(profile)) = (tag("domain:"), tag("profile:")) else { continue };
        let paths = snapshot.get("paths").and_then(Value::as_array).into_iter().flatten();
        let manifest = paths.filter_map(Value::as_str).find(|p| p.rsplit('/').next() == Some(FILE));
        backups.push(Backup {
            id: text("id"),
            domain,
            profile,
            time: utc(&text("time")),
            size: snapshot.pointer("/summary/total_bytes_processed").and_then(Value::as_u64),
            verified: None,
            repository: repository.to_owned(),
            manifest: manifest.unwrap_or_default().to_owned(),
            records: Vec::new(),
        });
    }
    for backup in &mut backups {
        for (time, id) in records.remove(&backup.id).unwrap_or_default() {
            backup.verified = backup.verified.take().max(Some(time));
            backup.records.push(id);
        }
    }
    backups.sort_by(|a, b| (&a.time, &a.id).cmp(&(&b.time, &b.id)));
    Ok(backups)
}

/// A time of restic, which has its own zone and parts of a second, in UTC and whole seconds.
fn utc(time: &str) -> String {
    let (Some(date), Some(clock)) = (time.get(..10), time.get(11..19)) else { return time.to_owned() };
    let zone =
        time.get(19..).unwrap_or_default().trim_start_matches(|c: char| c == '.' || c.is_ascii_digit());
    let offset = |zone: &str| {
        let sign = if zone.starts_with('-') { 1 } else { -1 };
        let (hours, minutes) = zone.get(1..)?.split_once(':')?;
        Some(sign * (hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?))
    };
    match offset(zone) {
        None | Some(0) => format!("{date}T{clock}Z"),
        Some(minutes) => shifted(date, clock, minutes).unwrap_or_else(|| format!("{date}T{clock}{zone}")),
    }
}

/// `date` and `clock`, moved by minutes (less than a day).
fn shifted(date: &str, clock: &str, minutes: i64) -> Option<String> {
    let number = |text: &str, range: std::ops::Range<usize>| text.get(range)?.parse::<i64>().ok();
    let (mut year, mut month, mut day) = (number(date, 0..4)?, number(date, 5..7)?, number(date, 8..10)?);
    let total = number(clock, 0..2)? * 60 + number(clock, 3..5)? + minutes;
    let length = |year: i64, month: i64| match month {
        2 if (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if total < 0 {
        day -= 1;
    } else if total >= 24 * 60 {
        day += 1;
    }
    if day < 1 {
        (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
        day = length(year, month);
    } else if day > length(year, month) {
        day = 1;
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    let total = total.rem_euclid(24 * 60);
    let seconds = clock.get(6..8)?;
    Some(format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{seconds}Z", total / 60, total % 60))
}

/// Reads the summary of `restic backup --json`: the id that it gave and the bytes that it read.
///
/// # Errors
/// When there is no summary.
pub fn saved_id(text: &str) -> Result<(String, u64), String> {
    let lines = text.lines().rev().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut summaries = lines.filter(|v| v.get("message_type").and_then(Value::as_str) == Some("summary"));
    let summary = summaries.next().ok_or("restic gave no summary")?;
    let id =
        summary.get("snapshot_id").and_then(Value::as_str).ok_or("restic's summary names no snapshot")?;
    let bytes = summary.get("total_bytes_processed").and_then(Value::as_u64).unwrap_or(0);
    Ok((id.to_owned(), bytes))
}

/// What of the sources restic could not read, from what it wrote to its standard error with `--json`. Files that went
/// away while it was at work are not in it: a service that runs has such.
pub fn unread(text: &str) -> Vec<String> {
    const NOT_THERE: u64 = 2;
    let one = |line: &str| {
        if let Some(path) = line.strip_suffix(" does not exist, skipping") {
            return Some(path.to_owned());
        }
        let value: Value = serde_json::from_str(line).ok()?;
        let is_error = value.get("message_type").and_then(Value::as_str) == Some("error");
        let gone = value.pointer("/error/Err").and_then(Value::as_u64) == Some(NOT_THERE);
        let item = value.get("item").and_then(Value::as_str).unwrap_or("a file");
        (is_error && !gone).then(|| item.to_owned())
    };
    text.lines().filter_map(one).collect()
}

/// Reads `restic forget --dry-run --json`: the ids that would go.
///
/// # Errors
/// When the text is not what restic prints.
pub fn forgotten(text: &str) -> Result<Vec<String>, String> {
    // Some versions write remarks after the list.
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    let groups = values.next().ok_or("restic gave no list")?.map_err(|e| e.to_string())?;
    let groups = groups.as_array().into_iter().flatten();
    let removed = groups.flat_map(|g| g.get("remove").and_then(Value::as_array).into_iter().flatten());
    Ok(removed.filter_map(|s| s.get("id").and_then(Value::as_str)).map(str::to_owned).collect())
}

/// Reads `restic ls --json`: path → size of every regular file, `None` for anything else that has a place.
///
/// # Errors
/// When a line is not what restic prints.
pub fn listing(text: &str) -> Result<BTreeMap<String, Option<u64>>, String> {
    let mut out = BTreeMap::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let node: Value = serde_json::from_str(line).map_err(|e| format!("restic's list: {e}"))?;
        let (Some(path), Some(kind)) = (node.get("path").and_then(Value::as_str), node.get("type")) else {
            continue;
        };
        let size = node.get("size").and_then(Value::as_u64).unwrap_or(0);
        out.insert(path.to_owned(), (kind == "file").then_some(size));
    }
    Ok(out)
}

#[cfg(test)]
mod tests;
