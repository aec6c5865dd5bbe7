//! Files for a rig: an office with real ones, a mapping that names them, and a portal that gets them in either dialect.

use testbed::onestop::{FilePlan, OfficeFiles};
use testbed::servers::lasting_port;

use crate::{Rig, merged};

/// The dialect in which files reach the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// The portal fetches them by signed links.
    Ndxp,
    /// dongbo uploads them.
    Rest,
}

/// The files that dongbo delivers; the others stay links of the office's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// The result papers.
    Results,
    /// The result papers, and those that citizens handed in.
    ResultsAndPapers,
}

/// The example's mapping, with keys of files in the place of links.
fn mapping(delivered: Delivered, store: &str) -> String {
    let example = include_str!("../../../config/mapping.example.toml");
    let mut keyed = example.replace("k.duong_dan AS link", "k.khoa_tep AS file");
    if delivered == Delivered::ResultsAndPapers {
        keyed = keyed.replace("g.duong_dan AS link", "g.khoa_tep AS file");
    }
    assert_ne!(example, keyed, "the example's queries are others by now");
    format!("{keyed}\n[files.results]\n{store}\n")
}

impl Rig {
    /// Gives the office real files of `plan`, at most `max_bytes` large, and has dongbo deliver them. `more` are further
    /// keys of `[files]`.
    pub async fn deliver_files(
        &mut self,
        dialect: Dialect,
        delivered: Delivered,
        plan: FilePlan,
        max_bytes: u64,
        more: &str,
    ) -> OfficeFiles {
        let office = OfficeFiles::new(self.folder.join("tep"), plan);
        let place = |name: &str| self.folder.join(name).display().to_string();
        let store =
            format!("kind = \"folder\"\nroot = \"{}\"\nmax_bytes = {max_bytes}", office.root().display());
        std::fs::write(place("mapping.toml"), mapping(delivered, &store)).unwrap();
        std::fs::write(place("link.keys"), format!("k1 {}", "0123456789abcdef".repeat(2))).unwrap();
        // Its daemon may be killed, and listens there again.
        let listen = format!("127.0.0.1:{}", lasting_port().unwrap());
        let portal = match dialect {
            Dialect::Ndxp => String::new(),
            Dialect::Rest => format!(
                "dialect = \"rest\"\nadapter_url = \"{}/rest\"\ndstcode = \"\"\nunit_code = \"\"",
                self.mock.url()
            ),
        };
        let own = format!(
            "[source]\nmapping = \"{}\"\n[portal]\n{portal}\n[files]\nlisten = \"{listen}\"\n\
             public_url = \"http://{listen}/tep\"\nlink_keys_file = \"{}\"\n{more}",
            place("mapping.toml"),
            place("link.keys"),
        );
        let file = self.folder.join("dongbo.toml");
        std::fs::write(&file, merged(&std::fs::read_to_string(&file).unwrap(), &own)).unwrap();
        self.config = dongbo::config::Config::load(Some(&file)).unwrap();
        office
    }
}

/// Empties the links to files in a dossier or a part of one: they are dongbo's, and the office knows none of them.
pub fn without_links(value: &mut serde_json::Value) {
    match value {
        serde_json::Value::Array(items) => items.iter_mut().for_each(without_links),
        serde_json::Value::Object(fields) => {
            for link in ["DuongDanTepTinKetQua", "DuongDanTaiTepTin"] {
                if let Some(link) = fields.get_mut(link) {
                    *link = "".into();
                }
            }
            fields.values_mut().for_each(without_links);
        }
        _ => {}
    }
}
