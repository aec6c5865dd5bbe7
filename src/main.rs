//! The dongbo binary.

fn main() {}
