//! Foundry thinks here: no I/O, no clock, no environment; text in, values out.
