//! dongbo between a simulated one-stop system and a mock portal: real databases, real HTTP, real faults.

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod binary;
#[cfg(test)]
mod catalogue;
#[cfg(test)]
mod causes;
#[cfg(test)]
mod check;
#[cfg(test)]
mod config;
#[cfg(test)]
mod console;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod contradictions;
#[cfg(test)]
mod control;
#[cfg(test)]
mod convergence;
#[cfg(test)]
mod delays;
#[cfg(test)]
mod demo;
#[cfg(test)]
mod discovery;
#[cfg(test)]
mod disks;
#[cfg(test)]
mod facts;
#[cfg(test)]
mod files;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod housekeeping;
#[cfg(test)]
mod indicators;
#[cfg(test)]
mod init;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod late;
#[cfg(test)]
mod local_changes;
#[cfg(test)]
mod logging;
#[cfg(test)]
mod loops;
#[cfg(test)]
mod memory;
#[cfg(test)]
mod metrics;
#[cfg(test)]
mod mixed;
#[cfg(test)]
mod mornings;
#[cfg(test)]
mod not_sent;
#[cfg(test)]
mod notify;
#[cfg(test)]
mod opencps;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod over_http;
#[cfg(test)]
mod owner_store;
#[cfg(test)]
mod ownership;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod process;
#[cfg(test)]
mod proxies;
#[cfg(test)]
mod published;
#[cfg(test)]
mod reading_commands;
#[cfg(test)]
mod reconcile;
#[cfg(test)]
mod reload;
#[cfg(test)]
mod reports;
#[cfg(test)]
mod rest;
#[cfg(test)]
mod secure;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod service;
#[cfg(test)]
mod shared;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod terminals;
#[cfg(test)]
mod three_views;
#[cfg(test)]
mod trouble;
#[cfg(test)]
mod typed;
#[cfg(test)]
mod verdict;
#[cfg(test)]
mod watch;
