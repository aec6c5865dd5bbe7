//! An object store that speaks S3, through `object_store`: requests are signed there, and travel by our own client, so
//! that the same addresses are refused as for every other store. Its tries and timeouts are ours.

use std::fmt;
use std::ops::Range;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::stream::{StreamExt as _, empty};
use http_body_util::BodyExt as _;
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse, HttpResponseBody,
    HttpService,
};
use object_store::path::Path;
use object_store::{
    ClientOptions, Error, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore as _, RetryConfig,
};
use reqwest::{Client, Url};

use super::addresses::Guard;
use super::blocks::Blocks;
use super::client;
use super::error::{KeyFault, StoreError};
use super::http::of_status;
use super::key;
use super::stat::{Stat, clamped};
use dongbo_portal::trust::causes;
use dongbo_settings::Secret;
use dongbo_settings::proxy::{Proxies, Proxy};
use dongbo_source::stores::S3Place;

pub(super) struct S3Store {
    bucket: Arc<AmazonS3>,
    guard: Guard,
    endpoint: Url,
    proxies: Proxies,
    prefix: String,
}

impl fmt::Debug for S3Store {
    /// The key that signs the requests is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Store").field("endpoint", &self.endpoint.as_str()).finish_non_exhaustive()
    }
}

impl S3Store {
    pub(super) fn new(place: &S3Place) -> Result<Self, StoreError> {
        let proxies = client::proxies(&place.reach)?;
        let guard = Guard::new(&place.reach.allow_private, proxies.hosts());
        let client = client::guarded(&guard, &place.reach, &proxies, &place.endpoint)?;
        let access = Secret::from_file(&place.access_key_file)?;
        let secret = Secret::from_file(&place.secret_key_file)?;
        // Tries are the engine's affair, and a retry of the library would log the key.
        let never = RetryConfig { max_retries: 0, ..RetryConfig::default() };
        let bucket = AmazonS3Builder::new()
            .with_endpoint(place.endpoint.as_str().trim_end_matches('/'))
            .with_bucket_name(&place.bucket)
            .with_region(&place.region)
            .with_access_key_id(access.expose().trim())
            .with_secret_access_key(secret.expose().trim())
            .with_virtual_hosted_style_request(false)
            .with_allow_http(place.endpoint.scheme() == "http")
            .with_retry(never)
            .with_http_connector(Ours(client))
            .build()
            .map_err(|_| StoreError::Config("endpoint, bucket or region cannot be used".to_owned()))?;
        let (endpoint, prefix) = (place.endpoint.clone(), place.prefix.clone());
        Ok(Self { bucket: Arc::new(bucket), guard, endpoint, proxies, prefix })
    }

    pub(super) async fn stat(&self, key: &str) -> Result<Stat, StoreError> {
        let options = GetOptions { head: true, ..GetOptions::default() };
        self.get(key, options).await.map(|result| stat_of(&result.meta))
    }

    pub(super) async fn read(
        &self,
        key: &str,
        range: Option<Range<u64>>,
    ) -> Result<(Stat, u64, Blocks), StoreError> {
        let mut options = GetOptions::default();
        if let Some(range) = range {
            // Which part there is is only known when the size is, and the part must be one of the same file.
            let stat = self.stat(key).await?;
            let range = clamped(Some(range), stat.size);
            if range.is_empty() {
                return Ok((stat, 0, empty().boxed()));
            }
            options.range = Some(GetRange::Bounded(range));
            options.if_match = Some(stat.tag).filter(|tag| !tag.is_empty());
        }
        let result = self.get(key, options).await?;
        let (stat, length) = (stat_of(&result.meta), result.range.end - result.range.start);
        let (host, proxy) = (client::host(&self.endpoint), self.proxies.of(&self.endpoint));
        let blocks = result.into_stream().map(move |block| {
            // It has begun to answer, so that it is up: it stumbles over this file.
            block.map_err(|error| match fault(&error, &host, proxy.as_ref()) {
                StoreError::Unreachable { .. } => StoreError::CutShort,
                other => other,
            })
        });
        Ok((stat, length, blocks.boxed()))
    }

    async fn get(&self, key: &str, options: GetOptions) -> Result<GetResult, StoreError> {
        key::check_path(key)?;
        self.guard.check(&self.endpoint)?;
        let path = if self.prefix.is_empty() { key.to_owned() } else { format!("{}/{key}", self.prefix) };
        let path = Path::parse(path).map_err(|_| KeyFault::Control)?;
        self.bucket.get_opts(&path, options).await.map_err(|error| {
            fault(&error, &client::host(&self.endpoint), self.proxies.of(&self.endpoint).as_ref())
        })
    }
}

fn stat_of(meta: &ObjectMeta) -> Stat {
    Stat { size: meta.size, changed: Some(meta.last_modified), tag: meta.e_tag.clone().unwrap_or_default() }
}

/// The meaning of an error of the library. Its own text holds the key.
fn fault(error: &Error, host: &str, proxy: Option<&Proxy>) -> StoreError {
    if let Some(Status(status)) = causes(error).find_map(|cause| cause.downcast_ref()) {
        return of_status(*status);
    }
    match error {
        Error::NotFound { .. } => StoreError::NotFound,
        Error::Precondition { .. } => StoreError::Changed,
        Error::PermissionDenied { .. } | Error::Unauthenticated { .. } => {
            StoreError::Denied { reason: "the access key does not suffice".to_owned() }
        }
        other => client::fault(other, host, proxy),
    }
}

/// Our client, which says by itself what a status means that the library would only put into a text.
#[derive(Debug)]
struct Ours(Client);

#[derive(Debug, thiserror::Error)]
#[error("status {0}")]
struct Status(u16);

impl HttpConnector for Ours {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(Self(self.0.clone())))
    }
}

impl HttpService for Ours {
    fn call<'s, 'c>(
        &'s self,
        request: HttpRequest,
    ) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>
    where
        's: 'c,
        Self: 'c,
    {
        Box::pin(async move {
            let failed = |error: reqwest::Error| HttpError::new(HttpErrorKind::Unknown, error.without_url());
            let (parts, _) = request.into_parts();
            // Reading sends no body.
            let asked = self.0.request(parts.method, parts.uri.to_string()).headers(parts.headers);
            let response: axum::http::Response<reqwest::Body> = asked.send().await.map_err(failed)?.into();
            match response.status().as_u16() {
                200 | 206 | 404 | 412 => {
                    let (parts, body) = response.into_parts();
                    Ok(HttpResponse::from_parts(parts, HttpResponseBody::new(body.map_err(failed))))
                }
                status => Err(HttpError::new(HttpErrorKind::Unknown, Status(status))),
            }
        })
    }
}
