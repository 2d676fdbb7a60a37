//! Which keys are secrets by their name.

/// Parts of a key that make its value a secret.
const SECRET: [&str; 13] = [
    "PASSWORD",
    "PASSWD",
    "PASSPHRASE",
    "SECRET",
    "TOKEN",
    "APIKEY",
    "API_KEY",
    "PRIVATE_KEY",
    "ACCESS_KEY",
    "ENCRYPTION_KEY",
    "CREDENTIAL",
    "AUTH_KEY",
    "SIGNING_KEY",
];

/// Endings that make it a reference to a secret, or a setting about one, instead.
const NOT_SECRET: [&str; 14] = [
    "_FILE",
    "_PATH",
    "_DIR",
    "_TTL",
    "_URL",
    "_NAME",
    "_ID",
    "_LENGTH",
    "_EXPIRY",
    "_ENABLED",
    "_TYPE",
    "_MODE",
    "_HEADER",
    "_ROTATION",
];

/// Whether a key's value is to be treated as a secret because of the key's name.
pub fn looks_secret(key: &str) -> bool {
    let key = key.to_ascii_uppercase();
    let pass = key == "PASS" || key.ends_with("_PASS") || key == "PW" || key.ends_with("_PW");
    let named = pass || SECRET.iter().any(|part| key.contains(part));
    named && !NOT_SECRET.iter().any(|end| key.ends_with(end)) && !key.contains("PUBLIC_KEY")
}
