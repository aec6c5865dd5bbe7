//! Section `[catalogue]`: the portal's catalogue of procedures.

use std::time::Duration;

use serde::Deserialize;

use dongbo_model::schedule::Schedule;
use dongbo_portal::CatalogueFields;

/// Whether and when the catalogue is fetched, and what its fields are called.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Fetch it at all. Off, the mapping has to name every procedure in full, and none is known to be unknown.
    pub enabled: bool,
    /// When it is fetched: a cron expression with seconds, in Vietnamese time. A time that was missed is made up for at
    /// the start.
    pub refresh: String,
    /// Time between two calls of one fetch.
    #[serde(with = "humantime_serde")]
    pub pause: Duration,
    /// Path of the fees in `LayThuTuc`, which the guide does not name: names with dots between them, through lists too.
    pub fees_field: String,
    /// A fee's amount there.
    pub amount_field: String,
    /// Path of the results in `LayThuTuc`, which the guide does not name.
    pub results_field: String,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            enabled: false,
            refresh: "0 30 1 * * *".to_owned(),
            pause: Duration::from_secs(1),
            fees_field: "CACHTHUCTHUCHIEN.THOIGIAN.PHILEPHI".to_owned(),
            amount_field: "SOTIEN".to_owned(),
            results_field: "KETQUATHUCHIEN".to_owned(),
        }
    }
}

impl Settings {
    /// The names of fields that the portal's guide leaves open.
    #[must_use]
    pub fn fields(&self) -> CatalogueFields<'_> {
        CatalogueFields { fees: &self.fees_field, amount: &self.amount_field, results: &self.results_field }
    }

    /// The mistakes in these values by themselves, each in a sentence that names the key.
    #[must_use]
    pub fn validate(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        if let Err(error) = self.refresh.parse::<Schedule>() {
            wrong.push(format!("catalogue.refresh: {error}"));
        }
        for (key, name) in [
            ("fees_field", &self.fees_field),
            ("amount_field", &self.amount_field),
            ("results_field", &self.results_field),
        ] {
            if name.split('.').any(str::is_empty) {
                wrong.push(format!("catalogue.{key} must be a name, or names with a dot between them"));
            }
        }
        wrong
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn a_schedule_that_cannot_be_read_is_named() {
        let wrong = Settings { refresh: "nightly".to_owned(), ..Settings::default() }.validate();
        assert!(wrong.len() == 1 && wrong[0].contains("catalogue.refresh"), "{wrong:?}");
        assert_eq!(Settings::default().validate(), Vec::<String>::new());
    }
}
