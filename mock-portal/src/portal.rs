//! The running portal, as a test holds it.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::admin;
use crate::catalogue::Procedure;
use crate::config::Config;
use crate::core::Core;
use crate::counters::Counters;
use crate::error::Error;
use crate::evaluation::Evaluation;
use crate::faults::{ArmedRule, FaultRule};
use crate::files::{FileView, PullRule};
use crate::gate::Gate;
use crate::journal::CallEntry;
use crate::owner_store::OwnerStore;
use crate::pull;
use crate::server;
use crate::store::{Damage, DossierView};
use crate::sync::lock;
use crate::uploads::UploadView;

/// The path of each kind of call, below [`MockPortal::url`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    /// Log in.
    pub auth: String,
    /// All services.
    pub integration: String,
    /// List services.
    pub share: String,
}

/// A running mock portal. Dropping it stops it too, but does not wait.
#[derive(Debug)]
pub struct MockPortal {
    core: Arc<Core>,
    address: SocketAddr,
    admin_address: SocketAddr,
    tasks: Vec<JoinHandle<()>>,
}

impl MockPortal {
    /// Binds both ports and begins to serve.
    ///
    /// # Errors
    /// [`Error::InvalidConfig`] or [`Error::InvalidRule`] for the configuration, [`Error::Keep`] for the file of accepted
    /// writes, and [`Error::Bind`] for a port.
    pub async fn start(config: Config) -> Result<Self, Error> {
        let (listen, admin_listen) = (config.listen, config.admin_listen);
        let core = Arc::new(Core::new(config)?);
        let (listener, address) = bind(listen).await?;
        let (admin_listener, admin_address) = bind(admin_listen).await?;
        let mut tasks = vec![
            tokio::spawn(server::serve(listener, Arc::clone(&core))),
            tokio::spawn(admin::serve(admin_listener, Arc::clone(&core))),
        ];
        if core.config.pull.enabled {
            tasks.push(tokio::spawn(pull::run(Arc::clone(&core))));
        }
        Ok(Self { core, address, admin_address, tasks })
    }

    /// Base address of the service port, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Base address of the admin API, without a slash at its end.
    #[must_use]
    pub fn admin_url(&self) -> String {
        format!("http://{}", self.admin_address)
    }

    /// The three paths of the service port.
    #[must_use]
    pub fn paths(&self) -> Paths {
        let ndxp = &self.core.config.ndxp;
        Paths {
            auth: ndxp.auth_path.clone(),
            integration: ndxp.integration_path.clone(),
            share: ndxp.share_path.clone(),
        }
    }

    /// The files that were uploaded, in the order of their hashes, each with the dossiers that name it.
    #[must_use]
    pub fn uploads(&self) -> Vec<UploadView> {
        self.core.uploaded()
    }

    /// Everything counted so far.
    #[must_use]
    pub fn counters(&self) -> Counters {
        self.core.counters()
    }

    /// Sets the counters to zero; dossiers, sessions, rules and the log stay.
    pub fn reset_counters(&self) {
        self.core.reset_counters();
    }

    /// One dossier with its steps and history.
    #[must_use]
    pub fn dossier(&self, code: &str) -> Option<DossierView> {
        lock(&self.core.store).view(code)
    }

    /// Every dossier in the order of the codes, history included.
    #[must_use]
    pub fn dossiers(&self) -> Vec<DossierView> {
        lock(&self.core.store).page("", usize::MAX, true)
    }

    /// Forgets a dossier, as a portal that lost it would; says whether it was there.
    pub fn delete_dossier(&self, code: &str) -> bool {
        self.core.forget(code)
    }

    /// The procedures that the portal knows now.
    #[must_use]
    pub fn procedures(&self) -> Vec<Procedure> {
        lock(&self.core.catalogue).procedures.clone()
    }

    /// Replaces the procedures that the portal knows, so that some vanish or come back.
    pub fn set_procedures(&self, procedures: Vec<Procedure>) {
        lock(&self.core.catalogue).procedures = procedures;
    }

    /// Every file that the dossiers name, by dossier; empty unless the portal pulls.
    #[must_use]
    pub fn files(&self) -> Vec<FileView> {
        lock(&self.core.files.book).views(None)
    }

    /// The files that one dossier names: result papers, then papers handed in.
    #[must_use]
    pub fn files_of(&self, code: &str) -> Vec<FileView> {
        lock(&self.core.files.book).views(Some(code))
    }

    /// Replaces all rules of fetching; they hold at once for every file that is still waiting. If one of them makes no
    /// sense, nothing is changed.
    pub fn set_pull_rules(&self, rules: Vec<PullRule>) -> Result<(), Error> {
        self.core.files.set_rules(rules)
    }

