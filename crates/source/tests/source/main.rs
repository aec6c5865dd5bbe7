//! The source against real engines.
//!
//! Each module is `cfg(test)` so that clippy knows helpers here for what they are: test code, which may panic.

/// One test of the same promise for each engine, on an office drawn from the seed.
macro_rules! on_engines {
    ($body:path, $seed:literal; $($make:ident $name:ident),+ $(,)?) => {$(
        #[tokio::test]
        async fn $name() {
            $body(crate::support::Site::on(crate::support::Make::$make, $seed).await).await;
        }
    )+};
}

#[cfg(test)]
mod against_sqlserver;
#[cfg(test)]
mod agreement;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod defects;
#[cfg(test)]
mod dialect;
#[cfg(test)]
mod duplicates;
#[cfg(test)]
mod eligible;
#[cfg(test)]
mod engines;
#[cfg(test)]
mod false_servers;
#[cfg(test)]
mod follower;
#[cfg(test)]
mod hosted;
#[cfg(test)]
mod interfaces;
#[cfg(test)]
mod mysql;
#[cfg(test)]
mod order;
#[cfg(test)]
mod outages;
#[cfg(test)]
mod over_http;
#[cfg(test)]
mod paging;
#[cfg(test)]
mod paper_codes;
#[cfg(test)]
mod pooled;
#[cfg(test)]
mod probing;
#[cfg(test)]
mod procedures;
#[cfg(test)]
mod reads_only;
#[cfg(test)]
mod rows;
#[cfg(test)]
mod schema;
#[cfg(test)]
mod several;
#[cfg(test)]
mod sqlserver;
#[cfg(test)]
mod stumbling;
#[cfg(test)]
mod support;
#[cfg(test)]
mod types;
#[cfg(test)]
mod values;
#[cfg(test)]
mod waking;
