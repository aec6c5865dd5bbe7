//! One page of a list of dossiers: asked for, taken apart, and made rows of.

use super::client::Answer;
use super::expression::Cell;
use super::fault::Fault;
use super::index::Listed;
use super::office::Office;
use super::pager::{Pager, Place, TooLong};
use super::rows::cell;
use crate::error::SourceError;
use crate::mapping::{Listing, Paging};

/// A page of a list.
pub(super) struct Page {
    pub(super) rows: Vec<Listed>,
    pub(super) ends: bool,
}

/// The key under which a row that is too long to be read is told, as one without a code.
const TOO_LONG: &str = "longer-than-max_response_bytes";

impl Office {
    /// The next page of a list of many dossiers. A page that is too long is asked for again with fewer rows; a row that is too long
    /// by itself is passed over and told.
    pub(super) async fn page(
        &self,
        listing: &Listing,
        pager: &mut Pager,
        further: &[(&str, &str)],
    ) -> Result<Page, SourceError> {
        loop {
            let place = pager.place();
            let url = self.url(listing, pager.mark.as_deref(), place, &[], further)?;
            let fault = match self.client.json(listing.name, &url).await {
                Ok(answer) => return self.taken_apart(listing, pager, place, answer),
                Err(fault) => fault,
            };
            let is_ours = self.requests.paging != Paging::Link || pager.mark.is_none();
            if !fault.too_long || !listing.request.uses("size") || !is_ours {
                return Err(fault.error);
            }
            match pager.note_too_long(place, self.requests.paging == Paging::Page) {
                TooLong::Fewer => {}
                TooLong::PassOver => self.tell_too_long(listing.name, place).await?,
                TooLong::End => return Err(fault.error),
            }
        }
    }

    /// The next page of what is found by one code.
    pub(super) async fn page_of_one(
        &self,
        listing: &Listing,
        pager: &mut Pager,
        code: &str,
    ) -> Result<Page, SourceError> {
        let place = pager.place();
        let url = self.url(listing, pager.mark.as_deref(), place, &[("code", code)], &[])?;
        match self.client.json(listing.name, &url).await {
            Ok(answer) => self.taken_apart(listing, pager, place, answer),
            Err(fault) if fault.too_long => Err(fault.of_some(listing.name)),
            Err(fault) => Err(fault.error),
        }
    }

    /// Tells of a row that is too long to be read: in the log, and as a row without a code, which is held.
    async fn tell_too_long(&self, query: &str, place: Place) -> Result<(), SourceError> {
        tracing::warn!(
            event = "source.item_too_long",
            query,
            row = place.start(),
            "A dossier in the one-stop system's list is longer than source.http.max_response_bytes, so that nobody knows its code, and is \
             left out: raise that, or look there for the dossier number {} of the list",
            place.start().saturating_add(1)
        );
        let changed_at = Ok(self.clock.now().timestamp_micros());
        self.take(&[Listed { key: TOO_LONG.to_owned(), code: None, unit: None, changed_at }]).await
    }

    fn taken_apart(
        &self,
        listing: &Listing,
        pager: &mut Pager,
        place: Place,
        answer: Answer,
    ) -> Result<Page, SourceError> {
        let query = listing.name;
        let items = listing.items.values(query, &answer.json).map_err(SourceError::of_whole_answer)?;
        let (rows, keys) = self.listed(listing, &items)?;
        let said = match &listing.last {
            Some(last) => {
                match last.values(query, &answer.json).map_err(SourceError::of_whole_answer)?.first() {
                    Some(jaq_json::Val::Bool(said)) => Some(*said),
                    _ => None,
                }
            }
            None => None,
        };
        if self.requests.paging == Paging::Page {
            let ends = items.is_empty() || said.unwrap_or(items.len() < place.size);
            let taken = pager.note(query, place, items.len(), keys)?;
            return Ok(Page { rows, ends: ends && taken });
        }
        let next = match &listing.next {
            Some(next) => {
                let given = next.values(query, &answer.json).map_err(SourceError::of_whole_answer)?;
                given.into_iter().next().and_then(|mark| Cell::from(mark).text())
            }
            None => answer.next,
        };
        let ends = next.is_none() || items.is_empty() || said == Some(true);
        pager.note_marked(query, keys, next)?;
        Ok(Page { rows, ends })
    }

    fn url(
        &self,
        listing: &Listing,
        mark: Option<&str>,
        place: Place,
        values: &[(&str, &str)],
        further: &[(&str, &str)],
    ) -> Result<reqwest::Url, SourceError> {
        let base = &self.client.base;
        if let (Paging::Link, Some(link)) = (self.requests.paging, mark) {
            let url = base.join(link).ok().filter(|url| url.origin() == base.origin());
            return url.ok_or_else(|| Fault::of_status(listing.name, 302, None).error);
        }
        let page = place.page.saturating_add(self.requests.first_page).to_string();
        let size = place.size.to_string();
        let own = [("page", page.as_str()), ("size", size.as_str()), ("cursor", mark.unwrap_or_default())];
        let all: Vec<(&str, &str)> = own.into_iter().chain(values.iter().copied()).collect();
        Ok(listing.request.url(base, &all, further))
    }

    /// The rows of a page, and what each of its items is known by when it is met again: the keys of its rows, or its text. An item whose
    /// row cannot be made is left out and told in the log; it keeps no other from being read.
    fn listed(
        &self,
        listing: &Listing,
        items: &[jaq_json::Val],
    ) -> Result<(Vec<Listed>, Vec<String>), SourceError> {
        let query = listing.name;
        let mut listed = Vec::new();
        let mut known_by = Vec::new();
        let mut unreadable = Vec::new();
        for item in items {
            let rows = match listing.rows.rows(query, item) {
                Err(error @ SourceError::Data { .. }) => {
                    unreadable.push(error.reason());
                    known_by.push(item.to_string());
                    continue;
                }
                rows => rows?,
            };
            for row in rows {
                let text = |name: &str| cell(&row, name).and_then(Cell::text);
                let Some(key) = text("key") else {
                    unreadable.push(format!("[{query}]: a row without a key"));
                    known_by.push(item.to_string());
                    continue;
                };
                let changed_at = cell(&row, "changed_at");
                let moment = changed_at.map(|cell| self.dates.read(&cell.value()));
                let changed_at = match moment {
                    Some(Ok(Some(moment))) => Ok(moment.timestamp_micros()),
                    _ => Err(text("changed_at").unwrap_or_default()),
                };
                known_by.push(key.clone());
                listed.push(Listed { key, code: text("code"), unit: text("unit"), changed_at });
            }
        }
        if let Some(example) = unreadable.first() {
            tracing::warn!(
                event = "source.item_unreadable",
                query,
                items = unreadable.len(),
                "{} dossiers of a page of the one-stop system's list cannot be read, and are left out: {example}",
                unreadable.len()
            );
        }
        Ok((listed, known_by))
    }
}
