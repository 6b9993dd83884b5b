//! Published numbers, one file per paper.

mod auffinger_ben_arous;
mod he;
mod littwin_wolf;
mod littwin_wolf_networks;
mod veit;
