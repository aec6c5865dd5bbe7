//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::lang::Lang;

/// Changes a second that the local system makes while the backlog drains.
pub(crate) const LIVE_PER_SECOND: f64 = 5.0;
/// Changes a second with `--keep`.
pub(crate) const KEEP_PER_SECOND: f64 = 10.0;

/// Một năm hồ sơ của một xã, một cổng hay trục trặc, và dongbo ở giữa (a year of one commune, a portal that misbehaves,
/// and dongbo between them).
#[derive(Debug, Parser)]
#[command(name = "demo")]
pub(crate) struct Options {
    /// Số hồ sơ trong năm (dossiers in the year)
    #[arg(long, value_name = "N", default_value_t = 12_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) dossiers: u32,
    /// Mầm ngẫu nhiên: cùng mầm thì cùng hồ sơ và cùng sự cố (the same seed gives the same dossiers and faults)
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Xong vẫn chạy tiếp, đến khi nhấn Ctrl-C (goes on running afterwards, until Ctrl-C)
    #[arg(long)]
    pub(crate) keep: bool,
    /// Ngôn ngữ (language)
    #[arg(long, value_enum, default_value_t = Lang::Vi)]
    pub(crate) lang: Lang,
    /// Nơi để các tệp; mặc định là một thư mục tạm mới (where the files go; a new temporary folder by default)
    #[arg(long, value_name = "DIR")]
    pub(crate) folder: Option<PathBuf>,
}

impl Options {
    /// Dossiers of the year.
    pub(crate) fn dossiers_wanted(&self) -> u64 {
        u64::from(self.dossiers)
    }
}
