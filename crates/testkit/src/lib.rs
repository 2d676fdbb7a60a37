//! Real systems for tests, and repositories to try them on.
