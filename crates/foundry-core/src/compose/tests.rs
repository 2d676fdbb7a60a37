//! Tests of reading compose files.
