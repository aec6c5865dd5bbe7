//! The address of the console.

use tokio::net::TcpListener;

use crate::config::Config;
use dongbo_model::ErrorClass;

/// Takes the console's address. Without the console everything else goes on, so an address that cannot be had is only told.
pub(super) async fn listen(config: &Config) -> Option<TcpListener> {
    let address = config.console.listen?;
    match TcpListener::bind(address).await {
        Ok(listener) => Some(listener),
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
