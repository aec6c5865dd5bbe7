//! A stand-in for SQL Server: its protocol over a simulated office that SQLite keeps.
//!
//! It takes a log-in, encrypts as SQL Server does, and runs what a mapping says in SQL Server's dialect, turned into SQLite's. It is no
//! SQL Server: it knows no collations, no locks and no isolation, and of its catalogue only what dongbo asks for.

mod answer;
mod channel;
mod desk;
mod dialect;
mod request;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use sqlx::SqlitePool;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use self::answer::Answer;
pub use self::answer::TdsType;
use self::channel::{ANSWER, ATTENTION, BATCH, Channel, LOGIN, PRELOGIN, RPC};
use crate::Error;
use crate::certified::Certified;

/// The account, its first password, and the database.
const USER: &str = "dongbo";
const PASSWORD: &str = "mat-khau-thu";
const DATABASE: &str = "motcua";

/// The way in which the server answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Manner {
    /// Well.
    #[default]
    Well,
    /// To no statement, until it is asked to stop.
    Silent,
    /// To each statement of a mapping with this error: number, severity, message.
    Error(u32, u8, String),
}

#[derive(Debug)]
struct State {
    pool: SqlitePool,
    password: Mutex<String>,
    types: Mutex<BTreeMap<String, TdsType>>,
    manner: Mutex<Manner>,
    heard: Mutex<Vec<String>>,
    logins: Mutex<Vec<bool>>,
    keeps_versions: Mutex<bool>,
    tls: Option<Arc<ServerConfig>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A server on a free port of this machine. It ends when it is dropped.
#[derive(Debug)]
pub struct SqlServerStandIn {
    address: SocketAddr,
    state: Arc<State>,
    accepting: JoinHandle<()>,
}

impl SqlServerStandIn {
    /// A server over the office in `pool`, with a certificate that nobody knows.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn over(pool: SqlitePool) -> Result<Self, Error> {
        Ok(Self::named(pool, "localhost").await?.0)
    }

    /// A server whose certificate is for the host `name`, and its authority's certificate as PEM.
    ///
    /// # Errors
    /// When no port is free, or `name` is none.
    pub async fn named(pool: SqlitePool, name: &str) -> Result<(Self, String), Error> {
        let (config, authority) = certified(name).map_err(|error| Error::Unsupported(error.to_string()))?;
        Ok((Self::start(pool, Some(Arc::new(config))).await?, authority))
    }

    /// A server that does not encrypt.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn plain(pool: SqlitePool) -> Result<Self, Error> {
        Self::start(pool, None).await
    }

    async fn start(pool: SqlitePool, tls: Option<Arc<ServerConfig>>) -> Result<Self, Error> {
        let failed = Error::io("bind a port for the stand-in");
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(failed)?;
        let address = listener.local_addr().map_err(Error::io("tell the stand-in's port"))?;
        let state = Arc::new(State {
            pool,
            password: Mutex::new(PASSWORD.to_owned()),
            types: Mutex::default(),
            manner: Mutex::default(),
            heard: Mutex::default(),
            logins: Mutex::default(),
            keeps_versions: Mutex::new(true),
            tls,
        });
        let accepting = tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                while let Ok((client, _)) = listener.accept().await {
                    // Or an answer in several packets waits for the client's word. Without it that is all.
                    drop(client.set_nodelay(true));
                    let state = Arc::clone(&state);
                    // Whoever hangs up asks nothing more.
                    tokio::spawn(async move { serve(client, &state).await });
                }
            }
        });
        Ok(Self { address, state, accepting })
    }

    /// The address, with account and password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("sqlserver://{USER}:{}@{}/{DATABASE}", lock(&self.state.password), self.address)
    }

    /// An address for which this is another machine, without a password.
    #[must_use]
    pub fn url_elsewhere(&self) -> String {
        format!("sqlserver://{USER}@0.0.0.0:{}/{DATABASE}", self.address.port())
    }

    /// Changes the account's password.
    pub fn set_password(&self, password: &str) {
        password.clone_into(&mut lock(&self.state.password));
    }

    /// Gives the column of this name, whatever the query, in this type.
    pub fn set_type(&self, column: &str, kind: TdsType) {
        lock(&self.state.types).insert(column.to_owned(), kind);
    }

    /// Has it answer so from now on.
    pub fn answer(&self, manner: Manner) {
        *lock(&self.state.manner) = manner;
    }

    /// Whether the database lets readings see one moment (`ALLOW_SNAPSHOT_ISOLATION`).
    pub fn keep_versions(&self, keeps: bool) {
        *lock(&self.state.keeps_versions) = keeps;
    }

    /// The statements that were heard.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        lock(&self.state.heard).clone()
    }

    /// For each log-in that was tried, whether it said that it only reads.
    #[must_use]
    pub fn logins(&self) -> Vec<bool> {
        lock(&self.state.logins).clone()
    }
}

impl Drop for SqlServerStandIn {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

fn certified(name: &str) -> Result<(ServerConfig, String), Box<dyn std::error::Error>> {
    let Certified { certificate, key, authority } = Certified::named(name)?;
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::try_from(key.serialize_der())?)?;
    Ok((config, authority))
}

async fn serve(client: TcpStream, state: &State) -> io::Result<()> {
    let mut channel = Channel::new(client);
    let (_, said) = channel.message().await?;
    let wants = desk::encryption(&said) == Some(1);
    let tls = state.tls.clone().filter(|_| wants);
    channel.send(ANSWER, &desk::first_answer(tls.is_some())).await?;
    if let Some(tls) = tls {
        channel.encrypt(tls).await?;
    }
    loop {
        let (kind, said) = channel.message().await?;
        let answer = match kind {
            LOGIN => log_in(state, &said),
            BATCH => desk::batch(state, &said).await,
            RPC => desk::call(state, &said).await,
            ATTENTION => Some(Answer::default().attended()),
            PRELOGIN => return Err(io::Error::other("a second beginning")),
            _ => None,
        };
        if let Some(answer) = answer {
            channel.send(ANSWER, &answer.0).await?;
        }
    }
}

fn log_in(state: &State, said: &[u8]) -> Option<Answer> {
    let login = request::login(said)?;
    lock(&state.logins).push(login.only_reads);
    let answer = Answer::default();
    let (user, database) = (&login.user, &login.database);
    Some(if login.user != USER || login.password != *lock(&state.password) {
        answer.error(18456, 14, &format!("Login failed for user '{user}'."))
    } else if login.database != DATABASE {
        answer.error(
            4060,
            11,
            &format!("Cannot open database \"{database}\" requested by the login. The login failed."),
        )
    } else {
        answer.welcome()
    })
}
