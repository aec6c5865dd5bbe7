//! Stores of files: real folders, links and pipes, real servers, real databases.
//!
//! Each module is `cfg(test)` so that clippy knows helpers here for what they are: test code, which may panic.

#[cfg(test)]
mod column;
#[cfg(test)]
mod folder;
#[cfg(test)]
mod http;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod mapping;
#[cfg(test)]
mod office;
#[cfg(test)]
mod s3;
#[cfg(test)]
mod tls;
