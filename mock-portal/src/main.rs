//! Runs the mock portal.

fn main() {}
