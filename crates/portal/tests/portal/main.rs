//! The portal client against servers that do what they are told, and against the mock portal.
//!
//! The modules say `cfg(test)` so that clippy knows their helpers for test code.

#[cfg(test)]
mod answers;
#[cfg(test)]
mod canned;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod encodings;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod item_verdicts;
#[cfg(test)]
mod look_up;
#[cfg(test)]
mod mock;
#[cfg(test)]
mod proxied;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod rest_client;
#[cfg(test)]
mod session;
#[cfg(test)]
mod tls;
#[cfg(test)]
mod transport;
#[cfg(test)]
mod wire_form;
#[cfg(test)]
mod world;
