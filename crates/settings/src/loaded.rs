//! The configuration in force: the values, where each comes from, and how to show them without their secrets.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use config::Config;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::flaws::take_out_flaws;
use crate::layer::{Layer, Origin, leaves, merge};
use crate::lists::List;
use crate::{gather, secret};

/// Stands for a secret.
const MASK: &str = "•••";

/// A configuration that is read in layers.
pub trait Layered: DeserializeOwned {
    /// The defaults of every key, as TOML.
    const DEFAULTS: &'static str;
    /// The file that is read when none is named, if it exists.
    const FILE: &'static str;
    /// The sections that there may be several of.
    const LISTS: &'static [List] = &[];

    /// The rules that the values break, by themselves and together, each in a sentence that names its keys.
    fn validate(&self) -> Vec<String>;

    /// The sections whose `password_file` may be a credential of the systemd unit.
    fn passwords(&self) -> Vec<String>;
}

/// A configuration that cannot be used. Every problem names the place, the key and the remedy, and quotes no value that
/// may hold a secret.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.told())]
pub struct SettingsError {
    /// Everything that is wrong, never empty.
    pub problems: Vec<String>,
    /// The file of the configuration, when there is none and nothing else sets a value.
    pub missing: Option<PathBuf>,
}

impl SettingsError {
    fn told(&self) -> String {
        match &self.missing {
            Some(file) => format!(
                "there is no configuration file {}: write one with dongbo init, or name yours with --config",
                file.display()
            ),
            None => format!("the configuration is wrong:\n  - {}", self.problems.join("\n  - ")),
        }
    }
}

/// Stands for an error of merged layers. Each was read by itself and they merge key by key, so there is none to expect;
/// its own text is dropped, because it may quote a value.
fn unexplained<E>(_: E) -> SettingsError {
    SettingsError {
        problems: vec!["each layer is valid, but not their combination: please report this".to_owned()],
        missing: None,
    }
}

/// A configuration that can be used, with the origin of each value.
#[derive(Debug, Clone)]
pub struct Loaded<C> {
    /// The values.
    pub config: C,
    /// The values for people and machines to read, in the order of their key paths. No secret is in them.
    pub entries: Vec<Entry>,
    /// The files that were read, the weakest first.
    pub files: Vec<PathBuf>,
}

/// A configuration as far as it can be had.
#[derive(Debug, Clone)]
pub struct Attempt<C> {
    /// The values. Those with a problem are the ones below them: in the end the defaults.
    pub loaded: Loaded<C>,
    /// All that is wrong; with any of it the daemon does not start.
    pub problems: Vec<String>,
    /// `true` when every place could be read. Otherwise no value is certain: the unread place may set it.
    pub all_was_read: bool,
    /// The file of the configuration, when there is none and nothing else sets a value.
    pub missing: Option<PathBuf>,
}

/// One value of the configuration in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The key path, for example `push.lease`.
    pub key: String,
    /// The value as it stands in TOML, for example `"60s"`; a secret in it is masked.
    pub value: String,
    /// The place that it comes from; text when serialised.
    pub origin: Origin,
    /// `true` when something in `value` is masked.
    pub masked: bool,
}

