//! Many dossiers are sent again by a job of the page: chosen, shown, ordered, turned, and known to the command as well.

use reqwest::StatusCode;
use reqwest::header::LOCATION;

use super::access::{Person, add_user, form};
use super::{Answer, Site, between, plain};
use crate::kit::until;

impl Site {
    async fn post_as(&self, person: &Person, path: &str, fields: &[(&str, &str)]) -> Answer {
        let fields = form(&[&[("token", person.token.as_str())], fields].concat());
        self.send(self.as_person(person, self.client.post(self.url(path)).body(fields))).await
    }

    /// Orders something of the job, of which the next page tells.
    async fn turned(&self, person: &Person, fields: &[(&str, &str)]) -> String {
        let answer = self.post_as(person, "/resend", fields).await;
        assert_eq!(
            (answer.status, &answer.headers[LOCATION]),
            (StatusCode::SEE_OTHER, &"/resend".parse().unwrap())
        );
        let page = self.get_as(person, "/resend").await.body;
        plain(&between(&page, "<p class=\"news\" role=\"status\">", "</p>"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pasted_list_becomes_a_job_that_waits_goes_on_and_ends_on_the_page_as_by_the_command() {
    let (site, lan) = Site::of_people(1_821, 30, 1).await;
    let all = site.listed_as(&lan, "/dossiers?state=synced").await;
    let overview = site.get_as(&lan, "/").await.body;
    let own = between(&overview, "href=\"/dossiers?unit=", "\"");
    let theirs = site.listed_as(&lan, &format!("/dossiers?unit={own}&state=synced")).await;
    add_user(&site.rig, "minh", "operator", &[]).await;
    add_user(&site.rig, "hoa", "operator", &[&own]).await;
    add_user(&site.rig, "tuan", "viewer", &[]).await;
    let (minh, hoa, tuan) = (site.log_in("minh").await, site.log_in("hoa").await, site.log_in("tuan").await);

    // As a clerk pastes it from a spreadsheet.
    let mut list = "STT\tMã hồ sơ\tHọ tên\r\n".to_owned();
    for (place, code) in all.iter().enumerate() {
        let code =
            if place % 2 == 0 { code.to_lowercase() } else { format!("\"{}\"", code.replace('-', " - ")) };
        list += &format!("{place}\t{code}\tNguyễn Thị <b>\r\n");
    }
    list += &format!("99\t{}\tlần nữa\r\n100\tH99.99-999999-9999\tTrần\r\n", all[0]);
    let asked = plain(&site.post_as(&minh, "/resend", &[("list", &list)]).await.body);
    let told = format!("The list: {} lines, {} dossiers.", all.len() + 2, all.len());
    assert!(asked.contains(&told) && asked.contains("1 lines without a code"), "{asked}");
    assert!(
        asked.contains(&format!("{} dossiers will be looked up", all.len())) && !asked.contains("Nguyễn"),
        "{asked}"
    );
    assert!(asked.contains(&format!("Send {} dossiers again", all.len())), "{asked}");
    let found = between(&asked, "name=\"list\" value=\"", "\"");
    assert_eq!(found.lines().collect::<Vec<_>>(), all);

    // Whoever sees one unit neither hears of others' dossiers nor sends them again.
    let hers = plain(&site.post_as(&hoa, "/resend", &[("list", &list)]).await.body);
    assert!(hers.contains(&format!("{} dossiers.", theirs.len())), "{hers}");
    assert_eq!(between(&hers, "name=\"list\" value=\"", "\"").lines().collect::<Vec<_>>(), theirs);

    let too_long = "H99.99-999999-9999\n".repeat(100_000);
    for (person, fields, status) in [
        (&minh, &[("list", too_long.as_str())][..], StatusCode::CONFLICT),
        (&minh, &[("list", " \n ")], StatusCode::CONFLICT),
        (&minh, &[("kind", "nonsense")], StatusCode::NOT_FOUND),
        (&minh, &[("turn", "nonsense")], StatusCode::NOT_FOUND),
        (&minh, &[("list", "x"), ("step", "nonsense")], StatusCode::NOT_FOUND),
        (&tuan, &[("list", list.as_str()), ("step", "order")], StatusCode::FORBIDDEN),
        (&tuan, &[("turn", "paused")], StatusCode::FORBIDDEN),
        (
            &Person { token: "0".repeat(32), cookie: minh.cookie.clone() },
            &[("turn", "paused")],
            StatusCode::FORBIDDEN,
        ),
    ] {
        let answer = site.post_as(person, "/resend", fields).await;
        assert_eq!(answer.status, status, "{}", answer.body.get(..2_000).unwrap_or(&answer.body));
    }
    assert!(!site.get_as(&tuan, "/resend").await.body.contains("textarea"));
    assert!(
        site.get_as(&minh, "/resend").await.body.contains("Nothing was ever sent again"),
        "a preview does nothing"
    );

    assert_eq!(site.ordered(&minh, &[("act", "pause"), ("reason", "x")]).await, "Sending is paused.");
    let order = [("list", found.as_str()), ("step", "order"), ("per_minute", "60000")];
    let told = site.turned(&minh, &order).await;
    assert!(told.starts_with(&format!("It is ordered: {} dossiers", all.len())), "{told}");
    assert_eq!(site.turned(&minh, &[("turn", "paused")]).await, "The job: paused.");
    assert_eq!(
        site.post_as(&hoa, "/resend", &[("turn", "running")]).await.status,
        StatusCode::FORBIDDEN,
        "not hers"
    );
    assert_eq!(site.ordered(&minh, &[("act", "resume")]).await, "Sending goes on.");
    let state = site.command(&["resend", "--json"]).await;
    assert_eq!(
        (&state["state"], &state["by"], &state["counts"]["waiting"]),
        (&"paused".into(), &"minh".into(), &all.len().into())
    );
    let page = plain(&site.get_as(&minh, "/resend").await.body);
    assert!(page.contains(&format!("Results of 0/{}", all.len())), "{page}");
    let hers = plain(&site.get_as(&hoa, "/resend").await.body);
    assert!(hers.contains(&format!("Results of 0/{}", theirs.len())) && !hers.contains(">minh<"), "{hers}");

    assert_eq!(site.turned(&minh, &[("turn", "running")]).await, "The job: running.");
    until("done", async || site.command(&["resend", "--json"]).await["state"] == "done").await;
    let page = plain(&site.get_as(&minh, "/resend").await.body);
    assert!(page.contains(&format!("Results of {0}/{0}", all.len())), "{page}");
    let table = site.get_as(&minh, "/resend/result.csv").await.body;
    assert_eq!(table.matches(",arrived,").count(), all.len(), "{table}");
    let table = site.get_as(&hoa, "/resend/result.csv").await.body;
    assert_eq!(table.matches(",arrived,").count(), theirs.len(), "{table}");

    // What is held is chosen by its cause, as the command does.
    let work = plain(&site.get_as(&minh, "/dossiers?state=held").await.body);
    let kind = between(&site.get_as(&minh, "/work").await.body, "href=\"/dossiers?kind=", "&");
    let asked = plain(&site.get_as(&minh, &format!("/resend?kind={kind}")).await.body);
    assert!(asked.contains("Send 1 dossier again") && asked.contains("1 of them are held"), "{asked}{work}");
    assert!(
        site.turned(&minh, &[("kind", &kind), ("step", "order")])
            .await
            .starts_with("It is ordered: 1 dossier")
    );
    until("held once more", async || site.command(&["resend", "--json"]).await["counts"]["failed"] == 1)
        .await;
    let listed = site.command(&["audit", "list", "--json"]).await.to_string();
    assert!(listed.contains("per_minute=60000 codes=30: ") && listed.contains("turn_resend"), "{listed}");
}
