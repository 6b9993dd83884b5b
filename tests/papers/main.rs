//! Published numbers, one file per paper.

mod littwin_wolf;
mod littwin_wolf_networks;
mod veit;
