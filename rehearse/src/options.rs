//! The command line, as `dongbo rehearse` writes it.

use clap::Parser;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use dongbo_model::Lang;

/// Dựng một hệ thống một cửa và một Cổng giả để dùng thử dongbo (sets up a one-stop system and a mock portal to try dongbo with).
#[derive(Debug, Parser)]
#[command(name = "dongbo-rehearse", version)]
pub(crate) struct Options {
    /// Số hồ sơ (dossiers).
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) dossiers: u32,
    /// Cổng giả gây đủ loại lỗi (the mock portal fails in every way it knows).
    #[arg(long)]
    pub(crate) nasty: bool,
    /// Ngôn ngữ (language).
    #[arg(
        long, default_value = Lang::Vi.name(),
        value_parser = PossibleValuesParser::new(Lang::ALL.iter().map(|lang| lang.name()))
            .map(|name| Lang::from_name(&name).unwrap_or_default())
    )]
    pub(crate) lang: Lang,
}
