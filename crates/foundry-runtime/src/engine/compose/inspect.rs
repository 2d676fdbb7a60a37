//! What a container's health check says, in one line.

use bollard::models::ContainerInspectResponse;

/// The output and exit code of the last health check that failed.
pub(super) fn last_check(container: &ContainerInspectResponse) -> Option<String> {
    let log = container.state.as_ref()?.health.as_ref()?.log.as_ref()?;
    let last = log.iter().rev().find(|check| check.exit_code != Some(0))?;
    let said = last.output.as_deref().unwrap_or_default();
    let line = said.lines().rev().map(str::trim).find(|line| !line.is_empty());
    Some(match line {
        Some(line) => line.chars().take(300).collect(),
        None => format!("the health check ended with exit code {}", last.exit_code.unwrap_or(-1)),
    })
}

/// How far a starting health check is: how many checks failed, of how many that may.
pub(super) fn starting(container: &ContainerInspectResponse) -> String {
    match tries(container) {
        (0, _) => "health: starting".to_string(),
        (failed, of) => format!("health: starting, {failed} of {of}"),
    }
}

/// Whether so many checks failed in a row that the container is unhealthy for that reason.
pub(super) fn out_of_tries(container: &ContainerInspectResponse) -> bool {
    let (failed, of) = tries(container);
    failed >= of
}

/// How many checks failed in a row, and how many may; the engine's own default is 3.
fn tries(container: &ContainerInspectResponse) -> (i64, i64) {
    let health = container.state.as_ref().and_then(|state| state.health.as_ref());
    let check = container.config.as_ref().and_then(|config| config.healthcheck.as_ref());
    let of = check.and_then(|check| check.retries).filter(|retries| *retries > 0).unwrap_or(3);
    (health.and_then(|health| health.failing_streak).unwrap_or(0), of)
}