    /// Fetches now every file that is not whole, without any delay, and returns when each is whole or has failed. A file
    /// that a rule says `never` of is left alone. Without `pull.enabled` nothing is done.
    pub async fn fetch_files_now(&self) {
        if self.core.config.pull.enabled {
            self.core.files.fetch_now().await;
        }
    }

    /// Spoils a stored dossier; says whether it was there. If the order names a step that is not there, nothing is changed.
    pub fn damage(&self, code: &str, damage: &Damage) -> Result<bool, Error> {
        lock(&self.core.store).damage(code, damage)
    }

    /// Spoils a file that the portal fetched: it then holds other bytes, which hash to `sha256`, or none when that is empty.
    /// Says whether the file was there.
    pub fn spoil_file(&self, file: &FileView, sha256: &str) -> bool {
        lock(&self.core.files.book).spoil(&file.dossier, file.role, &file.file, sha256)
    }

    /// Stores a dossier that nobody sent: one that was born on the portal.
    pub fn plant(&self, code: &str, fields: &serde_json::Map<String, serde_json::Value>) {
        lock(&self.core.store).plant(code, fields);
    }

    /// Stops reading each upload after this many bytes from now on, so that the client waits; `None` reads on.
    pub fn hold_uploads(&self, after: Option<u64>) {
        self.core.upload_brake.send_replace(after);
    }

    /// Number of uploads that wait because of [`Self::hold_uploads`].
    #[must_use]
    pub fn held_uploads(&self) -> usize {
        self.core.upload_brake.receiver_count()
    }

    /// Replaces the settings of the evaluation API.
    pub fn set_evaluation(&self, evaluation: Evaluation) {
        *lock(&self.core.evaluation) = evaluation;
    }

    /// Replaces the settings of the owners' stores.
    pub fn set_owner_store(&self, owner_store: OwnerStore) {
        *lock(&self.core.owner_store) = owner_store;
    }

    /// Number of calls that the evaluation API has had.
    #[must_use]
    pub fn evaluation_calls(&self) -> u64 {
        lock(&self.core.count_cache).calls()
    }

    /// Adds a fault rule, or replaces the one of the same id; returns the id. A rule that makes no sense is refused.
    pub fn add_fault(&self, rule: FaultRule) -> Result<String, Error> {
        self.core.faults.add(rule)
    }

    /// Adds several fault rules in order; returns their ids. If one of them makes no sense, those before it are in force and
    /// those behind it are not.
    pub fn add_faults(&self, rules: impl IntoIterator<Item = FaultRule>) -> Result<Vec<String>, Error> {
        rules.into_iter().map(|rule| self.add_fault(rule)).collect()
    }

    /// The rules in force, each with the number of its strikes.
    #[must_use]
    pub fn faults(&self) -> Vec<ArmedRule> {
        self.core.faults.list()
    }

    /// Removes one fault rule; says whether it was there.
    pub fn remove_fault(&self, id: &str) -> bool {
        self.core.faults.remove(id)
    }

    /// Removes every fault rule. Their counters stay.
    pub fn clear_faults(&self) {
        self.core.faults.clear();
    }

    /// Shuts or opens the service port. While it is shut, connections are closed as soon as they are accepted, and
    /// those that were open are cut. No call that begins after this returns is obeyed while the port is down.
    pub fn set_down(&self, down: bool) {
        self.core.gate.turn(if down { Gate::Down } else { Gate::Open });
    }

    /// Ends every session.
    pub fn expire_sessions(&self) {
        self.core.expire_sessions();
    }

    /// The whole call log.
    #[must_use]
    pub fn calls(&self) -> Vec<CallEntry> {
        self.core.journal.calls(0, usize::MAX)
    }

    /// Waits until every request that a `late` fault holds back has taken effect.
    pub async fn settle(&self) {
        let mut late = self.core.late.subscribe();
        // The sender lives as long as the core, so the wait can only end well.
        let _landed = late.wait_for(|pending| *pending == 0).await.is_ok();
    }

    /// Stops both ports and waits until they are closed.
    pub async fn stop(mut self) {
        self.core.gate.turn(Gate::Stopped);
        for task in std::mem::take(&mut self.tasks) {
            if let Err(error) = task.await {
                tracing::error!(%error, "a server task ended badly");
            }
        }
    }
}

impl Drop for MockPortal {
    fn drop(&mut self) {
        self.core.gate.turn(Gate::Stopped);
    }
}

async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Error> {
    let failed = |source| Error::Bind { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}
