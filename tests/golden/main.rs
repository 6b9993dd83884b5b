//! Bits that must not change: with the machine's occupation, or with the code's history.

mod laboratory;
mod shared_products;
