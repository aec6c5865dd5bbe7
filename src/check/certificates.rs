//! The time that certificates still hold.

use chrono::{DateTime, TimeDelta, Utc};

use super::context::Context;
use super::report::{Id, Item, Outcome};
use dongbo_model::ErrorClass;
use dongbo_model::texts;
use dongbo_portal::certificate_ends;

/// Time before the end of a certificate at which a warning begins: offices take weeks to issue one.
const NOTICE: TimeDelta = TimeDelta::days(21);

texts! {
    usable(): "dùng được", "can be used";
    holds(name, day, days): "{name}: có hiệu lực đến {day}, còn {days} ngày", "{name}: valid until {day}, {days} days left";
    ends_soon(name, day, days): "{name}: sắp hết hạn ngày {day}, chỉ còn {days} ngày", "{name}: expires on {day}, only {days} days left";
    has_ended(name, day, days): "{name}: đã hết hạn ngày {day}, {days} ngày trước", "{name}: expired on {day}, {days} days ago";
    unreadable(key, path, reason): "{key}: không dùng được {path}: {reason}", "{key}: {path} cannot be used: {reason}";
    holds_none(key, path): "{key}: {path} không chứa chứng thư dạng PEM", "{key}: {path} holds no certificate in PEM form";
    authority(number, key): "cơ quan chứng thực thứ {number} ({key})", "authority {number} ({key})";
    ours(): "chứng thư của ta (portal.client_certificate_file)", "our certificate (portal.client_certificate_file)";
    portals(): "chứng thư của Cổng", "the portal's certificate";
    renew_files(): "xin cấp lại chứng thư rồi thay tệp, sau đó chạy systemctl reload dongbo", "have it renewed and replace the file, then systemctl reload dongbo";
    renew_portals():
        "báo đơn vị vận hành trục kết nối gia hạn chứng thư; nếu ngày giờ máy này sai, sửa đồng hồ trước (timedatectl)",
        "tell the adapter's operator to renew it; when this host's clock is wrong, set that first (timedatectl)";
    unproven(section, host): "{section}.tls.allow_plain: máy chủ {host} không phải chứng minh mình là đúng máy chủ; mật khẩu và dữ liệu cá nhân có thể đi không mã hoá", "{section}.tls.allow_plain: the server {host} need not prove who it is; password and personal data may travel in the clear";
    prove_it(section): "bật TLS ở máy chủ cơ sở dữ liệu, ghi chứng thư của cơ quan cấp vào {section}.tls.ca_file (docs/databases.md), rồi bỏ {section}.tls.allow_plain", "switch TLS on at the database server, name its authority's certificate in {section}.tls.ca_file (docs/databases.md), and drop {section}.tls.allow_plain";
    several(count): "{count} việc cần làm", "to be done: {count}";
}

/// Checks the certificates in the files of the configuration; `None` when it names no such file.
pub(super) fn files(context: &Context<'_>) -> Option<Item> {
    let (config, lang) = (context.config, context.lang);
    let portal = &config.portal;
    let mut judged = Vec::new();
    let mut authorities = vec![("portal.ca_file".to_owned(), portal.ca_file.clone())];
    authorities.extend(
        config
            .all_sources()
            .into_iter()
            .map(|source| (format!("{}.tls.ca_file", source.section), source.tls.ca_file)),
    );
    authorities.push(("ledger.tls.ca_file".to_owned(), config.ledger.tls.ca_file.clone()));
    authorities.push(("bridge.ca_file".to_owned(), config.bridge.ca_file.clone()));
    for (key, path) in &authorities {
        judged.extend(path.iter().flat_map(|path| authorities_in(context, key, path)));
    }
    if let Some(path) = &portal.client_certificate_file {
        match ends(context, "portal.client_certificate_file", path) {
            Ok(all) => judged.extend(all.first().map(|end| {
                let (outcome, line) = judge(context, &ours(lang), *end);
                (outcome, line, Some(*end))
            })),
            Err(problem) => judged.push((Outcome::Fail, problem, None)),
        }
    }
    let worst = [Outcome::Fail, Outcome::Warn]
        .into_iter()
        .find(|wanted| judged.iter().any(|(outcome, ..)| outcome == wanted));
    let bad: Vec<&str> = judged
        .iter()
        .filter(|(outcome, ..)| *outcome != Outcome::Ok)
        .map(|(_, line, _)| line.as_str())
        .collect();
    let message = match bad.as_slice() {
        [] if judged.is_empty() => return None,
        [] => usable(lang),
        [line] => (*line).to_owned(),
        more => several(lang, more.len()),
    };
    let item = match worst {
        Some(Outcome::Fail) => {
            Item::fail(Id::Certificates, lang, ErrorClass::Config, message, renew_files(lang))
        }
        Some(_) => Item::warn(Id::Certificates, lang, message, renew_files(lang)),
        None => Item::ok(Id::Certificates, lang, message),
    };
    let first_end = judged.iter().filter_map(|(.., end)| *end).min();
    let item = match first_end {
        Some(end) => item.with_value("first_end", end.to_rfc3339()),
        None => item,
    };
    Some(item.with_details(judged.into_iter().map(|(_, line, _)| line)))
}

