//! The rows of the office as the interface writes them. What its own fields have no place for stands among the answers of the form
//! that the applicant filled in (`applicant.data`), which are free.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeZone as _};
use chrono_tz::Asia::Ho_Chi_Minh;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, SqlitePool};

use super::Manner;
use crate::Error;
use crate::catalogue::{PROCEDURES, STATUSES, UNITS};
use crate::onestop::rows::{BoSung, GiayToKhac, GiayToNop, HoSo, KetNoi, KetQua, LePhi, QuaTrinh, Row};

/// Vietnamese and English, as the interface numbers them.
const LANGUAGES: [i64; 2] = [228, 46];

/// The identifier of a dossier: 24 hexadecimal digits.
pub(super) fn shown_id(row: i64) -> String {
    format!("6217{row:020x}")
}

/// The row of the dossier with this identifier.
pub(super) fn row_id(shown: &str) -> Option<i64> {
    let digits = shown.strip_prefix("6217").filter(|digits| digits.len() == 20)?;
    i64::from_str_radix(digits, 16).ok()
}

/// The rows of dossiers that meet the condition, in the order, of which so many are left out.
pub(super) async fn ids(
    pool: &SqlitePool,
    condition: &str,
    values: &[String],
    order: &str,
    (limit, offset): (i64, i64),
) -> Result<Vec<i64>, Error> {
    let sql =
        format!("SELECT id FROM ho_so WHERE {condition} ORDER BY {order} LIMIT {limit} OFFSET {offset}");
    let mut query = sqlx::query_scalar(AssertSqlSafe(sql));
    for value in values {
        query = query.bind(value);
    }
    Ok(query.fetch_all(pool).await?)
}

pub(super) async fn count(pool: &SqlitePool, condition: &str, values: &[String]) -> Result<i64, Error> {
    let mut query =
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM ho_so WHERE {condition}")));
    for value in values {
        query = query.bind(value);
    }
    Ok(query.fetch_one(pool).await?)
}

/// The rows of a table that hang on these dossiers, in the order of their ids.
async fn rows<R: Row>(pool: &SqlitePool, key: &str, ids: &[i64]) -> Result<HashMap<i64, Vec<Value>>, Error> {
    let pairs: Vec<String> = R::COLUMNS.iter().map(|name| format!("'{name}', {name}")).collect();
    let sql = format!(
        "SELECT {key}, json_object({}) FROM {} WHERE {key} IN (SELECT value FROM json_each(?1)) ORDER BY id",
        pairs.join(", "),
        R::TABLE
    );
    let found: Vec<(i64, String)> =
        sqlx::query_as(AssertSqlSafe(sql)).bind(json!(ids).to_string()).fetch_all(pool).await?;
    let mut rows: HashMap<i64, Vec<Value>> = HashMap::new();
    for (id, row) in found {
        rows.entry(id).or_default().push(serde_json::from_str(&row)?);
    }
    Ok(rows)
}

/// The dossiers with these rows, in this order.
pub(super) async fn dossiers(pool: &SqlitePool, ids: &[i64], manner: Manner) -> Result<Vec<Value>, Error> {
    let mut heads = rows::<HoSo>(pool, "id", ids).await?;
    let mut lists = Lists {
        steps: rows::<QuaTrinh>(pool, "ho_so_id", ids).await?,
        papers: rows::<GiayToNop>(pool, "ho_so_id", ids).await?,
        results: rows::<KetQua>(pool, "ho_so_id", ids).await?,
        supplements: rows::<BoSung>(pool, "ho_so_id", ids).await?,
        databases: rows::<KetNoi>(pool, "ho_so_id", ids).await?,
        others: rows::<GiayToKhac>(pool, "ho_so_id", ids).await?,
    };
    let dossier = |id: &i64| {
        let head = heads.remove(id)?.pop()?;
        Some(lists.dossier(*id, &head, manner))
    };
    Ok(ids.iter().filter_map(dossier).collect())
}

