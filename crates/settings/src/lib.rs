//! Layers of configuration, whatever the sections: the origin of each value, and everything that is wrong at once. Also
//! the parts that sections are made of: secrets, sizes, hosts, certificates, proxies, whose files are, files that appear whole, and hints
//! at the name that was meant.

pub mod capped;
mod flaws;
mod gather;
mod hash_key;
pub mod hint;
mod host;
mod layer;
mod lists;
mod loaded;
pub mod ownership;
pub mod pem;
pub mod proxy;
mod secret;
pub mod size;
pub mod whole;

pub use hash_key::HashKey;
pub use host::is_this_machine;
pub use layer::Origin;
pub use lists::List;
pub use loaded::{Attempt, Entry, Layered, Loaded, SettingsError};
pub use secret::{Secret, SecretError};
