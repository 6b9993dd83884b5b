//! Published numbers, one file per paper.

mod he;
mod littwin_wolf;
mod littwin_wolf_networks;
mod veit;
