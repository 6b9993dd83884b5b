//! Published numbers, one file per paper.

mod littwin_wolf;