impl<C: Layered> Loaded<C> {
    /// Loads the layers, each over the one before, key by key: the compiled-in defaults; `main`, or [`Layered::FILE`]
    /// where that exists; the files `conf.d/*.toml` beside it in byte order of their names; the variables
    /// `DONGBO__SECTION__KEY` of `environment`; and the passwords that systemd put into the folder that
    /// `CREDENTIALS_DIRECTORY` names, as the files of these passwords. No secret itself is read.
    ///
    /// # Errors
    /// When a file cannot be read, a key is not known, a value has the wrong form, or values break a rule together. All of it
    /// is told at once.
    pub fn new<K: Into<OsString>, V: Into<OsString>>(
        main: Option<&Path>,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, SettingsError> {
        let attempt = Self::attempt(main, environment)?;
        if attempt.problems.is_empty() {
            Ok(attempt.loaded)
        } else {
            Err(SettingsError { problems: attempt.problems, missing: attempt.missing })
        }
    }

    /// Loads the layers as [`Loaded::new`] does, and gives the values together with the problems.
    ///
    /// # Errors
    /// When the compiled-in defaults are broken.
    pub fn attempt<K: Into<OsString>, V: Into<OsString>>(
        main: Option<&Path>,
        environment: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Attempt<C>, SettingsError> {
        let lowest = Layer::from_toml(Origin::Default, C::DEFAULTS)
            .map_err(|problem| SettingsError { problems: vec![problem], missing: None })?;
        let mut layers = vec![lowest];
        let mut defaults = merge(&layers).map_err(unexplained)?;
        let mut gathered = gather::gather(main, Path::new(C::FILE), environment, &defaults, C::LISTS);
        let mut problems = gathered.problems;
        let all_was_read = problems.is_empty();
        let mut broken = Vec::new();
        let mut single = Vec::new();
        for list in C::LISTS {
            let names = list.unfold(&mut gathered.layers, &mut problems);
            if let Some(layer) = list.defaults(&names, &defaults) {
                layers.push(layer);
                defaults = merge(&layers).map_err(unexplained)?;
                single.push(format!("{}.", list.one));
            }
        }
        for mut layer in gathered.layers {
            for flaw in take_out_flaws::<C>(&mut layer, &defaults).map_err(unexplained)? {
                problems.push(format!("{}: {}", layer.origin, flaw.text));
                broken.push(flaw.key);
            }
            layers.push(layer);
        }
        if let Some(folder) = gathered.credentials {
            let config: C = read(merge(&layers).map_err(unexplained)?)?;
            layers.extend(gather::credentials(&folder, &config.passwords()));
        }
        let merged = merge(&layers).map_err(unexplained)?;
        let mut entries = entries(&merged, &layers);
        // Where there are several, the one is nothing.
        entries.retain(|entry| {
            entry.origin != Origin::Default || !single.iter().any(|one| entry.key.starts_with(one.as_str()))
        });
        let config: C = read(merged)?;
        // A file that could not be read may set any value, so the rules are not judged.
        if all_was_read {
            let rules = config.validate().into_iter();
            problems.extend(
                rules
                    .filter(|rule| !broken.iter().any(|key| words(rule).contains(key.as_str())))
                    .map(|rule| with_places(rule, &entries)),
            );
        }
        let loaded = Self { config, entries, files: gathered.files };
        Ok(Attempt { loaded, problems, all_was_read, missing: gathered.missing })
    }

    /// The origin of the value of `key`; `None` for a key without a value.
    #[must_use]
    pub fn origin(&self, key: &str) -> Option<&Origin> {
        self.entries.iter().find(|entry| entry.key == key).map(|entry| &entry.origin)
    }

    /// Every file with a secret in it that its group or others can read, each in a sentence with the remedy: of
    /// `secret_files`, which stand beside their keys, and of the configuration's own files where a masked value stands in
    /// one. Files that systemd hands over are left out: it sees to them itself, and its access list looks like a group's
    /// right. Files that cannot be looked at are left out too: opening them says why.
    #[must_use]
    pub fn exposed_secrets(&self, secret_files: &[(&str, Option<&Path>)]) -> Vec<String> {
        let named = secret_files
            .iter()
            .filter(|(key, _)| self.origin(key) != Some(&Origin::Credential))
            .filter_map(|&(key, file)| Some((key, file?)));
        let holding_masked =
            self.entries.iter().filter(|entry| entry.masked).filter_map(|entry| match &entry.origin {
                Origin::File(file) => Some((entry.key.as_str(), file.as_path())),
                _ => None,
            });
        named
            .chain(holding_masked)
            .filter_map(|(key, file)| Some(format!("{key}: {}", secret::exposure(file)?)))
            .collect()
    }
}

/// The words of `rule` that could be key paths.
fn words(rule: &str) -> BTreeSet<&str> {
    rule.split(|c: char| !(c.is_ascii_lowercase() || c.is_ascii_digit() || "_.-".contains(c))).collect()
}

/// `rule` with the places of the values that it names, defaults apart.
fn with_places(rule: String, entries: &[Entry]) -> String {
    let places: Vec<String> = words(&rule)
        .into_iter()
        .filter_map(|word| entries.iter().find(|entry| entry.key == word && entry.origin != Origin::Default))
        .map(|entry| format!("{} is from {}", entry.key, entry.origin))
        .collect();
    if places.is_empty() { rule } else { format!("{rule} [{}]", places.join(", ")) }
}

/// The configuration that the merged layers say.
fn read<C: DeserializeOwned>(merged: Config) -> Result<C, SettingsError> {
    merged.try_deserialize::<toml::Table>().map_err(unexplained)?.try_into().map_err(unexplained)
}

fn entries(merged: &Config, layers: &[Layer]) -> Vec<Entry> {
    let origin =
        |told: &str| layers.iter().map(|layer| &layer.origin).find(|origin| origin.to_string() == told);
    let entry = |(key, value): (String, &config::Value)| {
        let origin = value.origin().and_then(origin).cloned().unwrap_or(Origin::Default);
        let value: toml::Value = value.clone().try_deserialize().ok()?;
        let mask = value.as_str().and_then(masked);
        let masked = mask.is_some();
        let value = mask.map_or_else(|| value.to_string(), |text| toml::Value::String(text).to_string());
        Some(Entry { key, value, origin, masked })
    };
    leaves(&merged.cache).into_iter().filter_map(entry).collect()
}

/// Names that stand before the `=` of a password in a connection string.
const SECRET_NAMES: [&str; 4] = ["password", "pwd", "pass", "secret"];

/// `text` with the password of the URL that it is masked; `None` when it holds none. Rather too much is masked than too
/// little: what names a password outright may hold it in any form, so nothing of it is shown.
fn masked(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let mut names = lower.match_indices('=').filter_map(|(at, _)| lower.get(..at));
    if names.any(|before| SECRET_NAMES.iter().any(|name| before.trim_end().ends_with(name))) {
        return Some(MASK.to_owned());
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        // As `user:password@host/database`, an address without its scheme.
        let (who, _) = text.split_once('@')?;
        return (who.contains(':') && !who.contains('/')).then(|| MASK.to_owned());
    };
    let (who, place) = rest.rsplit_once('@')?;
    let (user, _) = who.split_once(':')?;
    Some(format!("{scheme}://{user}:{MASK}@{place}"))
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn every_place_of_a_password_in_a_url_is_masked() {
        for (url, shown) in [
            ("postgres://u:geheim@h/d", "postgres://u:•••@h/d"),
            ("postgres://u:ge@hei:m/x@h:5432/d", "postgres://u:•••@h:5432/d"),
            ("postgres://u@h/d?user=u&sslpassword=ge@heim&x=1", "•••"),
            ("host=h user=u Password=geheim", "•••"),
            ("Server=h;Uid=u;PWD = geheim", "•••"),
            ("u:geheim@h:5432/d", "•••"),
        ] {
            assert_eq!(masked(url).as_deref(), Some(shown));
        }
    }

    #[test]
    fn what_holds_no_password_is_shown_as_it_is() {
        for text in ["postgres://u@h/d", "postgresql://h/d?user=u", "/var/lib/x.db", "0 0 2 * * *", "/a:b@c"]
        {
            assert_eq!(masked(text), None, "{text}");
        }
    }
}
