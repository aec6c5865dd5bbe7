//! The test bed tested: who judges must be right first.

mod compare;
mod damage;
mod engines;
mod life;
mod servers;
mod support;
