//! The documentation says what is: its links lead somewhere, its commands exist, its metrics and keys are the real ones.

#[cfg(test)]
mod command_line;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod links;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod pages;
