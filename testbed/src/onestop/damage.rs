//! Damage of the sorts that real databases contain, for tests of bad input.

use chrono::{DateTime, Utc};

use super::Simulator;
use super::life::Life;
use super::live::{Change, ChangeKind};
use super::rows::Batch;
use crate::db::Tx;
use crate::time::{Stamp, local, whole_second};
use crate::{Db, Error};

/// A damaged dossier. The live simulation leaves it alone; [`Simulator::repair`] makes it good.
#[derive(Debug)]
pub struct Planted {
    /// Key of the dossier.
    pub id: i64,
    /// The code it has, or gets when it is repaired.
    pub code: String,
    healthy: Life,
}

/// A transaction which has changed a dossier and not committed. Dropped, it rolls back.
///
/// On SQLite it holds the only write lock: the simulator must make no change before it is committed.
#[derive(Debug)]
pub struct LateCommit {
    tx: Tx,
    /// Code of the dossier.
    pub code: String,
}

impl LateCommit {
    /// Makes the change visible now, with the time it had set long before.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn commit(self) -> Result<(), Error> {
        self.tx.commit().await
    }
}

impl Simulator {
    /// A dossier which has no code.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plant_without_code(&mut self, now: DateTime<Utc>) -> Result<Planted, Error> {
        self.plant(now, |life| life.row.ma_ho_so = None, None).await
    }

    /// A dossier whose status nobody has mapped (`LUU_KHO`).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plant_unmapped_status(&mut self, now: DateTime<Utc>) -> Result<Planted, Error> {
        self.plant(now, |life| "LUU_KHO".clone_into(&mut life.row.trang_thai), None).await
    }

    /// A dossier whose procedure nobody has mapped (`XX99`).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plant_unmapped_procedure(&mut self, now: DateTime<Utc>) -> Result<Planted, Error> {
        self.plant(now, |life| "XX99".clone_into(&mut life.row.ma_thu_tuc), None).await
    }

    /// A dossier received in the year 0 (`0000-00-00 00:00:00`; PostgreSQL: the first day of 1 BC).
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plant_year_zero(&mut self, now: DateTime<Utc>) -> Result<Planted, Error> {
        let sql = match self.db {
            Db::Sqlite(_) | Db::Mysql(_) => {
                "UPDATE ho_so SET ngay_tiep_nhan = '0000-00-00 00:00:00' WHERE id = $1"
            }
            Db::Postgres(_) => "UPDATE ho_so SET ngay_tiep_nhan = '0001-01-01 BC' WHERE id = $1",
        };
        self.plant(now, |_| {}, Some(sql)).await
    }

    /// A dossier with a summary of 5,000 characters, where the portal takes 1,000.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plant_long_text(&mut self, now: DateTime<Utc>) -> Result<Planted, Error> {
        self.plant(now, |life| life.row.trich_yeu = Some("ễ".repeat(5_000)), None).await
    }

    /// A dossier whose owner's name is not UTF-8. SQLite only: servers do not let such text in.
    ///
    /// # Errors
    /// On a server, or when the database refuses.
    pub async fn plant_invalid_utf8(&mut self, now: DateTime<Utc>) -> Result<Planted, Error> {
        if !matches!(self.db, Db::Sqlite(_)) {
            return Err(Error::Unsupported("a server holds valid UTF-8 only".to_owned()));
        }
        let sql = "UPDATE ho_so SET chu_ho_so = CAST(x'4E677579C328' AS TEXT) WHERE id = $1";
        self.plant(now, |_| {}, Some(sql)).await
    }

    /// A dossier without the summary, which the portal requires.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plant_missing_required(&mut self, now: DateTime<Utc>) -> Result<Planted, Error> {
        self.plant(now, |life| life.row.trich_yeu = None, None).await
    }

    /// Puts right what was planted; from then on the dossier lives like any other.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn repair(&mut self, planted: Planted, now: DateTime<Utc>) -> Result<Change, Error> {
        let changed = local(now);
        let mut life = planted.healthy;
        life.touch(changed);
        self.finish(life, None, Batch::default(), Stamp(changed), ChangeKind::Edited).await
    }

    /// Rewrites the history of a dossier: its first step now says something else, at a time one second earlier.
    ///
    /// # Errors
    /// When there is no such dossier, or the database refuses.
    pub async fn rewrite_steps(&mut self, code: &str, now: DateTime<Utc>) -> Result<(), Error> {
        let id = self.db.id_of(code).await?;
        let sql = match self.db {
            Db::Sqlite(_) => {
                "UPDATE qua_trinh SET noi_dung = 'Nội dung đã sửa lại', \
                 thoi_diem = strftime('%Y-%m-%d %H:%M:%S.000000', thoi_diem, '-1 second') \
                 WHERE id = (SELECT min(id) FROM qua_trinh WHERE ho_so_id = $1)"
            }
            Db::Postgres(_) => {
                "UPDATE qua_trinh SET noi_dung = 'Nội dung đã sửa lại', thoi_diem = thoi_diem - interval '1 second' \
                 WHERE id = (SELECT min(id) FROM qua_trinh WHERE ho_so_id = $1)"
            }
            // It reads no table that it writes.
            Db::Mysql(_) => {
                "UPDATE qua_trinh SET noi_dung = 'Nội dung đã sửa lại', thoi_diem = thoi_diem - INTERVAL 1 SECOND \
                 WHERE ho_so_id = $1 ORDER BY id LIMIT 1"
            }
        };
        let mut tx = self.db.begin().await?;
        tx.run(sql, id).await?;
        tx.set_changed(id, local(now)).await?;
        tx.commit().await?;
        self.changes += 1;
        Ok(())
    }

    /// Deletes a dossier and all that hangs on it.
    ///
    /// # Errors
    /// When there is no such dossier, or the database refuses.
    pub async fn delete_dossier(&mut self, code: &str) -> Result<(), Error> {
        let id = self.db.id_of(code).await?;
        let mut tx = self.db.begin().await?;
        for sql in [
            "DELETE FROM qua_trinh WHERE ho_so_id = $1",
            "DELETE FROM giay_to_nop WHERE ho_so_id = $1",
            "DELETE FROM ket_qua WHERE ho_so_id = $1",
            "DELETE FROM le_phi WHERE ho_so_id = $1",
            "DELETE FROM bo_sung WHERE ho_so_id = $1",
            "DELETE FROM ket_noi WHERE ho_so_id = $1",
            "DELETE FROM giay_to_khac WHERE ho_so_id = $1",
            "DELETE FROM ho_so WHERE id = $1",
        ] {
            tx.run(sql, id).await?;
        }
        tx.commit().await?;
        self.open.retain(|life| life.row.id != id);
        Ok(())
    }

    /// Creates a dossier at `at` in a transaction that stays open until [`LateCommit::commit`]: a reader that goes
    /// by `cap_nhat_luc` alone passes it by. The live simulation leaves the dossier alone.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn late_commit(&mut self, at: DateTime<Utc>) -> Result<LateCommit, Error> {
        let changed = local(at);
        let mut batch = Batch::default();
        let mut life = self.forge.birth(whole_second(changed), &mut batch);
        life.row.cap_nhat_luc = Stamp(changed);
        life.record(&mut batch);
        let mut tx = self.db.begin().await?;
        batch.write(&mut tx).await?;
        self.changes += 1;
        Ok(LateCommit { tx, code: life.code() })
    }

    /// Creates `count` dossiers in one transaction, all changed at exactly `at`. Gives back their codes.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn plant_same_instant(
        &mut self,
        at: DateTime<Utc>,
        count: usize,
    ) -> Result<Vec<String>, Error> {
        let changed = local(at);
        let mut batch = Batch::default();
        let mut lives = Vec::with_capacity(count);
        for _ in 0..count {
            let mut life = self.forge.birth(whole_second(changed), &mut batch);
            life.row.cap_nhat_luc = Stamp(changed);
            life.record(&mut batch);
            lives.push(life);
        }
        self.save(&batch).await?;
        let codes = lives.iter().map(Life::code).collect();
        self.changes += u64::try_from(count).unwrap_or(u64::MAX);
        self.open.extend(lives);
        Ok(codes)
    }

    /// Writes a new dossier with the damage done to its row, and by the statement, in one transaction.
    async fn plant(
        &mut self,
        now: DateTime<Utc>,
        damage: impl FnOnce(&mut Life),
        statement: Option<&'static str>,
    ) -> Result<Planted, Error> {
        let changed = local(now);
        let mut batch = Batch::default();
        let healthy = self.forge.birth(whole_second(changed), &mut batch);
        let mut damaged = healthy.clone();
        damage(&mut damaged);
        damaged.row.cap_nhat_luc = Stamp(changed);
        damaged.record(&mut batch);
        let mut tx = self.db.begin().await?;
        batch.write(&mut tx).await?;
        if let Some(sql) = statement {
            tx.run(sql, healthy.row.id).await?;
        }
        tx.commit().await?;
        self.changes += 1;
        Ok(Planted { id: healthy.row.id, code: healthy.code(), healthy })
    }
}
