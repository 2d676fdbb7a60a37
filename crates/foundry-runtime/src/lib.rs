//! Foundry acts here: files, hosts and engines; nothing is decided and nothing is printed.
