//! One call to the portal: the dossiers that ride in it, how it is made, and its result.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use crate::gate::Load;
use dongbo_model::{Dossier, Mode, PortalId, Step};
use dongbo_portal::{Answer, Outcome, Portal, Seen, Sent};

/// The name of a look-up in the stories of its dossiers.
pub(super) const LOOK_UP: &str = "look_up";

/// Names a parcel within its courier.
pub(super) type ParcelId = u64;

/// One call to the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Call {
    /// Looks one up.
    LookUp(ParcelId),
    /// Sends some as new.
    Create(Vec<ParcelId>),
    /// Sends some again.
    Update(Vec<ParcelId>),
    /// Appends these steps of each.
    Steps(Vec<(ParcelId, Range<usize>)>),
}

impl Call {
    /// Every parcel that rides in it.
    pub(super) fn ids(&self) -> Vec<ParcelId> {
        match self {
            Self::LookUp(id) => vec![*id],
            Self::Create(ids) | Self::Update(ids) => ids.clone(),
            Self::Steps(parts) => parts.iter().map(|(id, _)| *id).collect(),
        }
    }

    /// Its name in the stories of its dossiers.
    pub(super) const fn operation(&self) -> &'static str {
        match self {
            Self::LookUp(_) => LOOK_UP,
            Self::Create(_) => "create",
            Self::Update(_) => "update",
            Self::Steps(_) => "steps",
        }
    }

    /// How much it asks of the portal.
    pub(super) fn load(&self) -> Load {
        let pieces = match self {
            Self::LookUp(_) => return Load::LOOK_UP,
            Self::Create(ids) | Self::Update(ids) => ids.len(),
            Self::Steps(parts) => parts.iter().map(|(_, range)| range.len()).sum(),
        };
        Load::of(self.operation(), pieces)
    }
}

/// The result of a call.
pub(super) enum Brought {
    /// A look-up's finding; `None` when the portal does not know the dossier.
    Seen(Option<Seen>),
    /// The portal's answer, or what took its place.
    Answered(Answer),
}

impl Brought {
    /// The answer that it is: a look-up that found out was one that worked.
    pub(super) fn answer(&self) -> Cow<'_, Answer> {
        match self {
            Self::Seen(_) => Cow::Owned(Answer::local(Outcome::Delivered, "")),
            Self::Answered(answer) => Cow::Borrowed(answer),
        }
    }
}

/// The outcome of a call that was given up for the lease.
pub(super) fn late() -> Answer {
    Answer::local(Outcome::Unknown, "the call was given up because the dossiers' lease was about to end")
}

/// A dossier of a call, and its name on the portal.
pub(super) type Carried = (Arc<Dossier>, Option<PortalId>);

/// Makes `call`, in which `dossiers` ride.
pub(super) async fn make(portal: &Portal, call: &Call, dossiers: &[Carried]) -> Brought {
    let sent: Vec<Sent<'_>> =
        dossiers.iter().map(|(dossier, id)| Sent { dossier, id: id.as_ref() }).collect();
    match call {
        Call::LookUp(_) => match sent.first() {
            Some(sent) => match portal.look_up(sent.dossier, Mode::Push).await {
                Ok(seen) => Brought::Seen(seen),
                Err(answer) => Brought::Answered(answer),
            },
            None => Brought::Seen(None),
        },
        Call::Create(_) => Brought::Answered(portal.create(&sent).await),
        Call::Update(_) => Brought::Answered(portal.update(&sent).await),
        Call::Steps(parts) => {
            let steps: Vec<(Sent<'_>, &Step)> = sent
                .iter()
                .zip(parts)
                .flat_map(|(sent, (_, range))| {
                    let steps = sent.dossier.steps.get(range.clone()).unwrap_or_default();
                    steps.iter().map(|step| (*sent, step))
                })
                .collect();
            Brought::Answered(portal.append_steps(&steps).await)
        }
    }
}
