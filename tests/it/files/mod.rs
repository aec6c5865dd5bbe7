//! The fourth layer: files really arrive, in both dialects, through faults and kills; and what is no result stays.

mod defects;
mod doubted;
mod hostile;
mod moved;
mod paced;
mod pulled;
mod pushed;
mod servers;
mod signatures;
mod unhurried;
pub(crate) mod world;
