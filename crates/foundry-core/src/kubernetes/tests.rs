//! The table of keys is complete, and agrees with what reading a Compose file knows.

use super::keys::{TABLE, verdict};
use std::collections::BTreeSet;

/// Every key that the Compose specification's JSON schema names.
const SPECIFICATION: &str = include_str!("../../tests/kubernetes/compose-keys.txt");

fn specification() -> impl Iterator<Item = &'static str> {
    SPECIFICATION.lines().filter(|l| !l.starts_with('#') && !l.is_empty())
}

#[test]
fn every_key_of_the_specification_has_a_verdict() {
    let without: Vec<&str> = specification().filter(|path| verdict(path).is_none()).collect();
    assert!(without.is_empty(), "no verdict about {without:?}");
    assert!(specification().count() > 330);
}

#[test]
fn every_key_that_a_compose_file_may_have_has_a_verdict() {
    let without: Vec<String> = crate::compose::paths().into_iter().filter(|p| verdict(p).is_none()).collect();
    assert!(without.is_empty(), "no verdict about {without:?}");
}

#[test]
fn the_table_names_each_key_once_and_only_real_ones() {
    let mut seen = BTreeSet::new();
    let real: BTreeSet<String> = specification().map(str::to_owned).chain(crate::compose::paths()).collect();
    for (key, _) in TABLE {
        assert!(seen.insert(key), "{key} stands there twice");
        assert!(real.contains(*key), "{key} is no key of a Compose file");
    }
}
