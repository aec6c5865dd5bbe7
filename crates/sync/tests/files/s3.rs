//! An object store that speaks S3.

use std::path::Path;

use dongbo_model::ErrorClass;
use dongbo_sync::files::store::StoreError;
use futures_util::StreamExt as _;
use tempfile::TempDir;
use testbed::servers::s3::{ACCESS_KEY, BUCKET, PrivateS3, SECRET_KEY};

use crate::kit::{CANARY, clock, noise, parts_are_right, read, silent, store, try_store};

fn section(endpoint: &str, folder: &Path, more: &str) -> String {
    std::fs::write(folder.join("access"), format!("{ACCESS_KEY}\n")).unwrap();
    if !folder.join("secret").exists() {
        std::fs::write(folder.join("secret"), format!("{SECRET_KEY}\n")).unwrap();
    }
    format!(
        "kind = 's3'\nbucket = '{BUCKET}'\nendpoint = '{endpoint}'\naccess_key_file = '{0}/access'\n\
         secret_key_file = '{0}/secret'\n{more}",
        folder.display()
    )
}

const LOOPBACK: &str = "allow_private = ['127.0.0.0/8']";

async fn started() -> (PrivateS3, TempDir) {
    (PrivateS3::start().await.unwrap(), tempfile::tempdir().unwrap())
}

#[tokio::test]
async fn objects_and_parts_of_them_are_read_by_signed_requests() {
    let (s3, folder) = started().await;
    let bytes = noise(300_000, 3);
    s3.put("goc/2026/Quyết định (số 1).pdf", bytes.clone());
    let store =
        store(&section(&s3.endpoint(), folder.path(), &format!("{LOOPBACK}\nprefix = 'goc/'")), &clock());
    parts_are_right(&store, "2026/Quyết định (số 1).pdf", &bytes).await;
    let stat = store.stat("2026/Quyết định (số 1).pdf").await.unwrap();
    assert!(stat.tag.len() > 32 && stat.changed.is_some());
    assert!(matches!(silent(store.stat(CANARY).await), StoreError::NotFound));
    assert!(matches!(silent(store.stat(&format!("../{CANARY}")).await), StoreError::BadKey(_)));
    store.probe().await.unwrap();
    assert_eq!(s3.refused(), 0);
}

#[tokio::test]
async fn a_wrong_secret_is_a_matter_of_the_operator() {
    let (s3, folder) = started().await;
    s3.put(CANARY, "bytes");
    std::fs::write(folder.path().join("secret"), "another").unwrap();
    let store = store(&section(&s3.endpoint(), folder.path(), LOOPBACK), &clock());
    let error = silent(store.read(CANARY, None).await.map(|_| ()));
    assert!(matches!(error, StoreError::Denied { .. }), "{error:?}");
    assert_eq!((error.class(), s3.refused()), (ErrorClass::Auth, 1));
    std::fs::remove_file(folder.path().join("access")).unwrap();
    let section = section(&s3.endpoint(), folder.path(), LOOPBACK);
    std::fs::remove_file(folder.path().join("access")).unwrap();
    assert!(matches!(try_store(&section, &clock()), Err(StoreError::Secret(_))));
}

#[tokio::test]
async fn a_private_address_must_be_configured_and_trouble_has_its_class() {
    let (s3, folder) = started().await;
    s3.put(CANARY, "bytes");
    for endpoint in [s3.endpoint(), s3.endpoint().replace("127.0.0.1", "localhost")] {
        let store = store(&section(&endpoint, folder.path(), ""), &clock());
        assert!(matches!(silent(store.stat(CANARY).await), StoreError::Address), "{endpoint}");
    }
    let store = store(&section(&s3.endpoint(), folder.path(), LOOPBACK), &clock());
    for (status, class) in [
        (429, ErrorClass::Throttled),
        (500, ErrorClass::Transient),
        (503, ErrorClass::Transient),
        (301, ErrorClass::Transient),
        (403, ErrorClass::Auth),
    ] {
        s3.answer_with(Some(status));
        assert_eq!(silent(store.read(CANARY, None).await.map(|_| ())).class(), class, "{status}");
    }
    s3.answer_with(None);
    assert_eq!(read(&store, CANARY, None).await.unwrap().1, b"bytes");
    let endpoint = s3.endpoint();
    drop(s3);
    tokio::task::yield_now().await;
    let gone = crate::kit::store(&section(&endpoint, folder.path(), LOOPBACK), &clock());
    let error = silent(gone.stat(CANARY).await);
    assert!(matches!(error, StoreError::Unreachable { .. }), "{error:?}");
}

#[tokio::test]
async fn an_object_that_is_replaced_while_it_is_read_stays_the_one_that_was_begun() {
    let (s3, folder) = started().await;
    let bytes = noise(200_000, 4);
    s3.put("a", bytes.clone());
    let store = store(&section(&s3.endpoint(), folder.path(), LOOPBACK), &clock());
    let (_, mut blocks) = store.read("a", None).await.unwrap();
    s3.put("a", "other");
    let mut came = Vec::new();
    while let Some(block) = blocks.next().await {
        came.extend_from_slice(&block.unwrap());
    }
    assert!(came == bytes);
}
