//! Section `[portal.ndxp]`: the form in which dialect `ndxp` is spoken, and what the form of a province's proxy is called.

use serde::Deserialize;

use dongbo_model::vocabulary;

vocabulary! {
    /// A form of dialect `ndxp`.
    pub enum NdxpForm {
        /// The adapter on the national data exchange platform: one path for all services, under a session.
        Adapter = "adapter";
        /// A province's proxy before the adapter: a path for each service, a bare array as body, and no log-in.
        Proxy = "proxy";
    }
}

/// Section `[portal.ndxp]`. All but `form` is of the proxy's form.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NdxpSettings {
    /// The form in which the dialect is spoken.
    pub form: NdxpForm,
    /// Path of the dossiers below `adapter_url`.
    pub dossiers_path: String,
    /// Path of the steps below `adapter_url`; assumed.
    pub steps_path: String,
    /// Path of a look-up below `adapter_url`; empty when the proxy has none, as far as is published.
    pub lookup_path: String,
    /// The parameter of the address that holds `unit_code`.
    pub unit_parameter: String,
    /// The parameter that says `True` of an update and `False` of a create.
    pub updating_parameter: String,
    /// The parameter of a look-up that holds the dossier's code; assumed.
    pub code_parameter: String,
}

impl Default for NdxpSettings {
    fn default() -> Self {
        Self {
            form: NdxpForm::Adapter,
            dossiers_path: "/DongBoHoSoMC".to_owned(),
            steps_path: "/CapNhatTienDoHoSoMC".to_owned(),
            lookup_path: String::new(),
            unit_parameter: "MaDinhDanhDV".to_owned(),
            updating_parameter: "isUpdating".to_owned(),
            code_parameter: "MaHoSo".to_owned(),
        }
    }
}

impl NdxpSettings {
    /// Everything that is wrong here, each as a sentence for the operator.
    pub(crate) fn validate(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let paths = [("dossiers_path", &self.dossiers_path), ("steps_path", &self.steps_path)];
        let look_up = Some(("lookup_path", &self.lookup_path)).filter(|(_, path)| !path.is_empty());
        for (key, path) in paths.into_iter().chain(look_up) {
            if !path.starts_with('/') {
                problems.push(format!("portal.ndxp.{key} must begin with /"));
            }
        }
        for (key, name) in [
            ("unit_parameter", &self.unit_parameter),
            ("updating_parameter", &self.updating_parameter),
            ("code_parameter", &self.code_parameter),
        ] {
            if name.trim().is_empty() {
                problems.push(format!("portal.ndxp.{key} is missing"));
            }
        }
        problems
    }
}
