//! The address of the console, and the way in.

use tokio::net::TcpListener;

use crate::config::Config;
use dongbo_console::Entrance;
use dongbo_model::ErrorClass;

/// Takes the console's address and reads its certificate. Without the console everything else goes on, so what cannot be had is only
/// told.
pub(super) async fn listen(config: &Config) -> Option<(TcpListener, Entrance)> {
    let address = config.console.listen?;
    let entrance = match Entrance::new(&config.console) {
        Ok(entrance) => entrance,
        Err(error) => {
            tracing::error!(
                event = "console.certificate_failed",
                class = ErrorClass::Config.name(),
                "The console is not served: {error}; everything else goes on. Mend the files and restart"
            );
            return None;
        }
    };
    match TcpListener::bind(address).await {
        Ok(listener) => Some((listener, entrance)),
        Err(error) => {
            tracing::error!(
                event = "console.not_listening",
                class = ErrorClass::Config.name(),
                %address,
                "The console cannot be served on console.listen = {address}: {error}; everything else goes on. Choose another \
                 address, or an empty one for no console, and restart"
            );
            None
        }
    }
}
