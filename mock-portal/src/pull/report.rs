//! The requests for one file, entered into the book while they are made.

use crate::files::{Errand, Puller};

/// Enters requests and their answers at the file of an errand.
pub(super) struct Report<'a> {
    puller: &'a Puller,
    errand: &'a Errand,
}

impl<'a> Report<'a> {
    pub(super) fn new(puller: &'a Puller, errand: &'a Errand) -> Self {
        Self { puller, errand }
    }

    pub(super) fn asked(&self) {
        self.puller.change(self.errand, |file| file.requests += 1);
    }

    pub(super) fn answered(&self, status: u16) {
        self.puller.change(self.errand, |file| file.http = Some(status));
    }
}
