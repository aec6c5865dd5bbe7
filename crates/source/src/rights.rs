//! The rights of the account beyond reading, which no query of the mapping needs.

/// The most tables that are named.
const MOST_NAMED: usize = 5;

/// The rights of MySQL and MariaDB by which a table is written.
const WRITING: [&str; 7] = ["ALL PRIVILEGES", "INSERT", "UPDATE", "DELETE", "DROP", "ALTER", "CREATE"];

/// Rights of a server's account beyond reading.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WriteRights {
    /// Whether it may do everything.
    pub is_superuser: bool,
    /// The number of tables that it may write to.
    pub tables: u64,
    /// Some of them.
    pub named: Vec<String>,
}

impl WriteRights {
    /// Those to write to the tables of these names.
    pub(crate) fn to(is_superuser: bool, mut named: Vec<String>) -> Self {
        let tables = u64::try_from(named.len()).unwrap_or(u64::MAX);
        named.truncate(MOST_NAMED);
        Self { is_superuser, tables, named }
    }

    /// Whether it may only read.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        !self.is_superuser && self.tables == 0
    }
}

/// The rights that the lines of a `SHOW GRANTS` give in `database`, which has these `tables`.
pub(crate) fn granted(grants: &[String], database: &str, tables: Vec<String>) -> WriteRights {
    let mut is_superuser = false;
    let mut all = false;
    let mut single = Vec::new();
    for grant in grants {
        let Some((rights, object)) = grant
            .strip_prefix("GRANT ")
            .and_then(|grant| grant.split_once(" ON "))
            .and_then(|(rights, rest)| Some((rights, rest.rsplit_once(" TO ")?.0)))
        else {
            continue;
        };
        let has = |wanted: &str| rights.split(',').any(|right| right.trim() == wanted);
        is_superuser |= object == "*.*" && (has("ALL PRIVILEGES") || has("SUPER"));
        // A right to columns has them in parentheses behind it.
        let writes = WRITING.iter().any(|right| has(right))
            || rights.contains("UPDATE (")
            || rights.contains("INSERT (");
        if !writes {
            continue;
        }
        let bare: String = object.chars().filter(|c| !matches!(c, '`' | '\\')).collect();
        match bare.split_once('.') {
            Some(("*", _)) => all = true,
            Some((schema, "*")) if schema == database || schema == "%" => all = true,
            Some((schema, table)) if schema == database => single.push(table.to_owned()),
            _ => {}
        }
    }
    single.sort();
    WriteRights::to(is_superuser, if all { tables } else { single })
}

#[cfg(test)]
mod tests {
    use super::granted;

    #[test]
    fn what_a_server_grants_is_read_from_its_own_words() {
        let of = |grants: &[&str]| {
            let grants: Vec<String> = grants.iter().map(|grant| (*grant).to_owned()).collect();
            let rights = granted(&grants, "mot_cua", vec!["ho_so".to_owned(), "le_phi".to_owned()]);
            (rights.is_superuser, rights.tables, rights.named.join(" "))
        };
        let usage = "GRANT USAGE ON *.* TO `dongbo`@`%` IDENTIFIED BY PASSWORD '*X'";
        let select = "GRANT SELECT, SHOW VIEW ON `mot\\_cua`.* TO `dongbo`@`%`";
        assert_eq!(of(&[usage, select]), (false, 0, String::new()));
        let one = "GRANT SELECT, INSERT (ten), DELETE ON `mot_cua`.`le_phi` TO `dongbo`@`%`";
        assert_eq!(of(&[usage, select, one]), (false, 1, "le_phi".to_owned()));
        let other = "GRANT INSERT ON `nhat_ky`.* TO `dongbo`@`%`";
        assert_eq!(of(&[other]), (false, 0, String::new()));
        let all = "GRANT SELECT, UPDATE ON `mot_cua`.* TO `dongbo`@`%`";
        assert_eq!(of(&[all]), (false, 2, "ho_so le_phi".to_owned()));
        let root = "GRANT ALL PRIVILEGES ON *.* TO `root`@`localhost` WITH GRANT OPTION";
        assert_eq!(of(&[root]), (true, 2, "ho_so le_phi".to_owned()));
    }
}