struct Lists {
    steps: HashMap<i64, Vec<Value>>,
    papers: HashMap<i64, Vec<Value>>,
    results: HashMap<i64, Vec<Value>>,
    supplements: HashMap<i64, Vec<Value>>,
    databases: HashMap<i64, Vec<Value>>,
    others: HashMap<i64, Vec<Value>>,
}

impl Lists {
    fn dossier(&mut self, id: i64, head: &Value, manner: Manner) -> Value {
        let odd = id % 3 == 0;
        let time = |value: &Value| moment(value, id, odd && manner == Manner::NoZones);
        let mut applicant = applicant(head);
        if odd && manner == Manner::OddShapes {
            applicant = json!([applicant]);
        }
        let mut list = |of: fn(&mut Self) -> &mut HashMap<i64, Vec<Value>>,
                        write: &dyn Fn(&Value) -> Value| {
            let rows = of(self).remove(&id).unwrap_or_default();
            // As often as not it writes nothing where there is nothing.
            if rows.is_empty() && id % 2 == 0 { Value::Null } else { rows.iter().map(write).collect() }
        };
        let status = status(&head["trang_thai"]);
        json!({
            "id": shown_id(id),
            "code": head["ma_ho_so"],
            "nationCode": null,
            "appliedDate": time(&head["ngay_nop"]),
            "acceptedDate": time(&head["ngay_tiep_nhan"]),
            "appointmentDate": time(&head["ngay_hen_tra"]),
            "completedDate": time(&head["ngay_ket_thuc"]),
            "returnedDate": time(&head["ngay_tra"]),
            "refusedDate": time(&head["ngay_tu_choi"]),
            "updatedDate": time(&head["cap_nhat_luc"]),
            "agency": agency(&head["don_vi"]),
            "procedure": procedure(&head["ma_thu_tuc"]),
            "dossierStatus": status,
            "dossierTaskStatus": null,
            "applicant": applicant,
            "accepter": {"fullname": null},
            "currentTask": [],
            "task": list(|this| &mut this.steps, &|row| json!({
                "id": row["id"],
                "assignee": {"fullname": row["nguoi_xu_ly"], "position": {"name": row["chuc_danh"]}},
                "agency": {"name": names(&row["phong_ban"])},
                "bpmProcessDefinitionTask": {"name": row["noi_dung"]},
                "dossierStatus": self::status(&row["trang_thai"]),
                "assignedDate": time(&row["bat_dau"]),
                "completedDate": time(&row["thoi_diem"]),
                "dueDate": time(&row["han"]),
            })),
            "dossierFormFile": list(|this| &mut this.papers, &|row| json!({
                "procedureForm": {"id": row["ma_thanh_phan"], "name": row["ten_tep"]},
                "digitised": row["so_hoa"],
                "reused": row["tai_su_dung"],
                "fromStore": row["kho_dmqg"],
                "replacesResult": row["ma_ket_qua_thay_the"],
                "file": [{"id": row["ma_tep"], "filename": row["ten_tep"], "size": 1, "uuid": null}],
            })),
            "attachment": list(|this| &mut this.results, &|row| json!({
                "id": row["ma_giay_to"],
                "filename": row["ten"],
                "resultCode": row["ma_ket_qua"],
                "procedureForm": {"id": row["ma_thanh_phan"]},
            })),
            "additionalRequirement": list(|this| &mut this.supplements, &|row| json!({
                "id": row["id"],
                "createdDate": time(&row["ngay_yeu_cau"]),
                "creator": {"fullname": row["nguoi_yeu_cau"]},
                "content": row["noi_dung"],
                "receivedDate": time(&row["ngay_tiep_nhan"]),
                "receiver": {"fullname": row["nguoi_tiep_nhan"]},
                "receivedNote": row["thong_tin_tiep_nhan"],
                "status": row["trang_thai"],
                "appointmentDateBefore": time(&row["han_truoc"]),
                "appointmentDateAfter": time(&row["han_moi"]),
            })),
            "connectedDatabase": list(|this| &mut this.databases, &|row| row["ma_csdl"].clone()),
            "otherPaper": list(|this| &mut this.others, &|row| json!({
                "name": row["ten"], "quantity": row["so_luong"], "kind": row["loai"],
            })),
            "applyMethod": {"id": apply_method(&head["kenh"]), "name": null},
            "dossierReceivingKind": {"id": head["hinh_thuc_tra"], "name": null},
            "paymentMethod": {"id": head["thanh_toan"]},
            "returnedNote": head["thong_tin_tra"],
            "description": head["ghi_chu"],
        })
    }
}

