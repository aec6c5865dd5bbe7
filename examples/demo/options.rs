//! The command line.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use dongbo_model::Lang;

/// Changes a second that the local system makes while the backlog drains.
pub(crate) const LIVE_PER_SECOND: u32 = 5;
/// Changes a second with `--keep`.
pub(crate) const KEEP_PER_SECOND: u32 = 10;
/// Dossiers of a commune's year.
const A_YEAR: u32 = 12_000;

const TEMPLATE: &str = "{about}\n\nCách dùng (usage): {usage}\n\n{options}\n";

/// Hồ sơ của một xã, một Cổng hay trục trặc, và dongbo ở giữa
/// (a commune's dossiers, a portal that misbehaves, and dongbo between them).
#[derive(Debug, Parser)]
#[command(name = "demo", help_template = TEMPLATE, disable_help_flag = true)]
pub(crate) struct Options {
    /// Số hồ sơ, mặc định 2000 (dossiers; 2000 by default).
    #[arg(
        long, value_name = "N", default_value_t = 2_000, hide_default_value = true,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    dossiers: u32,
    /// Cả một năm của xã: 12.000 hồ sơ (the commune's whole year: 12,000 dossiers).
    #[arg(long, conflicts_with = "dossiers")]
    year: bool,
    /// Mầm ngẫu nhiên: cùng mầm thì cùng hồ sơ (the same seed gives the same dossiers).
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    pub(crate) seed: u64,
    /// Xong vẫn chạy tiếp, đến khi nhấn Ctrl-C (goes on running afterwards, until Ctrl-C).
    #[arg(long)]
    pub(crate) keep: bool,
    /// Ngôn ngữ: vi hoặc en (language: vi or en).
    #[arg(
        long, default_value = Lang::Vi.name(), env = "DONGBO_LANG", hide_default_value = true, hide_env = true,
        hide_possible_values = true, value_parser = languages()
    )]
    pub(crate) lang: Lang,
    /// Nơi để các tệp, mặc định là một thư mục tạm mới (where the files go; a new temporary folder by default).
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
    /// Xem hướng dẫn này (shows this help).
    #[arg(long, short, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

impl Options {
    /// Dossiers that are there from the start.
    pub(crate) fn wanted(&self) -> u64 {
        u64::from(if self.year { A_YEAR } else { self.dossiers })
    }
}

fn languages() -> impl TypedValueParser<Value = Lang> {
    PossibleValuesParser::new(Lang::NAMES).map(|name| Lang::from_name(&name).unwrap_or_default())
}
