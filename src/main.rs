//! The dongbo binary. Everything is in the library.

#[tokio::main]
async fn main() -> std::process::ExitCode {
    dongbo::cli::main().await
}