fn applicant(head: &Value) -> Value {
    json!({
        "data": {
            "fullname": head["chu_ho_so"],
            "ownerFullname": head["chu_ho_so"],
            "identityNumber": head["so_dinh_danh"],
            "identityKind": head["loai_giay_to"],
            "phoneNumber": head["dien_thoai"],
            "email": head["email"],
            "fax": head["fax"],
            "address": head["thong_tin_khac"],
            "taxCode": head["ma_doi_tuong"],
            "noidungyeucaugiaiquyet": head["trich_yeu"],
            "chonDoiTuong": head["loai_doi_tuong"],
            "submittedTo": head["noi_nop"],
            "digitised": head["so_hoa"],
            "vneid": head["vneid"],
        },
    })
}

/// The fees of these dossiers.
pub(super) async fn fees(pool: &SqlitePool, ids: &[i64]) -> Result<Vec<Value>, Error> {
    let mut rows = rows::<LePhi>(pool, "ho_so_id", ids).await?;
    let fee = |id: &i64, row: &Value| {
        json!({
            "id": row["id"],
            "procost": {
                "code": row["ma"],
                "collection": row["hinh_thuc_thu"],
                "type": {"type": row["loai"], "name": names(&row["ten"])},
            },
            "amount": row["gia"],
            "quantity": 1,
            "paid": null,
            "required": 1,
            "dossier": {"id": shown_id(*id)},
        })
    };
    let of = |id: &i64| -> Vec<Value> {
        rows.remove(id).unwrap_or_default().iter().map(|row| fee(id, row)).collect()
    };
    Ok(ids.iter().flat_map(of).collect())
}

/// A moment with milliseconds and its zone, which is not the same in every dossier.
fn moment(value: &Value, id: i64, without_zone: bool) -> Value {
    let Some(text) = value.as_str() else { return Value::Null };
    let Ok(naive) = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f") else { return json!(text) };
    let Some(at) = Ho_Chi_Minh.from_local_datetime(&naive).earliest() else { return Value::Null };
    let shown = match (without_zone, id % 5) {
        (true, _) => at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
        (false, 0) => at.to_utc().format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string(),
        _ => at.format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string(),
    };
    json!(shown)
}

/// A name in two languages.
fn names(value: &Value) -> Value {
    let Some(name) = value.as_str() else { return Value::Null };
    let [vietnamese, english] = LANGUAGES;
    json!([{"languageId": english, "name": format!("({name})")}, {"languageId": vietnamese, "name": name}])
}

fn agency(code: &Value) -> Value {
    let known = UNITS.iter().find(|unit| code == unit.code);
    let name = known.map_or(Value::Null, |unit| names(&json!(unit.name)));
    json!({"id": super::UNIT, "code": code, "name": name, "parent": null, "ancestors": []})
}

/// The procedure by its national code, with the province's suffix.
fn procedure(local: &Value) -> Value {
    let Some(known) = PROCEDURES.iter().find(|procedure| local == procedure.local) else {
        return json!({"code": local});
    };
    json!({
        "id": known.local,
        "code": format!("{}.000.00.00.H48", known.code),
        "translate": names(&json!(known.name)),
        "sector": {"id": known.field, "code": known.field, "name": names(&json!(known.field_name))},
    })
}

fn status(vendor: &Value) -> Value {
    match STATUSES.iter().position(|(text, _)| vendor == text) {
        Some(place) => json!({"id": place, "name": names(vendor)}),
        None => json!({"id": vendor, "name": null}),
    }
}

/// Online is nought, and at the counter is one.
fn apply_method(channel: &Value) -> Value {
    match channel.as_i64() {
        Some(1) => json!(1),
        Some(2) => json!(0),
        Some(3) => json!(2),
        _ => channel.clone(),
    }
}