/// Warns of each database on another host whose server need not prove who it is.
pub(super) fn unproven_servers(context: &Context<'_>) -> Option<Item> {
    let (config, lang) = (context.config, context.lang);
    let sources = config.all_sources();
    let of_sources = sources.iter().map(|source| (source.section.0.as_str(), source.unproven_host()));
    let servers: Vec<_> = of_sources
        .chain([("ledger", config.ledger.unproven_host())])
        .filter_map(|(section, host)| Some((section, host?)))
        .collect();
    let (first, _) = servers.first()?;
    let mut lines: Vec<String> =
        servers.iter().map(|(section, host)| unproven(lang, section, host)).collect();
    let message = match lines.as_slice() {
        [_] => lines.remove(0),
        more => several(lang, more.len()),
    };
    Some(Item::warn(Id::DatabaseTls, lang, message, prove_it(lang, first)).with_details(lines))
}

/// The judgements of the authorities in the file that `key` names: outcome, line, and when it ends.
fn authorities_in(
    context: &Context<'_>,
    key: &str,
    path: &std::path::Path,
) -> Vec<(Outcome, String, Option<DateTime<Utc>>)> {
    let all = match ends(context, key, path) {
        Ok(all) => all,
        Err(problem) => return vec![(Outcome::Fail, problem, None)],
    };
    let alone = all.len() == 1;
    let judged = (1..).zip(all).map(|(number, end)| {
        let (outcome, line) = judge(context, &authority(context.lang, number, key), end);
        // Beside others it may be one that was replaced already.
        let outcome = if outcome == Outcome::Fail && !alone { Outcome::Warn } else { outcome };
        (outcome, line, Some(end))
    });
    judged.collect()
}

/// Checks the certificate that the portal showed, which ends at `end`.
pub(super) fn portals_own(context: &Context<'_>, end: DateTime<Utc>) -> Item {
    let lang = context.lang;
    let (outcome, line) = judge(context, &portals(lang), end);
    let item = match outcome {
        Outcome::Fail => Item::fail(Id::PortalCertificate, lang, ErrorClass::Auth, line, renew_portals(lang)),
        Outcome::Warn => Item::warn(Id::PortalCertificate, lang, line, renew_portals(lang)),
        Outcome::Ok | Outcome::Skipped => Item::ok(Id::PortalCertificate, lang, line),
    };
    item.with_value("end", end.to_rfc3339()).with_value("days_left", (end - context.clock.now()).num_days())
}

fn ends(context: &Context<'_>, key: &str, path: &std::path::Path) -> Result<Vec<DateTime<Utc>>, String> {
    match certificate_ends(path) {
        Ok(ends) if ends.is_empty() => Err(holds_none(context.lang, key, path.display())),
        Ok(ends) => Ok(ends),
        Err(error) => Err(unreadable(context.lang, key, path.display(), error)),
    }
}

fn judge(context: &Context<'_>, name: &str, end: DateTime<Utc>) -> (Outcome, String) {
    let (lang, left) = (context.lang, end - context.clock.now());
    let (day, days) = (lang.moment(end), left.num_days().abs());
    if left <= TimeDelta::zero() {
        (Outcome::Fail, has_ended(lang, name, day, days))
    } else if left < NOTICE {
        (Outcome::Warn, ends_soon(lang, name, day, days))
    } else {
        (Outcome::Ok, holds(lang, name, day, days))
    }
}
