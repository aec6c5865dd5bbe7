//! Runs the mock portal until a signal stops it.

#![expect(clippy::disallowed_methods, reason = "a stand-in, which prints its own addresses and contracts")]

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use mock_portal::{Config, Faults, MockPortal};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

/// A strict and nasty stand-in for the portal's synchronisation API.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Configuration file; mock-portal.toml documents its keys.
    #[arg(long)]
    config: Option<PathBuf>,
    /// The contract by which fields are checked.
    #[arg(long, value_name = "NAME")]
    contract: Option<String>,
    /// Print a built-in contract, to change it and pass it as contract_file.
    #[arg(long, value_name = "NAME")]
    print_contract: Option<String>,
    /// Address of the service port.
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// Address of the admin API.
    #[arg(long)]
    admin: Option<SocketAddr>,
    /// Seed of all chance.
    #[arg(long)]
    seed: Option<u64>,
    /// Start with the service port shut.
    #[arg(long)]
    down: bool,
    /// Add a rule of every kind of fault, at one to three percent each.
    #[arg(long)]
    nasty: bool,
}

type Failure = Box<dyn std::error::Error>;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let arguments = Arguments::parse();
    let done = match &arguments.print_contract {
        Some(name) => print_contract(name),
        None => run(arguments).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(ToString::to_string).unwrap_or_default();
            tracing::error!(%error, cause, "the mock portal cannot run");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let portal = MockPortal::start(arguments.into_config()?).await?;
    // One line for a script to read; everything else goes to stderr.
    let addresses = json!({ "url": portal.url(), "admin_url": portal.admin_url() });
    writeln!(std::io::stdout(), "{addresses}")?;
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    portal.stop().await;
    Ok(())
}

fn print_contract(name: &str) -> Result<(), Failure> {
    let text = mock_portal::built_in_contract(name).ok_or("no contract has this name")?;
    Ok(std::io::stdout().write_all(text.as_bytes())?)
}

impl Arguments {
    fn into_config(self) -> Result<Config, mock_portal::Error> {
        let mut config = self.config.as_deref().map_or_else(|| Ok(Config::default()), Config::load)?;
        config.listen = self.listen.unwrap_or(config.listen);
        config.admin_listen = self.admin.unwrap_or(config.admin_listen);
        config.contract = self.contract.unwrap_or(config.contract);
        config.seed = self.seed.unwrap_or(config.seed);
        config.start_down |= self.down;
        if self.nasty {
            config.faults.extend(Faults::nasty());
        }
        Ok(config)
    }
}
