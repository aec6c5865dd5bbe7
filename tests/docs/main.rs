//! The documentation says what is: its links lead somewhere, its commands exist, its metrics, log events and keys are
//! the real ones, the crates import what its table of floors lets them, and every text keeps to the glossary.

#[cfg(test)]
mod api;
#[cfg(test)]
mod command_line;
#[cfg(test)]
mod commands;
#[cfg(test)]
mod configuration;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod floors;
#[cfg(test)]
mod glossary;
#[cfg(test)]
mod health;
#[cfg(test)]
mod installation;
#[cfg(test)]
mod links;
#[cfg(test)]
mod logging;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod monitoring;
#[cfg(test)]
mod pages;
#[cfg(test)]
mod texts;
#[cfg(test)]
mod units;
