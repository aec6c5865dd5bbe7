//! The local one-stop system, and the reference model: the dossiers that it has committed, version by version.

use std::path::Path;

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Asia::Ho_Chi_Minh;
use dongbo_connections::SimulatedCalls;
use rand::RngExt as _;
use rand::rngs::StdRng;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};

const UNITS: [&str; 3] = ["H48.57", "H48.58", "H48.59"];
/// The vendor's words and the nation's numbers, in the order of a dossier's life; the last two alternate.
const LIFE: [(&str, u8); 4] = [("MOI", 1), ("DA_TIEP_NHAN", 2), ("DANG_XU_LY", 4), ("CHO_BO_SUNG", 5)];

/// A dossier as it stands in the local database.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub revision: u32,
    pub status: u8,
}

/// A dossier of the reference model: all that was committed of it.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub code: String,
    /// Whether it is the second local system's.
    pub of_second: bool,
    id: i64,
    created: DateTime<Utc>,
    stage: usize,
    last_step: DateTime<Utc>,
    /// The contents of its steps.
    pub steps: Vec<String>,
    pub versions: Vec<Version>,
}

/// A change that is made and not committed.
#[derive(Debug, Clone)]
pub(crate) struct Open {
    pub dossier: usize,
    at: DateTime<Utc>,
    moves: bool,
}

pub(crate) struct Local {
    calls: SimulatedCalls,
    connection: SqliteConnection,
    /// To the second local system, where there is one.
    second: Option<SqliteConnection>,
    pub dossiers: Vec<Model>,
    last_id: i64,
    chance: StdRng,
}

impl Local {
    pub(crate) fn open(path: &Path, second: Option<&Path>, calls: SimulatedCalls, chance: StdRng) -> Self {
        let connect = |path: &Path| {
            let options = SqliteConnectOptions::new().filename(path).disable_statement_logging();
            calls.finish(SqliteConnection::connect_with(&options)).unwrap()
        };
        let (connection, second) = (connect(path), second.map(connect));
        Self { calls, connection, second, dossiers: Vec::new(), last_id: 0, chance }
    }

    /// Draws a change at `at` of any dossier, or of a new one.
    pub(crate) fn draw(&mut self, at: DateTime<Utc>) -> Open {
        let many = self.dossiers.len();
        let dossier = if many == 0 || self.chance.random_ratio(1, 4) {
            many
        } else {
            self.chance.random_range(0..many)
        };
        self.change(dossier, at)
    }

    /// A change at `at` of this dossier.
    pub(crate) fn change(&mut self, dossier: usize, at: DateTime<Utc>) -> Open {
        Open { dossier, at, moves: self.chance.random_ratio(3, 5) }
    }

    /// A change at `at` of this dossier that makes a step.
    pub(crate) fn step(&self, dossier: usize, at: DateTime<Utc>) -> Open {
        Open { dossier, at, moves: true }
    }

    pub(crate) fn any(&mut self) -> Option<usize> {
        let many = self.dossiers.len();
        (many > 0).then(|| self.chance.random_range(0..many))
    }

    /// Commits a change. What it becomes follows from what is there by now, its time from when it was made.
    pub(crate) fn commit(&mut self, open: &Open) -> String {
        let new = open.dossier >= self.dossiers.len();
        if new {
            self.last_id += 1;
            let number = self.dossiers.len() + 1;
            let code = format!("H48.57-240304-{number:04}");
            self.dossiers.push(Model {
                code,
                of_second: self.second.is_some() && number.is_multiple_of(3),
                id: self.last_id,
                created: open.at,
                stage: 0,
                last_step: open.at - TimeDelta::seconds(1),
                steps: Vec::new(),
                versions: Vec::new(),
            });
        }
        let place = open.dossier.min(self.dossiers.len() - 1);
        let mut model = self.dossiers[place].clone();
        let moves = new || open.moves;
        let mut step = None;
        if moves {
            if !new {
                model.stage = if model.stage == 3 { 2 } else { model.stage + 1 };
            }
            model.last_step = (model.last_step + TimeDelta::seconds(1)).max(open.at);
            model.steps.push(format!("Bước {}", model.steps.len() + 1));
            self.last_id += 1;
            step = Some(self.last_id);
        }
        let (word, status) = LIFE[model.stage];
        let revision = model.versions.last().map_or(1, |last| last.revision + 1);
        model.versions.push(Version { revision, status });
        let unit = UNITS[place % UNITS.len()];
        self.write(&model, unit, word, revision, open.at, step);
        let told = format!("local {} rev {revision} status {status} steps {}", model.code, model.steps.len());
        self.dossiers[place] = model;
        told
    }

    fn write(
        &mut self,
        model: &Model,
        unit: &str,
        word: &str,
        revision: u32,
        changed: DateTime<Utc>,
        step: Option<i64>,
    ) {
        let second = self.second.as_mut().filter(|_| model.of_second);
        let connection = second.unwrap_or(&mut self.connection);
        self.calls.finish(async {
            let mut tx = connection.begin().await.unwrap();
            sqlx::query(
                "INSERT INTO ho_so (id, ma_ho_so, ma_thu_tuc, don_vi, kenh, chu_ho_so, loai_doi_tuong, trich_yeu, ngay_nop,
                     ngay_tiep_nhan, trang_thai, hinh_thuc_tra, noi_nop, so_hoa, vneid, thanh_toan, ghi_chu, cap_nhat_luc)
                 VALUES (?1, ?2, 'KS01', ?3, 1, 'Người mẫu', 1, 'Việc mẫu', ?4, ?4, ?5, 0, 2, 0, 0, 0, ?6, ?7)
                 ON CONFLICT (id) DO UPDATE SET trang_thai = excluded.trang_thai, ghi_chu = excluded.ghi_chu,
                     cap_nhat_luc = excluded.cap_nhat_luc",
            )
            .bind(model.id)
            .bind(&model.code)
            .bind(unit)
            .bind(written(model.created))
            .bind(word)
            .bind(format!("rev={revision}"))
            .bind(written(changed))
            .execute(&mut *tx)
            .await
            .unwrap();
            if let Some(step) = step {
                sqlx::query(
                    "INSERT INTO qua_trinh (id, ho_so_id, nguoi_xu_ly, chuc_danh, thoi_diem, phong_ban, noi_dung, trang_thai,
                         bat_dau)
                     VALUES (?1, ?2, 'Cán bộ', 'Chuyên viên', ?3, 'Một cửa', ?4, ?5, ?3)",
                )
                .bind(step)
                .bind(model.id)
                .bind(written(model.last_step))
                .bind(model.steps.last())
                .bind(word)
                .execute(&mut *tx)
                .await
                .unwrap();
            }
            tx.commit().await.unwrap();
        });
    }

    pub(crate) fn close(self) {
        for connection in [Some(self.connection), self.second].into_iter().flatten() {
            self.calls.finish(connection.close()).unwrap();
        }
    }
}

fn written(at: DateTime<Utc>) -> String {
    at.with_timezone(&Ho_Chi_Minh).format("%Y-%m-%d %H:%M:%S%.6f").to_string()
}
