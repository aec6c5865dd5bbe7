//! A commune's dossiers in under a minute: a local database, a portal that misbehaves in every way it knows and whose plug
//! is pulled, and dongbo between them in this same process. Type `cargo run --release --example demo`.

mod after;
mod commands;
mod drain;
mod failure;
mod faults;
mod folder;
mod judge;
mod keep;
mod live;
mod options;
mod output;
mod pace;
mod panel;
mod plug;
mod publish;
mod report;
mod screen;
mod stage;

use std::process::ExitCode;

use clap::Parser;
use dongbo_model::texts;

use failure::Failure;
use options::Options;
use screen::Screen;
use stage::Stage;

texts! {
    welcome(dossiers):
        "Xã Bờ Y có {dossiers} ở cơ sở dữ liệu một cửa, kèm tệp. Tất cả phải lên Cổng dịch vụ công. Cổng thử này gây đủ kiểu sự cố, rồi còn bị rút phích cắm. dongbo đứng giữa.",
        "Bờ Y commune has {dossiers} in its one-stop database, with their files. All of them must reach the national portal. This mock portal misbehaves in every way it knows, and then its plug is pulled. dongbo stands between.";
    preparing(folder): "Đang dựng dữ liệu trong {folder}", "Making the data in {folder}";
    begins(per_second):
        "Bắt đầu. Trong lúc gửi, cán bộ vẫn làm việc: {per_second} thay đổi mỗi giây.",
        "Off it goes. Meanwhile the clerks work on: {per_second} changes a second.";
}

#[tokio::main]
async fn main() -> ExitCode {
    if commands::is_dongbo_wanted() {
        return dongbo::cli::main().await;
    }
    let options = match Options::try_parse() {
        Ok(options) => options,
        Err(error) => return dongbo::cli::refuse(&error),
    };
    match play(&options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            output::complain(&failure.sentence(options.lang));
            ExitCode::from(failure.exit_code())
        }
    }
}

/// The whole demo; whether the portal equals the local database at its end.
async fn play(options: &Options) -> Result<bool, Failure> {
    let lang = options.lang;
    let folder = folder::make(options)?;
    folder::start_log(&folder);
    output::tell(&welcome(lang, lang.dossiers(options.wanted())));
    output::tell(&preparing(lang, folder.display()));
    let mut stage = Stage::set(options, &folder).await?;
    output::tell(&begins(lang, options::LIVE_PER_SECOND));
    output::say("");
    let clean = perform(&mut stage, options).await;
    let closed = stage.close().await;
    let clean = clean?;
    closed?;
    Ok(clean)
}

/// The demo on a stage that is set.
async fn perform(stage: &mut Stage, options: &Options) -> Result<bool, Failure> {
    let lang = options.lang;
    let mut screen = Screen::new(lang);
    let drained = tokio::select! {
        drained = drain::drain(stage, &mut screen, options.wanted()) => drained,
        _ = tokio::signal::ctrl_c() => Err(Failure::Interrupted),
    };
    let took = screen.close();
    let clean = report::tell_all(stage, lang, &drained?, took).await?;
    publish::publish(stage, lang).await?;
    commands::offer(stage, lang)?;
    if options.keep {
        keep::keep(stage, lang).await?;
    } else {
        after::wait(stage, lang).await;
    }
    Ok(clean)
}
