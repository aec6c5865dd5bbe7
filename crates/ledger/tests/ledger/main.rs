//! The ledger by itself, on a file and on a server.
//!
//! Each module is `cfg(test)` so that clippy knows helpers here for what they are: test code, which may panic.

#[cfg(test)]
mod alike;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod book;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod delays;
#[cfg(test)]
mod earlier;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod false_servers;
#[cfg(test)]
mod files;
#[cfg(test)]
mod held;
#[cfg(test)]
mod late;
#[cfg(test)]
mod owner_store;
#[cfg(test)]
mod placed;
#[cfg(test)]
mod promises;
#[cfg(test)]
mod prune;
#[cfg(test)]
mod publication;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod tallies;
#[cfg(test)]
mod transfer;
